// The home over weeks that ships: what it says of its days, seen in its captures.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/synthesis/fixtures.hpp"

namespace ipet::synthesis::test {
namespace {

/// Seconds since the begin of each recording of the frames with a payload that a device sends, by the last
/// two bytes of its MAC; fourteen days, of each a quarter of an hour.
using Days = std::vector<std::map<std::pair<int, int>, std::vector<double>>>;

Days played() {
  const Folder folder;
  TrafficSynthesizerOptions options;
  options.folder = folder.path;
  options.captures = 14;
  options.duration = std::chrono::minutes(15);
  options.interval = std::chrono::days(1);
  options.start = parse_time("2026-03-02T18:00:00Z").value();
  const auto home = read_home(std::filesystem::path(IPET_SOURCE_DIR) / "datasets/synthetic-home/weeks.toml");
  Days days;
  for (const auto& file : synthesise(home, options, [](double, std::string_view) {}).files) {
    const std::string bytes = contents(file);
    const auto word = [&](std::size_t at) {
      std::uint32_t value = 0;
      std::memcpy(&value, bytes.data() + at, sizeof value);
      return value;
    };
    const double unit = word(0) == 0xa1b23c4d ? 1e-9 : 1e-6;
    const std::int64_t begin =
        options.start / traffic::second + static_cast<std::int64_t>(days.size()) * 86'400;
    auto& day = days.emplace_back();
    for (std::size_t at = 24; at < bytes.size(); at += 16 + word(at + 8)) {
      if (word(at + 12) <= 60) continue;  // an acknowledgement
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + 16 + 6 + i]); };
      day[{byte(4), byte(5)}].push_back(static_cast<double>(word(at) - begin) + unit * word(at + 4));
    }
  }
  return days;
}

/// How many of the times lie within half a second of `place` in a period of a minute.
std::ptrdiff_t near(const std::vector<double>& seconds, double place) {
  return std::ranges::count_if(seconds,
                               [&](double at) { return std::abs(std::remainder(at - place, 60.0)) < 0.5; });
}

TEST(WeeksHome, has_devices_that_come_go_and_drift) {
  const Days days = played();
  ASSERT_EQ(days.size(), 14U);
  for (std::size_t day = 0; day < 14; ++day) {
    EXPECT_EQ(days[day].contains({7, 1}), day >= 8) << "the plug, day " << day;
    EXPECT_EQ(days[day].contains({4, 1}), day != 5) << "the bulb, day " << day;
    EXPECT_TRUE(days[day].contains({1, 1})) << day;
  }
  // A day has 1,440 periods of a minute: the hub's fifteen beats keep their place but for the drift, 12
  // millionths of a day.
  const std::vector<double>& first = days[0].at({1, 1});
  const double place = *std::ranges::max_element(first, {}, [&](double at) { return near(first, at); });
  for (std::size_t day = 0; day < 14; ++day)
    EXPECT_GE(near(days[day].at({1, 1}), place + 12e-6 * 86'400 * static_cast<double>(day)), 14) << day;
}

}  // namespace
}  // namespace ipet::synthesis::test
