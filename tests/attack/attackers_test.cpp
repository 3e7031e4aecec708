// Attackers on table models, and votes.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>

#include "stages/attack/aggregate_attacker.hpp"
#include "stages/attack/vote.hpp"
#include "stages/forest/boosting.hpp"
#include "stages/forest/forest.hpp"
#include "tests/attack/lines.hpp"

namespace ipet::attack::test {
namespace {

/// Devices send every `5 + d` seconds, packets of nearly the same size.
Rows lines(const View& view, std::size_t devices, std::uint64_t seed) {
  Rows rows;
  rows.width = view.columns().size();
  traffic::Random random(seed);
  for (std::size_t d = 0; d < devices; ++d) {
    std::vector<DevicePacket> packets;
    for (Nanoseconds time = noon; time < noon + 120 * minute;
         time += static_cast<Nanoseconds>((5.0 + static_cast<double>(d)) * random.uniform(0.9, 1.1) * 1e9))
      packets.push_back(out(time, static_cast<std::uint32_t>(100 + random.below(20))));
    Rows line = look(view, {noon, noon + 120 * minute, noon}, packets);
    rows.values.insert(rows.values.end(), line.values.begin(), line.values.end());
    rows.start.insert(rows.start.end(), line.start.begin(), line.start.end());
    rows.line.resize(rows.start.size(), static_cast<std::uint32_t>(d));
    rows.label.resize(rows.start.size(), static_cast<std::uint16_t>(d));
  }
  return rows;
}

double accuracy(const std::vector<float>& probabilities, const Rows& rows, std::size_t classes) {
  double right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes);
    right += std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row == rows.label[i] ? 1 : 0;
  }
  return right / static_cast<double>(rows.size());
}

std::shared_ptr<const fingerprint::ModelFactory> boosting() {
  forest::BoostingOptions options;
  options.rounds = 30;
  return std::make_shared<forest::BoostingFactory>(options);
}

TEST(AggregateAttacker, names_devices_by_their_rhythm) {
  for (const bool trees : {false, true}) {
    const AggregateAttacker attacker(
        trees ? std::make_shared<forest::ForestFactory>(forest::ForestOptions{20}) : boosting(), "model", 1);
    fingerprint::Observer observer;
    const auto trained =
        attacker.train(lines(attacker.view(), 3, 1), lines(attacker.view(), 3, 2), 3, 7, observer);
    const Rows unseen = lines(attacker.view(), 3, 3);
    EXPECT_GT(accuracy(trained->probabilities(unseen), unseen, 3), 0.95);
  }
}

TEST(AggregateAttacker, guesses_where_labels_are_permuted) {
  const AggregateAttacker attacker(boosting(), "gradient_boosting", 1);
  fingerprint::Observer observer;
  Rows training = lines(attacker.view(), 3, 1), validation = lines(attacker.view(), 3, 2);
  traffic::Random random(std::uint64_t{5});
  for (Rows* rows : {&training, &validation})
    for (std::uint16_t& label : rows->label) label = static_cast<std::uint16_t>(random.below(3));
  const Rows unseen = lines(attacker.view(), 3, 3);
  const double right =
      accuracy(attacker.train(training, validation, 3, 7, observer)->probabilities(unseen), unseen, 3);
  EXPECT_GT(right, 0.15);
  EXPECT_LT(right, 0.55);
}

TEST(AggregateAttacker, is_the_same_for_any_number_of_threads) {
  const AggregateAttacker attacker(boosting(), "gradient_boosting", 1);
  const Rows rows = lines(attacker.view(), 3, 1);
  std::vector<std::vector<float>> answers;
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    fingerprint::Observer observer;
    answers.push_back(attacker.train(rows, {}, 3, 7, observer)->probabilities(rows));
  }
  EXPECT_EQ(answers[0], answers[1]);
}

std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

TEST(AggregateAttacker, says_what_is_wrong) {
  struct Network : fingerprint::ModelFactory {
    [[nodiscard]] std::shared_ptr<fingerprint::Model> create(const fingerprint::ModelShape&,
                                                             traffic::Random&) const override {
      return nullptr;
    }
  };
  EXPECT_EQ(message([] { AggregateAttacker(std::make_shared<Network>(), "lstm", 15); }),
            "model 'lstm' looks at windows, not at aggregates");
  const AggregateAttacker attacker(boosting(), "gradient_boosting", 15);
  EXPECT_EQ(attacker.title(), "gradient_boosting 15 min");
  fingerprint::Observer observer;
  EXPECT_EQ(message([&] { (void)attacker.train({}, {}, 3, 7, observer); }),
            "attacker 'gradient_boosting 15 min' has no rows to train on");
  EXPECT_EQ(AggregateAttacker(boosting(), "x", 15, 0, "own title").title(), "own title");
}

TEST(Vote, adds_up_logarithms) {
  const std::vector<float> probabilities{0.5F, 0.25F, 0.25F, 0.125F, 0.5F, 0.375F};
  const std::vector<double> scores = Vote().count(probabilities, 3);
  EXPECT_NEAR(scores[0], std::log(0.0625), 1e-6);
  EXPECT_NEAR(scores[1], std::log(0.125), 1e-6);
  EXPECT_NEAR(scores[2], std::log(0.09375), 1e-6);
}

TEST(Vote, lets_no_row_alone_rule_a_class_out) {
  std::vector<float> probabilities{0, 1};
  for (int i = 0; i < 4; ++i) probabilities.insert(probabilities.end(), {0.99F, 0.01F});
  const std::vector<double> scores = Vote().count(probabilities, 2);  // 1e-6 against 1e-8
  EXPECT_GT(scores[0], scores[1]);
  EXPECT_NEAR(Vote().count(std::vector<float>{0, 1}, 2)[0], std::log(1e-6), 1e-9);
}

}  // namespace
}  // namespace ipet::attack::test
