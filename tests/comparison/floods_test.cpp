// Defences that send more than can be watched.
#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

/// Two training days of 7200 s, two devices, 10 dummies/s: 288,000 packets and few of users in a copy.
Comparison flood(std::uint64_t most_packets, std::uint64_t most_filtered_packets) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}}, 5));
  in.defences = {{"dummies", std::make_shared<RandomDummies>(10)}};
  class Never final : public attack::PacketFilter {
   public:
    [[nodiscard]] std::unique_ptr<const attack::TrainedFilter> train(std::span<const attack::Excerpt>,
                                                                     std::uint64_t,
                                                                     fingerprint::Observer&) const override {
      throw std::logic_error("a flood is not filtered");
    }
  };
  in.filters = {{"never", std::make_shared<Never>()}};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = {Level::T2, Level::T3};
  options.repeats = 4;
  options.seeds = 2;
  options.most_packets = most_packets;
  options.most_filtered_packets = most_filtered_packets;
  fingerprint::Observer observer;
  return compare(in, options, observer);
}

bool contains(const std::vector<std::string>& notes, const std::string& text) {
  return std::ranges::any_of(notes, [&](const std::string& note) { return note.find(text) != note.npos; });
}

TEST(Floods, are_trained_on_with_fewer_copies_and_without_filters) {
  const auto report = flood(600'000, 1'000).report;
  EXPECT_TRUE(contains(report.notes, "defence dummies, own: 2 of 4 copies of the training lines"));
  EXPECT_TRUE(contains(report.notes, "defence dummies, own: no packet filters"));
  EXPECT_EQ(report.notes.size(), 2U);  // of two seeds
  // Whole test lines of two devices and two days, 24 rows each.
  EXPECT_EQ(find(report, "dummies", "own", "T2", "nearest mean")->windows, 2 * 2 * 24U);
}

TEST(Floods, that_are_too_many_packets_in_one_copy_are_watched_for_a_while) {
  const auto report = flood(140'000, 1'000).report;
  // Of 288,000 and 720 of users.
  double percent = 0;
  ASSERT_EQ(
      std::sscanf(report.notes.front().c_str(), "defence dummies, own: only the first %lf %%", &percent), 1);
  EXPECT_NEAR(percent, 100 * 140'000 / 288'720.0, 1.5);  // of a sample of 24,000 dummies
  EXPECT_EQ(find(report, "dummies", "own", "T2", "nearest mean")->windows, 2 * 2 * 12U);
  EXPECT_EQ(find(report, "none", "own", "T2", "nearest mean")->windows, 2 * 2 * 24U);
}

}  // namespace
}  // namespace ipet::comparison
