#include "stages/forest/trees.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

namespace ipet::forest {
namespace {

using fingerprint::NamedArray;

/// Whole numbers up to here are floats.
constexpr std::size_t most_nodes = std::size_t{1} << 24;

[[noreturn]] void refuse(const std::string& what) {
  throw std::runtime_error("the stored forest is damaged: " + what);
}

enum ArrayName : std::size_t { feature, threshold, left, right, value, nodes, tree_class, arrays_of_forest };
constexpr const char* names[arrays_of_forest] = {"node_feature", "node_threshold", "node_left", "node_right",
                                                 "node_value",   "tree_nodes",     "tree_class"};

const std::vector<float>& find(const std::vector<NamedArray>& arrays, const char* name) {
  const auto found = std::ranges::find(arrays, name, &NamedArray::name);
  if (found == arrays.end()) refuse(std::string("no array '") + name + "'");
  return found->values;
}

/// A whole number from 0 to below `bound`.
std::size_t whole(float stored, std::size_t bound, const std::string& where) {
  if (!(stored >= 0) || stored != std::floor(stored) ||
      static_cast<double>(stored) >= static_cast<double>(bound))
    refuse(where + " is " + std::to_string(stored) + ", not a whole number below " + std::to_string(bound));
  return static_cast<std::size_t>(stored);
}

/// Checks one node, so that every walk stays in its tree and ends.
void check(const Node& node, std::size_t position, std::size_t size, std::size_t columns,
           const std::string& where) {
  if (node.feature < 0) return;
  if (static_cast<std::size_t>(node.feature) >= columns)
    refuse(where + " asks for column " + std::to_string(node.feature) + " of " + std::to_string(columns));
  for (const std::int32_t child : {node.left, node.right}) {
    if (static_cast<std::size_t>(child) <= position || static_cast<std::size_t>(child) >= size)
      refuse(where + " leads to node " + std::to_string(child) + " of " + std::to_string(size));
  }
}

}  // namespace

float leaf_value(const Tree& tree, const float* row) {
  const Node* node = tree.nodes.data();
  while (node->feature >= 0)
    node = tree.nodes.data() + (row[node->feature] < node->threshold ? node->left : node->right);
  return node->value;
}

namespace {

/// Rows `0` .. `count` side by side: while one waits for its node, the others go on. Without branches: which
/// way a row goes cannot be foreseen.
template <std::size_t count>
void walk(const Tree& tree, const float* rows, std::size_t columns, float* sums, std::size_t classes) {
  const Node* const nodes = tree.nodes.data();
  std::array<std::int32_t, count> at{};
  for (bool going = true; going;) {
    going = false;
    for (std::size_t k = 0; k < count; ++k) {
      const Node& node = nodes[at[k]];
      const std::int32_t inner = ~(node.feature >> 31);  // all bits, or none for a leaf
      const float value = rows[k * columns + static_cast<std::size_t>(node.feature & inner)];
      const std::int32_t to_right = -static_cast<std::int32_t>(!(value < node.threshold));
      const std::int32_t next = node.left ^ ((node.left ^ node.right) & to_right);
      at[k] ^= (at[k] ^ next) & inner;
      going |= inner != 0;
    }
  }
  for (std::size_t k = 0; k < count; ++k) sums[k * classes + tree.of_class] += nodes[at[k]].value;
}

}  // namespace

void add_leaf_values(const Trees& trees, std::span<const float> rows, std::size_t columns,
                     std::span<float> sums) {
  constexpr std::size_t together = 8, block = 64;  // a tree stays in the cache for a block of rows
  const std::size_t size = rows.size() / columns, classes = size == 0 ? 0 : sums.size() / size;
  for (std::size_t begin = 0; begin < size; begin += block) {
    const std::size_t end = std::min(size, begin + block);
    for (const Tree& tree : trees) {
      std::size_t i = begin;
      for (; i + together <= end; i += together)
        walk<together>(tree, rows.data() + i * columns, columns, sums.data() + i * classes, classes);
      for (; i < end; ++i)
        walk<1>(tree, rows.data() + i * columns, columns, sums.data() + i * classes, classes);
    }
  }
}

std::vector<NamedArray> to_arrays(const Trees& trees) {
  std::array<std::vector<float>, arrays_of_forest> values;
  for (const Tree& tree : trees) {
    if (tree.nodes.size() > most_nodes) throw std::runtime_error("a tree has more than 16,777,216 nodes");
    values[nodes].push_back(static_cast<float>(tree.nodes.size()));
    values[tree_class].push_back(tree.of_class);
    for (const Node& node : tree.nodes) {
      values[feature].push_back(static_cast<float>(node.feature));
      values[threshold].push_back(node.threshold);
      values[left].push_back(static_cast<float>(node.left));
      values[right].push_back(static_cast<float>(node.right));
      values[value].push_back(node.value);
    }
  }
  std::vector<NamedArray> arrays;
  for (std::size_t i = 0; i < arrays_of_forest; ++i) {
    const auto size = static_cast<std::int64_t>(values[i].size());
    arrays.push_back({names[i], {size}, std::move(values[i])});
  }
  return arrays;
}

Trees from_arrays(const std::vector<NamedArray>& arrays, std::size_t columns, std::size_t classes) {
  std::array<const std::vector<float>*, arrays_of_forest> values{};
  for (std::size_t i = 0; i < arrays_of_forest; ++i) values[i] = &find(arrays, names[i]);
  if (arrays.size() != arrays_of_forest)
    refuse(std::to_string(arrays.size()) + " arrays instead of " + std::to_string(arrays_of_forest));
  const std::size_t all_nodes = values[feature]->size();
  for (const std::size_t i : {threshold, left, right, value})
    if (values[i]->size() != all_nodes) refuse(std::string(names[i]) + " is not as long as node_feature");
  if (values[nodes]->size() != values[tree_class]->size()) refuse("tree_class is not as long as tree_nodes");

  Trees trees(values[nodes]->size());
  std::size_t at = 0;
  for (std::size_t t = 0; t < trees.size(); ++t) {
    const std::string tree = "tree " + std::to_string(t);
    const std::size_t size = whole((*values[nodes])[t], most_nodes + 1, "tree_nodes of " + tree);
    trees[t].of_class = static_cast<std::uint16_t>(
        whole((*values[tree_class])[t], std::min<std::size_t>(classes, 0x10000), "tree_class of " + tree));
    if (size == 0 || size > all_nodes - at) refuse(tree + " has " + std::to_string(size) + " nodes");
    for (std::size_t n = 0; n < size; ++n, ++at) {
      const std::string where = tree + ", node " + std::to_string(n);
      Node node{-1, (*values[threshold])[at], 0, 0, (*values[value])[at]};
      if ((*values[feature])[at] != -1) {
        node.feature = static_cast<std::int32_t>(whole((*values[feature])[at], most_nodes, where));
        node.left = static_cast<std::int32_t>(whole((*values[left])[at], most_nodes, where));
        node.right = static_cast<std::int32_t>(whole((*values[right])[at], most_nodes, where));
      }
      check(node, n, size, columns, where);
      trees[t].nodes.push_back(node);
    }
  }
  if (at != all_nodes) refuse("there are more nodes than the trees have");
  return trees;
}

}  // namespace ipet::forest
