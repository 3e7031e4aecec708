// Which clocks undefended recordings of devices have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/attack/device_clocks.hpp"
#include "tests/attack/beats.hpp"
#include "tests/windows/real_home.hpp"

namespace ipet::attack::test {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

const Nanoseconds evening = noon + 6 * hour;
const Interval six_hours{noon, evening, noon};

/// Of one device after another.
Clocks clocks_in(const std::vector<std::vector<DevicePacket>>& devices) {
  std::vector<CleanRecording> recordings;
  for (std::size_t d = 0; d < devices.size(); ++d)
    recordings.push_back({static_cast<std::uint16_t>(d), six_hours, devices[d]});
  return clocks_of(recordings, devices.size());
}

std::vector<Nanoseconds> periods(const Clocks& clocks) {
  std::vector<Nanoseconds> result;
  for (const Clock& clock : clocks.all) result.push_back(clock.period);
  return result;
}

TEST(ClocksOf, a_device_with_two_timers_are_two) {
  const Clocks clocks = clocks_in(
      {together(beats(noon + 7 * s, 60 * s, evening, 31), beats(noon + 30 * s, 601 * s, evening, 99))});
  EXPECT_THAT(periods(clocks), ElementsAre(60 * s, 601 * s));
  EXPECT_THAT(clocks.phrases, SizeIs(2));
}

TEST(ClocksOf, a_device_are_told_apart_by_whole_bursts_not_by_their_first_packets) {
  std::vector<DevicePacket> unanswered = beats(noon + 30 * s, 253 * s, evening, 45);
  std::erase_if(unanswered, [](const DevicePacket& p) { return p.direction == Direction::in; });
  const Clocks clocks = clocks_in({together(beats(noon + 7 * s, 240 * s, evening, 45), unanswered)});
  EXPECT_THAT(periods(clocks), ElementsAre(240 * s, 253 * s));
}

TEST(ClocksOf, a_device_beat_with_all_kinds_that_keep_their_time) {
  std::vector<DevicePacket> packets = beats(noon, 60 * s, evening, 31), repeated;
  for (std::size_t i = 1; i < packets.size(); i += 20) {
    packets[i].size = 33;                                      // each tenth answer is another one
    repeated.push_back(in(packets[i].time + minute + s, 31));  // and each tenth comes twice
  }
  const Clocks clocks = clocks_in({together(packets, repeated)});
  EXPECT_THAT(periods(clocks), ElementsAre(60 * s));
  EXPECT_THAT(clocks.phrases, ElementsAre(Phrase{62, 63}, Phrase{62, 67})) << "what is longer begins so";
}

TEST(ClocksOf, several_devices_may_beat_with_the_same_burst) {
  const Clocks clocks = clocks_in({beats(noon, 60 * s, evening, 31), beats(noon, 61 * s, evening, 31)});
  EXPECT_THAT(clocks.phrases, SizeIs(1));
  EXPECT_THAT(clocks.all,
              ElementsAre(Clock{0, 60 * s, 10 * millisecond, {0}}, Clock{1, 61 * s, 10 * millisecond, {0}}));
}

TEST(ClocksOf, a_device_are_as_exact_as_its_beats) {
  // Every other period is 40 ms longer, so the median deviation from the median period is 40 ms or 0, and
  // between two beats it is 40 ms in every second one; a third kind of period makes it 20 ms.
  std::vector<DevicePacket> packets;
  Nanoseconds time = noon;
  for (int i = 0; time < evening; ++i) {
    packets.push_back(out(time, 31));
    time += 60 * s + (i % 4 - 1) * 20 * millisecond;  // 59.98, 60, 60.02, 60.04
  }
  const Clocks clocks = clocks_in({packets});
  ASSERT_THAT(clocks.all, SizeIs(1));
  EXPECT_GT(clocks.all[0].tolerance, 10 * millisecond);
  EXPECT_LE(clocks.all[0].tolerance, 160 * millisecond);
}

TEST(ClocksOf, a_device_that_people_use_are_none) {
  SCOPED_TRACE("seed 1");
  traffic::Random random(std::uint64_t{1});
  std::vector<DevicePacket> packets;
  for (int i = 0; i < 100; ++i)
    packets.push_back(out(noon + static_cast<Nanoseconds>(random.uniform(0, 6 * 3600e9)), 31));
  EXPECT_THAT(clocks_in({together(packets, {})}).all, SizeIs(0));
}

TEST(ClocksOf, the_real_home_are_those_of_its_hubs_and_of_its_lock) {
  if (!std::filesystem::exists(windows::test::home)) GTEST_SKIP() << "no captures at " << windows::test::home;
  std::vector<std::vector<DevicePacket>> devices;
  for (const auto& device : windows::test::real_devices)
    windows::test::read_packets(device.name, [&, &packets = devices.emplace_back()](const auto& part) {
      packets.insert(packets.end(), part.begin(), part.end());
    });
  std::vector<std::pair<std::string, double>> found;
  for (const Clock& clock : clocks_in(devices).all)
    found.emplace_back(windows::test::real_devices[clock.label].name,
                       static_cast<double>(clock.period) / static_cast<double>(s));
  // Medians of the gaps between their most frequent bursts, from a reading of the captures of its own.
  const auto clock = [](const char* device, double period) {
    return testing::Pair(device, testing::DoubleNear(period, 0.1));
  };
  EXPECT_THAT(found, ElementsAre(clock("lockly-hub-01", 60), clock("schlage-lock-01", 1740.98),
                                 clock("schlage-lock-01", 3599.96), clock("sifely-hub-01", 240.66),
                                 clock("sifely-hub-01", 240.41), clock("ultraloq-hub-01", 60.2)));
}

}  // namespace
}  // namespace ipet::attack::test
