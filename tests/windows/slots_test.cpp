// Windows worked out by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/windows/windowing.hpp"

namespace {

using namespace ipet;
using namespace ipet::windows;
using namespace std::chrono_literals;
using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

constexpr Nanoseconds ms = 1'000'000;
constexpr Nanoseconds epoch = 1'615'213'800 * traffic::second + 123'456'789;

DevicePacket at(Nanoseconds time, std::uint32_t size = 10, Direction direction = Direction::out) {
  return {epoch + time, size, direction, traffic::Protocol::tcp, false};
}

struct Result {
  Windows all;
  std::vector<std::size_t> batches;
};

Result cut(const WindowSettings& settings, const std::vector<DevicePacket>& packets,
           std::size_t batch = 512) {
  Result result;
  auto flush = [&](Windows& done) {
    result.batches.push_back(done.size());
    auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    append(result.all.features, done.features);
    append(result.all.silence, done.silence);
    append(result.all.start, done.start);
  };
  Windowing windower(settings, batch);
  for (const DevicePacket& packet : packets) windower.add({&packet, 1}, flush);
  windower.end(flush);
  return result;
}

std::vector<Nanoseconds> starts(const Result& result) {
  std::vector<Nanoseconds> relative;
  for (const Nanoseconds start : result.all.start) relative.push_back(start - epoch);
  return relative;
}

TEST(Slots, HoldTheFourColumnsInTheOrderOfTheText) {
  const auto settings = WindowSettings{200ms, 100ms, Placement::anchored, Silence::before};
  const Result result = cut(
      settings, {at(0, 5), at(50 * ms, 7, Direction::in), at(99 * ms, 1), at(100 * ms, 3, Direction::in)});
  EXPECT_THAT(result.all.features, testing::ElementsAre(2, 6, 1, 7, 0, 0, 1, 3));
}

TEST(Slots, ExactMultiplesOfOmegaLandInTheirSlot) {
  const auto settings = WindowSettings{4s, 100ms, Placement::anchored, Silence::before};
  ASSERT_EQ(settings.slots(), 40u);
  for (std::uint32_t k = 0; k < 40; ++k) {
    const Result result = cut(settings, {at(0), at(k * 100 * ms, 100, Direction::in)});
    ASSERT_EQ(result.all.size(), 1u);
    for (std::uint32_t slot = 0; slot < 40; ++slot)
      EXPECT_EQ(result.all.features[slot * columns + in_packets], slot == k ? 1 : 0) << k << " in " << slot;
  }
}

TEST(Slots, OneNanosecondEarlierLandsInTheSlotBefore) {
  const auto settings = WindowSettings{4s, 100ms, Placement::anchored, Silence::before};
  for (std::uint32_t k = 1; k < 40; ++k) {
    const Result result = cut(settings, {at(0), at(k * 100 * ms - 1, 100, Direction::in)});
    EXPECT_EQ(result.all.features[(k - 1) * columns + in_packets], 1) << k;
  }
}

TEST(AnchoredWindows, StartAtThePacketAtOrAfterTheEndOfTheOneBefore) {
  const auto settings = WindowSettings{4s, 100ms, Placement::anchored, Silence::before};
  const Result result = cut(settings, {at(0), at(3'999 * ms), at(4'000 * ms), at(20'500 * ms)});
  EXPECT_THAT(starts(result), testing::ElementsAre(0, 4'000 * ms, 20'500 * ms));
  EXPECT_THAT(result.all.silence, testing::ElementsAre(0, 0.001, 16.5));
}

TEST(AnchoredWindows, WithSilenceAfterHaveTheGapThatFollowsAndNoLastWindow) {
  const auto settings = WindowSettings{4s, 100ms, Placement::anchored, Silence::after};
  const Result result = cut(settings, {at(0), at(3'999 * ms), at(4'000 * ms), at(20'500 * ms)});
  EXPECT_THAT(starts(result), testing::ElementsAre(0, 4'000 * ms));
  EXPECT_THAT(result.all.silence, testing::ElementsAre(0.001, 16.5));
}

TEST(AnchoredWindows, KeepALongSilenceToTheNanosecond) {
  const auto settings = WindowSettings{4s, 100ms, Placement::anchored, Silence::before};
  const Result result = cut(settings, {at(0), at(100'000'004 * ms), at(200'000'008 * ms + 1)});
  // Numbers of float32 are 2^-7 s = 7.8 ms apart there: 100000.004 would become 100000.0078125.
  EXPECT_THAT(result.all.silence, testing::ElementsAre(0, 100'000.004, 100'000.004'000'001));
}

TEST(TiledWindows, FollowEachOtherWithoutGaps) {
  const auto settings = WindowSettings{4s, 100ms, Placement::tiled, Silence::before};
  const Result result = cut(settings, {at(0), at(1'000 * ms), at(13'000 * ms, 77)});
  EXPECT_THAT(starts(result), testing::ElementsAre(0, 4'000 * ms, 8'000 * ms, 12'000 * ms));
  // Idle windows: from the packet at 1 s to their ends at 8 s and 12 s; the last one: from 1 s to 13 s.
  EXPECT_THAT(result.all.silence, testing::ElementsAre(0, 7, 11, 12));
  EXPECT_EQ(result.all.features[3 * 160 + 10 * columns + out_bytes], 77);
  const std::vector<float> idle(result.all.features.begin() + 160, result.all.features.begin() + 480);
  EXPECT_THAT(idle, testing::Each(0.0f));
}

TEST(TiledWindows, WithSilenceAfterLookForwardAndHaveNoLastWindow) {
  const auto settings = WindowSettings{4s, 100ms, Placement::tiled, Silence::after};
  const Result result = cut(settings, {at(0), at(1'000 * ms), at(13'000 * ms)});
  EXPECT_THAT(starts(result), testing::ElementsAre(0, 4'000 * ms, 8'000 * ms));
  // 1 s to 13 s; then from the idle windows' starts at 4 s and 8 s to 13 s.
  EXPECT_THAT(result.all.silence, testing::ElementsAre(12, 9, 5));
}

TEST(TiledWindows, OfALongIdleTimeComeInBoundedBatches) {
  const auto settings = WindowSettings{1s, 500ms, Placement::tiled, Silence::before};
  const Result result = cut(settings, {at(0), at(10'000 * traffic::second)}, 512);
  EXPECT_EQ(result.all.size(), 10'001u);
  EXPECT_EQ(result.batches.size(), 20u);
  for (const std::size_t batch : result.batches) EXPECT_LE(batch, 512u);
}

TEST(Windowing, FlushesFinishedWindowsWhenAskedAndLosesNone) {
  const std::vector<DevicePacket> packets = {at(0), at(5'000 * ms), at(10'000 * ms)};
  std::vector<Nanoseconds> seen;
  const Windowing::Flush flush = [&](Windows& done) {
    for (const Nanoseconds start : done.start) seen.push_back(start - epoch);
  };
  Windowing windower(WindowSettings{});
  windower.add(packets, flush);
  EXPECT_THAT(seen, testing::IsEmpty());
  windower.flush_finished(flush);
  EXPECT_THAT(seen, testing::ElementsAre(0, 5'000 * ms));
  windower.flush_finished(flush);
  windower.end(flush);
  EXPECT_THAT(seen, testing::ElementsAre(0, 5'000 * ms, 10'000 * ms));
}

TEST(TiledWindows, StopInAGapThatIsTooLongAndGoOnInTheirGrid) {
  auto settings = WindowSettings{1s, 500ms, Placement::tiled, Silence::before};
  settings.longest_gap = 3s;
  // Twenty years and 0.3 s: windows at 0, 1, 2 (until 3 s after the last packet), then the one with the next
  // packet.
  const Nanoseconds far = 20 * 365 * traffic::day;
  const Result result = cut(settings, {at(0), at(far + 300 * ms)});
  EXPECT_THAT(starts(result), testing::ElementsAre(0, 1000 * ms, 2000 * ms, far));
}

TEST(Windowing, GivesNothingWithoutPackets) {
  EXPECT_EQ(cut(WindowSettings{}, {}).all.size(), 0u);
}

TEST(Windowing, RefusesPacketsThatGoBackInTime) {
  EXPECT_THROW(cut(WindowSettings{}, {at(10), at(9)}), std::logic_error);
}

std::pair<std::string, std::string> fault(std::chrono::nanoseconds total_time,
                                          std::chrono::nanoseconds omega) {
  const WindowSettings settings{total_time, omega};
  return settings.fault();
}

TEST(WindowSettings, NeedAnOmegaThatDividesTotalTimeExactly) {
  EXPECT_EQ(WindowSettings().slots(), 40u);
  EXPECT_EQ(fault(300ms, 100ms).second, "");
  EXPECT_THAT(fault(4s, 300ms), testing::Pair("omega", "omega (0.3 s) must divide total_time (4 s) exactly"));
  EXPECT_THAT(fault(100ms, 4s), testing::Pair("omega", "omega (4 s) must divide total_time (0.1 s) exactly"));
}

TEST(WindowSettings, MustBePositiveAndSane) {
  EXPECT_THAT(fault(-4s, 100ms),
              testing::Pair("total_time", "total_time must be positive and at most a year"));
  EXPECT_THAT(fault(std::chrono::days(367), 100ms),
              testing::Pair("total_time", "total_time must be positive and at most a year"));
  EXPECT_THAT(fault(4s, 0s), testing::Pair("omega", "omega must be positive and at most a year"));
  EXPECT_THAT(fault(4s, 1us), testing::Pair("omega", "more than a million slots per window"));
}

TEST(Windowing, RefusesSettingsWithAFault) {
  const WindowSettings settings{4s, 300ms};
  EXPECT_THROW(Windowing{settings}, std::invalid_argument);
}

}  // namespace
