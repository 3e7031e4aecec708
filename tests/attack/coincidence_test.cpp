// Events that devices share are found, also among the cover of lines that carry imitations of all devices;
// and which devices of a real home share some.
#include "stages/attack/coincidence.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attack/lines.hpp"
#include "tests/windows/real_home.hpp"

namespace ipet::attack::test {
namespace {

TEST(Coincidence, is_the_share_of_events_that_follow_another_lines) {
  const std::vector<Nanoseconds> leaders{noon + 10 * s, noon + 50 * s},
      followers{noon + 9 * s, noon + 10 * s, noon + 12 * s, noon + 13 * s, noon + 51 * s};
  // 10, 12 and 51 come within two seconds; with one shift, by 50 of 100 s, leaders are at 60 and 0 s.
  const Coincidence found = coincidence(followers, leaders, noon, noon + 100 * s, 2 * s, 1);
  EXPECT_DOUBLE_EQ(found.observed, 0.6);
  EXPECT_DOUBLE_EQ(found.expected, 0);
  // Three shifts, of 25 s: leaders at 35 and 75, at 60 and 0, which 9, 10 and 12 follow, at 85 and 25.
  EXPECT_DOUBLE_EQ(coincidence(followers, leaders, noon, noon + 100 * s, 12 * s, 3).expected, 0.2);
  EXPECT_EQ(found.score(), std::numeric_limits<double>::infinity()) << "chance never does it";
  EXPECT_EQ(coincidence({}, leaders, noon, noon + 100 * s, 2 * s).score(), 0);
}

TEST(Coincidence, events_begin_after_silence) {
  const std::vector<DevicePacket> packets{out(noon, 1), in(noon + s - 1, 1), in(noon + 2 * s - 1, 1),
                                          out(noon + 2 * s, 1)};
  EXPECT_THAT(events_of(packets, s), testing::ElementsAre(noon, noon + 2 * s - 1));
}

/// A day of a device that acts when the person does (`moments`), and now and then alone.
std::vector<DevicePacket> day_of(std::uint64_t seed, const std::vector<Nanoseconds>& moments) {
  traffic::Random random(seed);
  std::vector<DevicePacket> packets;
  for (const Nanoseconds moment : moments)
    packets.push_back(out(moment + static_cast<Nanoseconds>(random.uniform(0, 1e9)), 100));
  for (int i = 0; i < 100; ++i)
    packets.push_back(out(noon + static_cast<Nanoseconds>(random.uniform(0, 86'400e9)), 100));
  std::ranges::stable_sort(packets, {}, &DevicePacket::time);
  return packets;
}

std::vector<Nanoseconds> moments(std::uint64_t seed) {
  traffic::Random random(seed);
  std::vector<Nanoseconds> result;
  for (int i = 0; i < 40; ++i) result.push_back(noon + static_cast<Nanoseconds>(random.uniform(0, 86'300e9)));
  return result;
}

TEST(Coincidence, shows_which_lines_share_a_person_even_under_independent_imitations) {
  SCOPED_TRACE(
      "seeds 1 to 5 of the moments, 10 to 13 of the lines, 100 to 132 and 200 to 232 of the imitations");
  // Devices 0 and 1 act with one person, 2 and 3 with none of the others. Every line carries imitations of
  // the three others, drawn for it alone.
  std::vector<std::vector<Nanoseconds>> lines;
  const std::vector<Nanoseconds> person = moments(1);
  for (std::uint64_t device = 0; device < 4; ++device) {
    std::vector<DevicePacket> line = day_of(10 + device, device < 2 ? person : moments(2 + device));
    for (std::uint64_t other = 0; other < 3; ++other) {
      const std::vector<DevicePacket> imitation =
          day_of(100 + 10 * device + other, moments(200 + 10 * device + other));
      line.insert(line.end(), imitation.begin(), imitation.end());
    }
    std::ranges::stable_sort(line, {}, &DevicePacket::time);
    lines.push_back(events_of(line, s));
  }
  double highest = 0;
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < 4; ++j) {
      if (i == j) continue;
      const Coincidence found = coincidence(lines[i], lines[j], noon, noon + traffic::day, s);
      std::printf("line %zu after line %zu: %.1f %% of its events, %.1f %% by chance, %.1f deviations\n", i,
                  j, 100 * found.observed, 100 * found.expected, found.score());
      if (i < 2 && j < 2)
        EXPECT_GT(found.score(), 4);
      else
        highest = std::max(highest, found.score());
    }
  EXPECT_LT(highest, 4);
}

/// Packets of a device of the real home, all days.
std::vector<DevicePacket> recorded(const std::string& device) {
  std::vector<DevicePacket> packets;
  windows::test::read_packets(device, [&](const std::vector<DevicePacket>& part) {
    packets.insert(packets.end(), part.begin(), part.end());
  });
  return packets;
}

/// Begins of what a device says after 5 s of silence, and from when to when the home was recorded.
struct RealEvents {
  std::vector<std::vector<Nanoseconds>> lines;
  Nanoseconds begin = std::numeric_limits<Nanoseconds>::max(), end = 0;
};

RealEvents real_events() {
  RealEvents home;
  for (const auto& device : windows::test::real_devices) {
    home.lines.push_back(events_of(recorded(device.name), 5 * s));
    home.begin = std::min(home.begin, home.lines.back().front());
    home.end = std::max(home.end, home.lines.back().back() + 1);
  }
  return home;
}

TEST(Coincidence, shows_on_the_real_home_that_its_cameras_act_together_and_nothing_else_does) {
  if (!std::filesystem::exists(windows::test::home)) GTEST_SKIP() << "no captures at " << windows::test::home;
  const RealEvents home = real_events();
  const auto& devices = windows::test::real_devices;
  const auto camera = [&](std::size_t i) { return std::string(devices[i].name).starts_with("blink-cam"); };
  for (std::size_t i = 0; i < home.lines.size(); ++i)
    for (std::size_t j = 0; j < home.lines.size(); ++j) {
      if (i == j) continue;
      const Coincidence found = coincidence(home.lines[i], home.lines[j], home.begin, home.end, 2 * s);
      std::printf("%-16s (%5zu events) after %-16s: %5.2f %% of them, %5.2f %% by chance, %6.1f deviations\n",
                  devices[i].name, home.lines[i].size(), devices[j].name, 100 * found.observed,
                  100 * found.expected, found.score());
      SCOPED_TRACE(std::string(devices[i].name) + " after " + devices[j].name);
      if (camera(i) && camera(j))
        EXPECT_GT(found.score(), 15);
      else
        EXPECT_LT(found.score(), 4);
    }
}

}  // namespace
}  // namespace ipet::attack::test
