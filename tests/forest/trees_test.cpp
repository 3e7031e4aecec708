// Trees as plain arrays: the walk against XGBoost's own, and arrays that make no forest.
#include "stages/forest/trees.hpp"

#include <functional>
#include <limits>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/forest/grower.hpp"
#include "tests/forest/tables.hpp"

namespace ipet::forest::test {
namespace {

using fingerprint::NamedArray;

TEST(Walk, EqualsTheLibrarysOwnPredictionsBitByBit) {
  constexpr std::size_t columns = 6;
  const auto table = corners(3, 500, columns, 0.5, 1), unseen = corners(3, 700, columns, 0.7, 2);
  Grower grower(table.values, columns);
  for (const int of_class : {0, 1, 2}) {
    std::vector<float> target;
    for (const std::uint16_t label : table.label) target.push_back(label == of_class ? 1.0F : 0.0F);
    const Trees trees = grower.grow(target, {50, 0, 2, 0.632}, 11);
    const std::vector<float> expected = grower.predict(unseen.values);
    // Through arrays and back, as from a file.
    Trees stored = from_arrays(to_arrays(trees), columns, 3);
    std::vector<float> sums(unseen.size());
    for (Tree& tree : stored) tree.of_class = 0;
    add_leaf_values(stored, unseen.values, columns, sums);
    for (std::size_t i = 0; i < unseen.size(); ++i)
      ASSERT_EQ(sums[i], expected[i]) << "class " << of_class << ", row " << i;
  }
}

TEST(Walk, AddsUpEachClassOfEachRow) {
  // Two trees of class 1 and one of class 0, on 131 rows: more than a block, and some left over.
  const auto split = [](std::uint16_t of_class, float low, float high) {
    return Tree{of_class, {{0, 5, 1, 2, 0}, {-1, 0, 0, 0, low}, {-1, 0, 0, 0, high}}};
  };
  const Trees trees = {split(1, 1, 2), split(0, 10, 20), split(1, 100, 200)};
  std::vector<float> rows, sums(2 * 131, 0.5F);
  for (int i = 0; i < 131; ++i) rows.push_back(static_cast<float>(i % 10));
  add_leaf_values(trees, rows, 1, sums);
  for (std::size_t i = 0; i < 131; ++i) {
    EXPECT_EQ(sums[2 * i], rows[i] < 5 ? 10.5F : 20.5F);
    EXPECT_EQ(sums[2 * i + 1], rows[i] < 5 ? 101.5F : 202.5F);
  }
}

TEST(Walk, OfRowsThatLieOnAThresholdGoesWhereTheLibraryGoes) {
  const auto table = corners(2, 200, 2, 0.5, 1);
  std::vector<float> target;
  for (const std::uint16_t label : table.label) target.push_back(label == 0 ? 1.0F : 0.0F);
  Grower grower(table.values, 2);
  const Trees trees = grower.grow(target, {10, 0, 2, 1}, 3);
  std::vector<float> on_thresholds;
  for (const Tree& tree : trees)
    for (const Node& a : tree.nodes)
      for (const Node& b : tree.nodes)
        if (a.feature == 0 && b.feature == 1)
          on_thresholds.insert(on_thresholds.end(), {a.threshold, b.threshold});
  ASSERT_GT(on_thresholds.size(), 100u);
  const std::vector<float> expected = grower.predict(on_thresholds);
  std::vector<float> sums(expected.size());
  add_leaf_values(trees, on_thresholds, 2, sums);
  EXPECT_EQ(sums, expected);
}

TEST(Grower, MakesLeavesOfTheMeanOfTheirRows) {
  // One column, target 1 in three of four rows above 5 and in none below: one split, leaves 0 and 3/4.
  const std::vector<float> values{1, 2, 3, 4, 6, 6, 6, 6}, target{0, 0, 0, 0, 1, 1, 0, 1};
  const Trees trees = Grower(values, 1).grow(target, {1, 0, 1, 1}, 1);
  ASSERT_EQ(trees.size(), 1u);
  for (const float low : {1.0F, 4.0F}) EXPECT_FLOAT_EQ(leaf_value(trees[0], &low), 0);
  const float high = 6;
  EXPECT_FLOAT_EQ(leaf_value(trees[0], &high), 0.75F);
}

Trees two_trees() {
  return {{1, {{2, 0.5F, 1, 2, 0}, {-1, 0, 0, 0, 0.25F}, {-1, 0, 0, 0, 0.75F}}}, {0, {{-1, 0, 0, 0, 1}}}};
}

TEST(Arrays, HoldNodesOfAllTreesOneAfterTheOther) {
  std::map<std::string, std::vector<float>> arrays;
  for (const NamedArray& array : to_arrays(two_trees())) {
    EXPECT_EQ(array.shape, (std::vector<std::int64_t>{static_cast<std::int64_t>(array.values.size())}));
    arrays[array.name] = array.values;
  }
  EXPECT_THAT(arrays["node_feature"], testing::ElementsAre(2, -1, -1, -1));
  EXPECT_THAT(arrays["node_threshold"], testing::ElementsAre(0.5, 0, 0, 0));
  EXPECT_THAT(arrays["node_left"], testing::ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(arrays["node_right"], testing::ElementsAre(2, 0, 0, 0));
  EXPECT_THAT(arrays["node_value"], testing::ElementsAre(0, 0.25, 0.75, 1));
  EXPECT_THAT(arrays["tree_nodes"], testing::ElementsAre(3, 1));
  EXPECT_THAT(arrays["tree_class"], testing::ElementsAre(1, 0));
  EXPECT_EQ(arrays.size(), 7u);
}

std::string refusal(const std::function<void(std::vector<NamedArray>&)>& damage) {
  std::vector<NamedArray> arrays = to_arrays(two_trees());
  damage(arrays);
  try {
    (void)from_arrays(arrays, 3, 2);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Arrays, ThatMakeNoForestAreRefused) {
  EXPECT_EQ(refusal([](auto&) {}), "accepted");
  const auto set = [](std::size_t array, std::size_t at, float value) {
    return refusal([=](auto& arrays) { arrays[array].values[at] = value; });
  };
  const std::string damaged = "the stored forest is damaged: ";
  EXPECT_EQ(set(2, 0, 0), damaged + "tree 0, node 0 leads to node 0 of 3");  // a walk that never ends
  EXPECT_EQ(set(3, 0, 3), damaged + "tree 0, node 0 leads to node 3 of 3");
  EXPECT_EQ(set(0, 0, 3), damaged + "tree 0, node 0 asks for column 3 of 3");
  EXPECT_EQ(set(0, 0, 1.5), damaged + "tree 0, node 0 is 1.500000, not a whole number below 16777216");
  EXPECT_EQ(set(5, 0, 0), damaged + "tree 0 has 0 nodes");
  EXPECT_EQ(set(5, 1, 2), damaged + "tree 1 has 2 nodes");
  EXPECT_EQ(set(5, 0, 2), damaged + "tree 0, node 0 leads to node 2 of 2");
  EXPECT_EQ(set(6, 0, 2), damaged + "tree_class of tree 0 is 2.000000, not a whole number below 2");
  EXPECT_EQ(set(5, 0, std::numeric_limits<float>::quiet_NaN()),
            damaged + "tree_nodes of tree 0 is nan, not a whole number below 16777217");
  EXPECT_EQ(refusal([](auto& arrays) { arrays.erase(arrays.begin() + 4); }),
            damaged + "no array 'node_value'");
  EXPECT_EQ(refusal([](auto& arrays) {
              arrays.push_back({"weight", {1}, {1}});
            }),
            damaged + "8 arrays instead of 7");
  EXPECT_EQ(refusal([](auto& arrays) { arrays[3].values.pop_back(); }),
            damaged + "node_right is not as long as node_feature");
  EXPECT_EQ(refusal([](auto& arrays) { arrays[6].values.pop_back(); }),
            damaged + "tree_class is not as long as tree_nodes");
  EXPECT_EQ(refusal([](auto& arrays) {
              arrays[5].values.pop_back();
              arrays[6].values.pop_back();
            }),
            damaged + "there are more nodes than the trees have");
}

}  // namespace
}  // namespace ipet::forest::test
