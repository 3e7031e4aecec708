// The random forest: what it learns, that it can be repeated, and what its options do.
#include "stages/forest/forest.hpp"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include "stages/forest/trees.hpp"
#include "tests/forest/tables.hpp"

namespace ipet::forest::test {
namespace {

using fingerprint::FeatureTable;
using fingerprint::NamedArray;

std::vector<NamedArray> fit(const ForestOptions& options, const FeatureTable& table, std::size_t classes,
                            std::uint64_t seed = 20) {
  fingerprint::Observer observer;
  std::vector<fingerprint::EpochRecord> history;
  return Forest(options).fit(table, {}, classes, seed, history, observer);
}

std::vector<float> ask(const std::vector<NamedArray>& forest, const FeatureTable& table,
                       std::size_t classes) {
  return Forest({}).probabilities(forest, table, classes);
}

bool same(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  return std::ranges::equal(a, b, [](const NamedArray& x, const NamedArray& y) {
    return x.name == y.name && x.shape == y.shape && x.values == y.values;
  });
}

std::size_t depth(const Tree& tree, std::size_t node = 0) {
  const Node& at = tree.nodes[node];
  if (at.feature < 0) return 0;
  return 1 + std::max(depth(tree, static_cast<std::size_t>(at.left)),
                      depth(tree, static_cast<std::size_t>(at.right)));
}

TEST(Forest, LearnsDevicesThatCanBeToldApart) {
  SCOPED_TRACE("seeds 1 and 2 of the tables, 20 of the training");
  const auto forest = fit({}, corners(4, 600, 20, 0.1, 1), 4);
  const FeatureTable unseen = corners(4, 400, 20, 0.1, 2);
  EXPECT_GT(accuracy(ask(forest, unseen, 4), unseen, 4), 0.98);
}

TEST(Forest, FindsWhatOneSplitAloneDoesNotShow) {
  SCOPED_TRACE("seeds 1 and 2 of the tables, 20 of the training");
  // Exclusive or: neither column says anything alone.
  const auto exclusive = [](std::uint64_t seed) {
    FeatureTable table = corners(4, 800, 4, 0.1, seed);
    for (std::uint16_t& label : table.label) label = label == 1 || label == 2 ? 1 : 0;
    return table;
  };
  const FeatureTable unseen = exclusive(2);
  EXPECT_GT(accuracy(ask(fit({}, exclusive(1), 2), unseen, 2), unseen, 2), 0.95);
}

TEST(Forest, SaysNothingWhereThereIsNothingToLearn) {
  SCOPED_TRACE("seeds 1 and 2 of the tables, 3 of the labels, 20 of the training");
  FeatureTable table = corners(4, 1000, 20, 0.1, 1), unseen = corners(4, 1000, 20, 0.1, 2);
  traffic::Random random(std::uint64_t{3});
  for (FeatureTable* noise : {&table, &unseen})
    for (std::uint16_t& label : noise->label) label = static_cast<std::uint16_t>(random.below(4));
  const double right = accuracy(ask(fit({}, table, 4), unseen, 4), unseen, 4);
  EXPECT_GT(right, 0.18);  // chance is 0.25, its deviation 0.014
  EXPECT_LT(right, 0.32);
}

TEST(Forest, GivesProbabilitiesThatAddUpToOne) {
  SCOPED_TRACE("seeds 1 and 2 of the tables, 20 of the training");
  const FeatureTable table = corners(3, 300, 5, 0.6, 1);
  const std::vector<float> p = ask(fit({}, table, 3), corners(3, 100, 5, 0.6, 2), 3);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_NEAR(p[3 * i] + p[3 * i + 1] + p[3 * i + 2], 1, 1e-6);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_GE(p[3 * i + c], 0);
  }
}

TEST(Forest, IsUncertainWhereDevicesOverlap) {
  SCOPED_TRACE("seeds 1 of the table, 20 of the training");
  // Both devices send the same: about half of the rows of each leaf are of either.
  const FeatureTable table = corners(2, 2000, 1, 0.2, 1);
  FeatureTable alike = table;
  std::fill(alike.values.begin(), alike.values.end(), 7.0F);
  for (const float p : ask(fit({}, alike, 2), alike, 2)) EXPECT_NEAR(p, 0.5, 0.05);
}

TEST(Forest, IsTheSameForAnyNumberOfThreadsAndDiffersBySeed) {
  SCOPED_TRACE("seeds 1 of the table, 20 and 21 of the training");
  const FeatureTable table = corners(5, 300, 20, 0.4, 1);
  std::vector<std::vector<NamedArray>> forests;
  for (const std::size_t threads : {std::size_t{1}, std::size_t{4}}) {
    const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
    forests.push_back(fit({}, table, 5));
  }
  EXPECT_TRUE(same(forests[0], forests[1]));
  EXPECT_FALSE(same(forests[0], fit({}, table, 5, 21)));
}

TEST(Forest, IsWholeWhereALoopAroundItIsCancelled) {
  SCOPED_TRACE("seeds 1 of the table, 20 of the training");
  const FeatureTable table = corners(3, 90, 4, 0.3, 1);
  std::vector<NamedArray> inside;
  std::vector<float> answers;
  tbb::task_group_context around;
  tbb::parallel_for(
      0, 1,
      [&](int) {
        around.cancel_group_execution();
        inside = fit({}, table, 3);
        answers = ask(inside, table, 3);
      },
      around);
  const auto outside = fit({}, table, 3);
  EXPECT_TRUE(same(inside, outside));
  EXPECT_EQ(answers, ask(outside, table, 3));
}

TEST(Forest, HasSoManyTreesOfEachClassAsAsked) {
  SCOPED_TRACE("seeds 1 of the table, 20 of the training");
  const Trees trees = from_arrays(fit({7, 0, "sqrt", 0.632}, corners(3, 90, 4, 0.3, 1), 3), 4, 3);
  std::map<int, int> count;
  for (const Tree& tree : trees) ++count[tree.of_class];
  EXPECT_EQ(count, (std::map<int, int>{{0, 7}, {1, 7}, {2, 7}}));
}

TEST(Forest, IsAsDeepAsTheRowsDemandUnlessTold) {
  // One column, and devices that take turns along it: each row needs a leaf of its own.
  FeatureTable table;
  table.columns = {"f"};
  for (int i = 0; i < 200; ++i) {
    table.values.push_back(static_cast<float>(i));
    table.label.push_back(static_cast<std::uint16_t>(i % 2));
  }
  for (const Tree& tree : from_arrays(fit({3, 0, "sqrt", 1}, table, 2), 1, 2)) {
    EXPECT_EQ(tree.nodes.size(), 399u);  // 200 leaves and 199 splits
    EXPECT_GT(depth(tree), 7u);          // 2^7 < 200
  }
  for (const Tree& tree : from_arrays(fit({3, 4, "sqrt", 1}, table, 2), 1, 2)) EXPECT_EQ(depth(tree), 4u);
}

TEST(Forest, DrawsSomeColumnsForEverySplit) {
  SCOPED_TRACE("seeds 1 of the table, 20 of the training");
  // The first column tells all. With all columns every tree begins with it; with the root of 16 each begins
  // with the best of four, and the first column is among them in a quarter of the trees.
  const FeatureTable table = corners(2, 400, 16, 0.1, 1);
  const auto first_column = [&](const std::string& features) {
    const Trees trees = from_arrays(fit({200, 0, features, 0.632}, table, 2), 16, 2);
    return std::ranges::count_if(trees, [](const Tree& tree) { return tree.nodes[0].feature == 0; });
  };
  EXPECT_EQ(first_column("1"), 400);
  EXPECT_NEAR(static_cast<double>(first_column("sqrt")), 100, 40);  // deviation 8.7
}

TEST(Forest, DrawsNewColumnsForEverySplitOfATree) {
  SCOPED_TRACE("seeds 1 of the table, 20 of the training");
  const Trees trees = from_arrays(fit({50, 0, "0.0625", 1}, corners(4, 400, 16, 1.0, 1), 4), 16, 4);
  for (const Tree& tree : trees) {
    std::map<int, int> used;
    for (const Node& node : tree.nodes)
      if (node.feature >= 0) ++used[node.feature];
    EXPECT_GT(used.size(), 4u);
  }
}

TEST(Forest, OfOneDeviceIsSureOfIt) {
  SCOPED_TRACE("seeds 1 of the table, 20 of the training");
  FeatureTable table = corners(1, 20, 3, 0.1, 1);
  EXPECT_THAT(ask(fit({}, table, 1), table, 1), testing::Each(1.0F));
}

TEST(Forest, KnowsAColumnsShareOfColumns) {
  EXPECT_EQ(features_per_split("sqrt", 20), 4u);
  EXPECT_EQ(features_per_split("sqrt", 16), 4u);
  EXPECT_EQ(features_per_split("sqrt", 1), 1u);
  EXPECT_EQ(features_per_split("0.3", 20), 6u);
  EXPECT_EQ(features_per_split("0.01", 20), 1u);
  EXPECT_EQ(features_per_split("1", 20), 20u);
  for (const char* wrong : {"", "0", "1.1", "-0.5", "root", "0.3x", "nan"})
    EXPECT_EQ(features_per_split(wrong, 20), std::nullopt) << wrong;
}

TEST(Forest, StopsWhenCancelled) {
  struct Stopper : fingerprint::Observer {
    void check() override { throw std::runtime_error("cancelled"); }
  } observer;
  std::vector<fingerprint::EpochRecord> history;
  EXPECT_EQ(message([&] { (void)Forest({}).fit(corners(2, 20, 3, 0.1, 1), {}, 2, 1, history, observer); }),
            "cancelled");
}

TEST(Forest, HasNoNetwork) {
  traffic::Random random(std::uint64_t{1});
  const Forest factory({});
  EXPECT_FALSE(factory.differentiable());
  EXPECT_EQ(factory.input(), fingerprint::ModelInput::aggregates);
  EXPECT_EQ(factory.table_model(), &factory);
  EXPECT_EQ(message([&] { (void)factory.create({}, random); }), "this model is no network");
}

}  // namespace
}  // namespace ipet::forest::test
