// Gradient boosting: what it learns, that it can be repeated, and when it stops.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include "stages/forest/gradient_boosting.hpp"
#include "stages/forest/trees.hpp"
#include "tests/forest/tables.hpp"

namespace ipet::forest::test {
namespace {

using fingerprint::EpochRecord;
using fingerprint::FeatureTable;
using fingerprint::NamedArray;

struct Fitted {
  std::vector<NamedArray> trees;
  std::vector<EpochRecord> history;
};

Fitted fit(const GradientBoostingOptions& options, const FeatureTable& table, std::size_t classes,
           const FeatureTable& validation = {}, std::uint64_t seed = 20) {
  fingerprint::Observer observer;
  Fitted fitted;
  fitted.trees = GradientBoosting(options).fit(table, validation, classes, seed, fitted.history, observer);
  return fitted;
}

std::vector<float> ask(const Fitted& fitted, const FeatureTable& table, std::size_t classes) {
  return GradientBoosting({}).probabilities(fitted.trees, table, classes);
}

GradientBoostingOptions all_columns() {
  GradientBoostingOptions options;
  options.rounds = 40;
  options.columns_per_tree = 1;
  return options;
}

bool same(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  return std::ranges::equal(a, b, [](const NamedArray& x, const NamedArray& y) {
    return x.name == y.name && x.shape == y.shape && x.values == y.values;
  });
}

void permute_labels(FeatureTable& table, std::size_t classes, std::uint64_t seed) {
  traffic::Random random(seed);
  for (std::uint16_t& label : table.label) label = static_cast<std::uint16_t>(random.below(classes));
}

TEST(Boosting, LearnsDevicesThatCanBeToldApart) {
  SCOPED_TRACE("seeds 1 and 2 of the tables, 20 of the training");
  for (const std::size_t classes : {2, 4}) {
    const FeatureTable unseen = corners(classes, 400, 20, 0.1, 2);
    const Fitted fitted = fit(all_columns(), corners(classes, 600, 20, 0.1, 1), classes);
    EXPECT_GT(accuracy(ask(fitted, unseen, classes), unseen, classes), 0.97) << classes;
  }
}

TEST(Boosting, SaysNothingWhereThereIsNothingToLearn) {
  SCOPED_TRACE("seeds 1 and 2 of the tables, 3 and 4 of the labels, 20 of the training");
  FeatureTable table = corners(4, 1000, 20, 0.1, 1), unseen = corners(4, 1000, 20, 0.1, 2);
  permute_labels(table, 4, 3);
  permute_labels(unseen, 4, 4);
  const double right = accuracy(ask(fit(all_columns(), table, 4), unseen, 4), unseen, 4);
  EXPECT_GT(right, 0.18);  // chance is 0.25, its deviation 0.014
  EXPECT_LT(right, 0.32);
}

TEST(Boosting, GivesProbabilitiesThatAddUpToOneAndFollowTheShares) {
  SCOPED_TRACE("seed 20 of the training");
  // One column of two values; of three classes, the first value has 1:1:2 rows and the second 6:1:1.
  FeatureTable table;
  table.columns = {"f"};
  const std::size_t counts[2][3] = {{100, 100, 200}, {600, 100, 100}};
  for (std::size_t value = 0; value < 2; ++value)
    for (std::uint16_t c = 0; c < 3; ++c)
      for (std::size_t i = 0; i < counts[value][c]; ++i) {
        table.values.push_back(static_cast<float>(value));
        table.label.push_back(c);
      }
  GradientBoostingOptions options = all_columns();
  options.rounds = 200;
  options.subsample = 1;
  const std::vector<float> p = ask(fit(options, table, 3), {{"f"}, {0, 1}, {0, 0}}, 3);
  const float expected[] = {0.25, 0.25, 0.5, 0.75, 0.125, 0.125};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NEAR(p[i], expected[i], 0.01) << i;
  EXPECT_NEAR(p[0] + p[1] + p[2], 1, 1e-6);
}

TEST(Boosting, IsTheSameForAnyNumberOfThreadsAndDiffersBySeed) {
  SCOPED_TRACE("seeds 1 of the table, 20 and 21 of the training");
  const FeatureTable table = corners(5, 300, 20, 0.4, 1);
  const GradientBoostingOptions options;  // draws rows and columns
  std::vector<Fitted> fitted;
  for (const std::size_t threads : {std::size_t{1}, std::size_t{2}}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    // Two at a time, as an evaluation does.
    std::vector<Fitted> both(2);
    tbb::parallel_for(0, 2, [&](int i) {
      both[static_cast<std::size_t>(i)] = fit(options, table, 5, {}, i == 0 ? 20 : 21);
    });
    fitted.insert(fitted.end(), both.begin(), both.end());
  }
  EXPECT_TRUE(same(fitted[0].trees, fitted[2].trees));
  EXPECT_TRUE(same(fitted[1].trees, fitted[3].trees));
  EXPECT_FALSE(same(fitted[0].trees, fitted[1].trees));
  EXPECT_EQ(ask(fitted[0], table, 5), ask(fitted[2], table, 5));
}

TEST(Boosting, StopsWhereTheValidationLossNoLongerFalls) {
  SCOPED_TRACE("seeds 1 and 2 of the tables, 20 of the training");
  const FeatureTable table = corners(3, 200, 6, 0.6, 1), validation = corners(3, 300, 6, 0.6, 2);
  GradientBoostingOptions options = all_columns();
  options.rounds = 500;
  options.learning_rate = 0.5;
  options.patience = 5;
  const Fitted fitted = fit(options, table, 3, validation);
  ASSERT_LT(fitted.history.size(), 500u);
  const auto best = std::ranges::min_element(fitted.history, {}, &EpochRecord::validation_loss);
  EXPECT_EQ(fitted.history.size(), best->epoch + 5u);
  EXPECT_EQ(from_arrays(fitted.trees, 6, 3).size(), best->epoch * 3u);
  // The history is of the rounds it names: the kept one's losses, computed from the answers.
  const std::vector<float> p = ask(fitted, validation, 3);
  double loss = 0;
  for (std::size_t i = 0; i < 300; ++i) loss -= std::log(p[3 * i + validation.label[i]]) / 300;
  EXPECT_NEAR(best->validation_loss, loss, 1e-5);
  EXPECT_NEAR(best->validation_accuracy, accuracy(p, validation, 3), 1e-9);
  EXPECT_GT(fitted.history.front().training_loss, fitted.history.back().training_loss);
}

TEST(Boosting, OfTwoClassesHasTheSameHistoryAsItsAnswers) {
  SCOPED_TRACE("seeds 1 and 2 of the tables, 20 of the training");
  const FeatureTable table = corners(2, 200, 3, 0.6, 1), validation = corners(2, 200, 3, 0.6, 2);
  GradientBoostingOptions options = all_columns();
  options.rounds = 3;
  const Fitted fitted = fit(options, table, 2, validation);
  const std::vector<float> p = ask(fitted, validation, 2);
  double loss = 0;
  for (std::size_t i = 0; i < 200; ++i) loss -= std::log(p[2 * i + validation.label[i]]) / 200;
  EXPECT_EQ(from_arrays(fitted.trees, 3, 2).size(), 3u);
  EXPECT_NEAR(fitted.history.back().validation_loss, loss, 1e-5);
  EXPECT_NEAR(fitted.history.back().validation_accuracy, accuracy(p, validation, 2), 1e-9);
}

TEST(Boosting, OfOneDeviceIsSureOfIt) {
  SCOPED_TRACE("seeds 1 of the table, 20 of the training");
  const FeatureTable table = corners(1, 20, 3, 0.1, 1);
  EXPECT_THAT(ask(fit({}, table, 1), table, 1), testing::Each(1.0F));
}

TEST(Boosting, IsWholeWhereALoopAroundItIsCancelled) {
  SCOPED_TRACE("seeds 1 of the table, 20 of the training");
  const FeatureTable table = corners(3, 900, 4, 0.3, 1);
  GradientBoostingOptions options = all_columns();
  options.rounds = 5;
  const Fitted fitted = fit(options, table, 3);
  std::vector<float> answers;
  tbb::task_group_context around;
  tbb::parallel_for(
      0, 1,
      [&](int) {
        around.cancel_group_execution();
        answers = ask(fitted, table, 3);
      },
      around);
  EXPECT_EQ(answers, ask(fitted, table, 3));
}

TEST(Boosting, StopsWhenCancelledAndRefusesToLearnFromNothing) {
  struct Stopper : fingerprint::Observer {
    void check() override { throw std::runtime_error("cancelled"); }
  } observer;
  std::vector<EpochRecord> history;
  EXPECT_EQ(message([&] {
              (void)GradientBoosting({}).fit(corners(2, 20, 3, 0.1, 1), {}, 2, 1, history, observer);
            }),
            "cancelled");
  EXPECT_EQ(message([] { (void)fit({}, {}, 2); }), "there are no rows to boost trees on");
}

}  // namespace
}  // namespace ipet::forest::test
