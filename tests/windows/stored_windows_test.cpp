// A set of windows whose features stay in files: it holds what a set in memory holds, and keeps none of them.
#include <algorithm>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/windows/window.hpp"

namespace {

using namespace ipet::windows;
using testing::ElementsAre;

constexpr std::size_t width = 8;  // two slots

/// Row r of file f has the features 1000 f + r.
class File final : public FeatureStore {
 public:
  explicit File(float number) : number_(number) {}
  void read(std::span<const std::uint64_t> rows, float* out) const override {
    ++calls;
    if (!std::is_sorted(rows.begin(), rows.end(), std::less_equal<>()))
      throw std::logic_error("not ascending");
    for (const std::uint64_t row : rows)
      out = std::fill_n(out, width, 1000 * number_ + static_cast<float>(row));
  }
  mutable int calls = 0;

 private:
  float number_;
};

/// `count` windows of a device from second `start` on; in memory their features are 5000 + start ...
WindowBatch batch(std::uint32_t capture, const std::string& device, int start, std::size_t count,
                  std::shared_ptr<const File> file = nullptr, std::uint64_t row = 0) {
  WindowBatch made;
  made.capture = capture;
  made.capture_name = std::make_shared<const std::string>(std::string("c").append(std::to_string(capture)));
  made.device = std::make_shared<const std::string>(device);
  made.slots = 2;
  made.omega = 0.5;
  for (std::size_t i = 0; i < count; ++i) {
    made.features.insert(made.features.end(), width,
                         static_cast<float>(5000 + start) + static_cast<float>(i));
    made.silence.push_back(0);
    made.start.push_back(start + static_cast<std::int64_t>(i));
  }
  made.store = std::move(file);
  made.stored_row = row;
  return made;
}

/// The first feature of the windows at these positions.
std::vector<float> firsts(const WindowSet& set, const std::vector<std::uint32_t>& positions) {
  std::vector<float> all(positions.size() * width), out;
  set.read(positions, all.data());
  for (std::size_t i = 0; i < positions.size(); ++i) {
    EXPECT_EQ(std::count(all.begin() + static_cast<std::ptrdiff_t>(i * width),
                         all.begin() + static_cast<std::ptrdiff_t>((i + 1) * width), all[i * width]),
              width);
    out.push_back(all[i * width]);
  }
  return out;
}

TEST(StoredWindows, KeepNoFeaturesInMemory) {
  const auto file = std::make_shared<const File>(1.0F);
  WindowSet set;
  for (int i = 0; i < 1000; ++i)
    set.add(batch(0, "lamp", 10 * i, 10, file, static_cast<std::uint64_t>(10 * i)));
  set.finish();
  EXPECT_EQ(set.size(), 10'000U);
  EXPECT_TRUE(set.features.empty());
  EXPECT_FALSE(set.in_memory());
  EXPECT_EQ(set.window(9999), nullptr);
  EXPECT_LE(set.byte_size(), sizeof set + 10'000 * 26 * 2) << "vectors may have twice the room they need";
  EXPECT_THAT(firsts(set, {0, 5, 9999}), ElementsAre(1000, 1005, 10999));
}

TEST(StoredWindows, AreReadFromTheirFileInOneGoWhereTheirRowsAscend) {
  const auto file = std::make_shared<const File>(2.0F);
  WindowSet set;
  set.add(batch(0, "lamp", 0, 5, file, 20));
  set.add(batch(0, "lamp", 5, 5, file, 3));
  set.finish();
  EXPECT_THAT(firsts(set, {0, 2, 4}), ElementsAre(2020, 2022, 2024));
  EXPECT_EQ(file->calls, 1);
  EXPECT_THAT(firsts(set, {3, 4, 5, 6}), ElementsAre(2023, 2024, 2003, 2004));
  EXPECT_EQ(file->calls, 3);
}

TEST(StoredWindows, StayWithTheirLabelsWhenTheSetIsSorted) {
  const auto one = std::make_shared<const File>(1.0F), two = std::make_shared<const File>(2.0F);
  WindowSet set;
  set.add(batch(1, "lamp", 0, 2, one, 7));
  set.add(batch(0, "phone", 0, 2, two, 0));
  set.add(batch(0, "lamp", 4, 1));  // in memory
  set.finish();
  EXPECT_THAT(set.start, ElementsAre(4, 0, 1, 0, 1));
  EXPECT_THAT(firsts(set, {0, 1, 2, 3, 4}), ElementsAre(5004, 2000, 2001, 1007, 1008));
  EXPECT_THAT(firsts(set, {4, 0, 3}), ElementsAre(1008, 5004, 1007)) << "in any order";
  EXPECT_EQ(set.window(0)[0], 5004);
  EXPECT_EQ(set.window(3), nullptr);
}

TEST(StoredWindows, MergeWithWindowsInMemory) {
  const auto one = std::make_shared<const File>(1.0F), two = std::make_shared<const File>(2.0F);
  WindowSet memory, file, both;
  memory.add(batch(0, "lamp", 0, 2));
  file.add(batch(0, "lamp", 2, 1, one, 30));
  both.add(batch(0, "lamp", 3, 1, two, 40));
  both.add(batch(0, "lamp", 4, 1));
  both.add(batch(0, "lamp", 5, 1, one, 50));
  memory.merge(std::move(file));
  memory.merge(std::move(both));
  memory.finish();
  EXPECT_THAT(firsts(memory, {0, 1, 2, 3, 4, 5}), ElementsAre(5000, 5001, 1030, 2040, 5004, 1050));
}

}  // namespace
