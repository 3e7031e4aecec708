// All lines of a home named at once.
#include <gtest/gtest.h>

#include "tests/comparison/fixtures.hpp"

namespace ipet::comparison {
namespace {

/// Gives lines of each device these probabilities of the first one of two.
class Opinionated final : public attack::Attacker {
 public:
  explicit Opinionated(std::vector<float> first) : first_(std::move(first)) {}
  [[nodiscard]] std::string title() const override { return "opinionated"; }
  [[nodiscard]] const attack::View& view() const override { return view_; }
  [[nodiscard]] std::unique_ptr<const attack::Classifier> train(const attack::Rows&, const attack::Rows&,
                                                                std::size_t, std::uint64_t,
                                                                fingerprint::Observer&) const override {
    class Answer final : public attack::Classifier {
     public:
      explicit Answer(std::vector<float> first) : first_(std::move(first)) {}
      [[nodiscard]] std::vector<float> probabilities(const attack::Rows& rows) const override {
        std::vector<float> answers;
        for (const std::uint16_t label : rows.label) {
          answers.push_back(first_[label]);
          answers.push_back(1 - first_[label]);
        }
        return answers;
      }

     private:
      std::vector<float> first_;
    };
    return std::make_unique<Answer>(first_);
  }

 private:
  std::vector<float> first_;
  CountView view_;
};

evaluation::EvaluationReport named(std::vector<float> first) {
  ComparisonInputs in = inputs(home({{"cam", 30, 300}, {"plug", 60, 250}}, 5));
  in.attackers = {std::make_shared<Opinionated>(std::move(first))};
  ComparisonOptions options;
  options.lines.split = fingerprint::SplitMode::day;
  options.levels = {Level::T2, Level::T4};
  options.one_to_one = true;
  fingerprint::Observer observer;
  return compare(in, options, observer).report;
}

double accuracy(const evaluation::EvaluationReport& report, const std::string& level,
                const std::string& attacker) {
  const auto* score = find(report, "none", "own", level, attacker);
  if (score == nullptr) ADD_FAILURE() << "no score of " << attacker;
  return score == nullptr ? -1 : score->accuracy;
}

TEST(OneToOne, two_lines_that_look_like_one_device_are_told_apart_by_which_looks_more_like_it) {
  // By itself each line is the first device: 0.6 and 0.55. Together 0.6 x 0.45 is more than 0.4 x 0.55.
  const auto report = named({0.6F, 0.55F});
  EXPECT_DOUBLE_EQ(accuracy(report, "T2", "opinionated"), 0.5);
  EXPECT_DOUBLE_EQ(accuracy(report, "T2", "opinionated, one to one"), 1);
  EXPECT_DOUBLE_EQ(accuracy(report, "T4", "opinionated, vote 60 min"), 0.5);
  EXPECT_DOUBLE_EQ(accuracy(report, "T4", "opinionated, vote 60 min, one to one"), 1);
}

TEST(OneToOne, the_worse_explanation_may_be_the_wrong_one) {
  const auto report = named({0.55F, 0.6F});
  EXPECT_DOUBLE_EQ(accuracy(report, "T2", "opinionated, one to one"), 0);
}

TEST(OneToOne, between_lines_that_look_alike_chance_decides_and_no_order_of_lines) {
  const auto report = named({0.5F, 0.5F});
  // 48 pairs of bins: fewer than 14 or more than 34 right ones come once in 300 times.
  EXPECT_GT(accuracy(report, "T2", "opinionated, one to one"), 14 / 48.0);
  EXPECT_LT(accuracy(report, "T2", "opinionated, one to one"), 34 / 48.0);
}

}  // namespace
}  // namespace ipet::comparison
