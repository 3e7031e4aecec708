// Which products are in a home.
#include "stages/detection/presence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/detection/fixtures.hpp"

namespace ipet::detection {
namespace {

const std::vector<comparison::Beat> beats = {
    {"bulb", 45, 100}, {"cam-1", 30, 200}, {"cam-2", 20, 300}, {"plug", 60, 400}};

PresenceOptions homes_by_day() {
  PresenceOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.products = {{"cam-1", "cam-2"}};
  options.repeats = 2;
  options.draws = 2;
  return options;
}

comparison::ComparisonInputs at_home(int days = 3) {
  return inputs(comparison::home(beats, days),
                std::make_shared<Counting>(hour, std::vector<std::uint32_t>{100, 200, 300, 400}));
}

evaluation::DetectionReport presence_at_home(const comparison::ComparisonInputs& in,
                                             const PresenceOptions& options) {
  fingerprint::Observer observer;
  return find_presence(in, options, observer);
}

TEST(DrawnHomes, carry_what_is_in_them_and_nothing_else) {
  const comparison::Lines lines = lines_of_devices(at_home(), homes_by_day());
  PresenceOptions options = homes_by_day();
  options.homes = 40;
  const PresenceGame game(lines, options);
  ASSERT_EQ(game.targets(), (std::vector<std::string>{"cam-1 | cam-2", "bulb", "plug"}));
  const Scene scene = game.scene(lines, traffic::StreamKey(7));
  ASSERT_EQ(scene.lines.lines.size(), 40 * 3U);
  std::set<std::uint32_t> homes;
  std::vector<int> in(3), cams(4);
  for (std::size_t i = 0; i < scene.lines.lines.size(); ++i) {
    const comparison::WatchedLine& line = scene.lines.lines[i];
    EXPECT_EQ(line.device, "home");
    homes.insert(line.capture);
    std::map<std::uint32_t, std::size_t> sizes;
    for (const DevicePacket& packet : line.packets) ++sizes[packet.size];
    // Two hours of beats of 45, 30, 20 and 60 s.
    const std::map<std::uint32_t, std::size_t> all = {{100, 160}, {200, 240}, {300, 360}, {400, 120}};
    for (const auto& [size, count] : sizes) EXPECT_EQ(count, all.at(size));
    const bool there[] = {sizes.contains(200) || sizes.contains(300), sizes.contains(100),
                          sizes.contains(400)};
    for (std::size_t product = 0; product < 3; ++product) {
      EXPECT_EQ(scene.truth(product, i, line.interval.begin), there[product] ? Answer::yes : Answer::no);
      in[product] += there[product] ? 1 : 0;
    }
    ++cams[(sizes.contains(200) ? 1 : 0) + (sizes.contains(300) ? 2 : 0)];
  }
  EXPECT_EQ(homes.size(), 40 * 3U);  // none is watched together with another one
  // Half of 120, and of the product of two devices a third each; within four standard deviations.
  for (const int count : in) EXPECT_NEAR(count, 60, 22);
  for (std::size_t which = 1; which < 4; ++which) EXPECT_NEAR(cams[which], 20, 17);
}

TEST(DrawnHomes, follow_their_key_alone) {
  const comparison::Lines lines = lines_of_devices(at_home(), homes_by_day());
  const PresenceGame game(lines, homes_by_day());
  const auto packets = [&](std::uint64_t key) {
    std::vector<std::size_t> counts;
    for (const comparison::WatchedLine& line : game.scene(lines, traffic::StreamKey(key)).lines.lines)
      counts.push_back(line.packets.size());
    return counts;
  };
  EXPECT_EQ(packets(3), packets(3));
  EXPECT_NE(packets(3), packets(4));
}

TEST(DetectorsOfProducts, find_undefended_ones_by_their_sizes_in_an_hour_and_in_a_day) {
  const evaluation::DetectionReport report = presence_at_home(at_home(), homes_by_day());
  for (const char* product : {"bulb", "plug", "cam-1 | cam-2"})
    for (const double seconds : {3600.0, 86400.0}) {
      const evaluation::Detection& row = row_of(report, "none", "T0", product, seconds);
      EXPECT_EQ(row.moments, (seconds == 3600 ? 2 : 1) * 20);  // of two hours on one day
      EXPECT_EQ(row.draws, 2U);
      EXPECT_GT(row.area_under_curve.mean, row.target.starts_with("cam") ? 0.8 : 0.95) << product;
    }
}

TEST(DetectorsOfProducts, that_are_in_all_homes_answer_no_question) {
  PresenceOptions options = homes_by_day();
  options.homes = 1;
  options.draws = 1;
  options.repeats = 8;
  options.levels = {Level::T0};
  std::size_t undefined = 0, asked = 0, always = 0;
  for (const evaluation::Detection& row : presence_at_home(at_home(), options).detections) {
    if (row.positives > 0 && row.positives < row.moments) continue;
    ++asked;
    always += row.positives > 0 ? 1 : 0;
    undefined += std::isnan(row.area_under_curve.mean) && !row.judged ? 1 : 0;
  }
  EXPECT_EQ(asked, 6U);  // three products, for an hour and a day
  EXPECT_EQ(undefined, asked);
  EXPECT_GT(always, 0U);
}

TEST(DefencesOfPresence, are_given_recordings_of_all_devices_and_one_line_a_home) {
  struct Recording final : defence::Defence {
    void check(const defence::Resources& resources) const override {
      if (const auto given = resources.get<traffic::Traces>("pool")) pool = given->devices;
    }
    [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                                   const defence::Line& line) const override {
      const std::lock_guard lock(mutex);
      lines.insert(line.device);
      return RandomDummies(0.01).schedule(resources, line);
    }
    mutable std::mutex mutex;
    mutable std::set<std::string> lines;
    mutable std::vector<std::string> pool;
  };
  const auto defence = std::make_shared<Recording>();
  comparison::ComparisonInputs in = at_home();
  in.defences = {{"it", defence}};
  presence_at_home(in, homes_by_day());
  EXPECT_EQ(defence->pool, (std::vector<std::string>{"bulb", "cam-1", "cam-2", "plug"}));
  EXPECT_EQ(defence->lines, (std::set<std::string>{"home"}));
}

TEST(ProductsThatSayNothing, are_named) {
  auto traces = std::make_shared<traffic::Traces>(*comparison::home(beats, 3));
  for (traffic::Trace& trace : traces->traces)
    if (traces->devices[trace.device] == "plug")
      std::erase_if(trace.packets, [](const DevicePacket& packet) { return packet.time >= traffic::day; });
  comparison::ComparisonInputs in = at_home();
  in.traces = traces;
  EXPECT_THAT(
      presence_at_home(in, homes_by_day()).notes,
      testing::Contains(
          "say nothing on the days for testing, so that nobody can see whether they are there: plug"));
}

TEST(VotesOfPresence, as_long_as_a_row_or_shorter_add_nothing) {
  PresenceOptions options = homes_by_day();
  options.votes = {};
  const auto alone = presence_at_home(at_home(), options).detections;
  options.votes = {std::chrono::hours(1), std::chrono::minutes(30)};
  const auto voted = presence_at_home(at_home(), options).detections;
  ASSERT_EQ(voted.size(), alone.size());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_DOUBLE_EQ(voted[i].moments, alone[i].moments);
    EXPECT_DOUBLE_EQ(voted[i].positives, alone[i].positives);
  }
}

}  // namespace
}  // namespace ipet::detection
