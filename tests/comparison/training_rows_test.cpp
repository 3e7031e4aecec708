// What attackers are given to learn from.
#include <mutex>

#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

TEST(TrainingRows, are_left_of_every_device_however_short_its_only_line_is) {
  auto traces = std::make_shared<traffic::Traces>();
  constexpr std::uint32_t devices = 40;
  for (std::uint32_t device = 0; device < devices; ++device)
    for (std::uint32_t capture = 0; capture < 2; ++capture)
      traces->add(message(2 * device + capture, "device " + std::to_string(device),
                          beat(0, 4 * minute, 10, 100 * (device + 1))));
  traces->finish();
  ComparisonInputs in = inputs(traces);
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::capture;
  options.levels = {Level::T2};
  fingerprint::Observer observer;
  const auto report = compare(in, options, observer).report;
  const auto* score = find(report, "none", "own", "T2", "nearest mean");
  ASSERT_NE(score, nullptr);
  EXPECT_EQ(score->windows, devices);  // a row each
  EXPECT_DOUBLE_EQ(score->macro_f1, 1);
}

/// Takes two rows of a class from each copy, and notes what it got.
class Modest final : public attack::Attacker {
 public:
  [[nodiscard]] std::string title() const override { return "modest"; }
  [[nodiscard]] const attack::View& view() const override { return teacher_.view(); }
  [[nodiscard]] std::size_t most_rows() const override { return 2; }
  [[nodiscard]] std::unique_ptr<const attack::Classifier> train(
      const attack::Rows& training, const attack::Rows& validation, std::size_t classes, std::uint64_t seed,
      fingerprint::Observer& observer) const override {
    const std::lock_guard lock(mutex_);
    given.push_back(training.size());
    return teacher_.train(training, validation, classes, seed, observer);
  }
  mutable std::vector<std::size_t> given;

 private:
  NearestMean teacher_;
  mutable std::mutex mutex_;
};

TEST(TrainingRows, of_clean_traffic_are_as_many_as_of_all_defended_copies) {
  const auto modest = std::make_shared<Modest>();
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}}, 5));
  in.attackers = {modest};
  in.defences = {{"dummies", std::make_shared<RandomDummies>(1)}};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = {Level::T1, Level::T2};
  options.repeats = 5;
  fingerprint::Observer observer;
  compare(in, options, observer);
  // Two devices: none (T2), dummies (T1 on one copy, T2 on five).
  EXPECT_EQ(modest->given, (std::vector<std::size_t>{20, 4, 20}));
}

}  // namespace
}  // namespace ipet::comparison
