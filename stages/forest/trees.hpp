// Decision trees as plain arrays, and the walk down them. No XGBoost here: what is stored can be asked
// without the library that made it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "stages/model/trained_model.hpp"

namespace ipet::forest {

/// One step of a tree. Rows whose `feature` is below `threshold` go to `left`, the others to `right`.
struct Node {
  std::int32_t feature = -1;  ///< column; -1 for a leaf
  float threshold = 0;
  std::int32_t left = 0, right = 0;  ///< positions in the tree, always behind the node's own
  float value = 0;                   ///< of a leaf
};

/// Tells one class from all others. Node 0 is the root.
struct Tree {
  std::uint16_t of_class = 0;
  std::vector<Node> nodes;
};

using Trees = std::vector<Tree>;

/// Value of the leaf that a row ends in.
float leaf_value(const Tree& tree, const float* row);
/// Values of the leaves that rows [row, columns] end in, added up by class in the order of the trees, to
/// `sums` [row, class].
void add_leaf_values(const Trees& trees, std::span<const float> rows, std::size_t columns,
                     std::span<float> sums);

/// One array each of node_feature, node_threshold, node_left, node_right and node_value [node], of all trees
/// one after the other, and of tree_nodes (number of nodes) and tree_class [tree]. Whole numbers are exact:
/// throws std::runtime_error for a tree of more than 2^24 nodes.
std::vector<fingerprint::NamedArray> to_arrays(const Trees& trees);
/// The way back. Throws std::runtime_error naming the array when one is missing, left over or as long as no
/// forest makes it, and naming the tree when a node leads nowhere, back, to a column beyond `columns`, or
/// when it is of a class beyond `classes`.
Trees from_arrays(const std::vector<fingerprint::NamedArray>& arrays, std::size_t columns,
                  std::size_t classes);

}  // namespace ipet::forest
