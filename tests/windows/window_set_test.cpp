#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/windows/window.hpp"

namespace {

using namespace ipet::windows;
using testing::ElementsAre;

/// `count` windows of two slots; their features and starts begin at `number`.
WindowBatch batch(std::uint32_t capture, const std::string& device, float number, std::size_t count,
                  const std::vector<std::string>& declared = {}) {
  WindowBatch made;
  made.capture = capture;
  made.capture_name = std::make_shared<const std::string>(std::string("c").append(std::to_string(capture)));
  made.device = std::make_shared<const std::string>(device);
  if (!declared.empty()) made.declared_devices = std::make_shared<const std::vector<std::string>>(declared);
  made.slots = 2;
  made.omega = 0.5;
  for (std::size_t i = 0; i < count; ++i) {
    made.features.insert(made.features.end(), 8, number);
    made.silence.push_back(number / 2);
    made.start.push_back(static_cast<ipet::traffic::Nanoseconds>(number) + static_cast<std::int64_t>(i));
  }
  return made;
}

TEST(WindowSet, GathersBatchesAndNumbersDeclaredDevicesInTheirOrder) {
  WindowSet set;
  set.add(batch(0, "lamp", 1, 2, {"zebra", "lamp", "phone"}));
  set.add(batch(2, "phone", 7, 1, {"zebra", "lamp", "phone"}));
  set.finish();
  EXPECT_THAT(set.devices, ElementsAre("zebra", "lamp", "phone"));
  EXPECT_THAT(set.device, ElementsAre(1, 1, 2));
  EXPECT_THAT(set.capture, ElementsAre(0, 0, 2));
  EXPECT_THAT(set.captures, ElementsAre("c0", "", "c2"));
  EXPECT_THAT(set.start, ElementsAre(1, 2, 7));
  EXPECT_THAT(set.silence, ElementsAre(0.5f, 0.5f, 3.5f));
  EXPECT_THAT(set.per_device(), ElementsAre(0, 2, 1));
  EXPECT_THAT(set.devices_without_windows(), ElementsAre("zebra"));
  EXPECT_EQ(set.window(2)[0], 7);
  EXPECT_EQ(set.item_count(), 3u);
}

TEST(WindowSet, SortsDiscoveredDevicesByNameAfterDeclaredOnes) {
  WindowSet set;
  set.add(batch(0, "m", 1, 1));
  set.add(batch(0, "b", 2, 1, {"z"}));
  set.add(batch(0, "z", 3, 1, {"z"}));
  set.finish();
  EXPECT_THAT(set.devices, ElementsAre("z", "b", "m"));
}

TEST(WindowSet, MergesToTheSameAsOneAfterTheOther) {
  WindowSet one, first, second, none;
  for (WindowSet* set : {&one, &first}) {
    set->add(batch(0, "lamp", 1, 2));
    set->add(batch(0, "phone", 5, 1));
  }
  for (WindowSet* set : {&one, &second}) {
    set->add(batch(1, "cam", 9, 3));
    set->add(batch(1, "lamp", 20, 1));
  }
  WindowSet merged;
  merged.merge(std::move(none));
  merged.merge(std::move(first));
  merged.merge(std::move(second));
  merged.merge(WindowSet{});
  one.finish();
  merged.finish();
  EXPECT_EQ(merged.devices, one.devices);
  EXPECT_EQ(merged.device, one.device);
  EXPECT_EQ(merged.features, one.features);
  EXPECT_EQ(merged.silence, one.silence);
  EXPECT_EQ(merged.start, one.start);
  EXPECT_EQ(merged.capture, one.capture);
  EXPECT_EQ(merged.captures, one.captures);
  EXPECT_EQ(merged.slots, 2u);
}

TEST(WindowSet, IsSortedByCaptureDeviceAndTimeWhateverTheOrderOfArrival) {
  WindowSet set;
  set.add(batch(1, "a", 50, 1));
  set.add(batch(0, "b", 30, 2));
  set.add(batch(0, "a", 10, 2));
  set.finish();
  EXPECT_THAT(set.start, ElementsAre(10, 11, 30, 31, 50));
  EXPECT_THAT(set.device, ElementsAre(0, 0, 1, 1, 0));
  EXPECT_THAT(set.capture, ElementsAre(0, 0, 0, 0, 1));
  EXPECT_EQ(set.window(2)[0], 30);
  EXPECT_EQ(set.silence[4], 25);
}

TEST(WindowSet, RefusesWindowsOfAnotherShape) {
  WindowSet set;
  set.add(batch(0, "lamp", 1, 1));
  WindowBatch other = batch(0, "phone", 1, 1);
  other.omega = 0.25;
  try {
    set.add(other);
    ADD_FAILURE() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "windows of 'phone' have 2 slots of 0.25 s, those before them 2 of 0.5 s");
  }
}

}  // namespace
