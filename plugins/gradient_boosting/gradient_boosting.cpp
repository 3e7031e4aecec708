// Gradient boosting as a component (stages/forest/gradient_boosting.hpp).
#include "stages/forest/gradient_boosting.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("gradient_boosting", "1.0", catalog) {
  using O = ipet::forest::GradientBoostingOptions;
  catalog.component<ipet::fingerprint::ModelFactory, ipet::forest::GradientBoosting>("gradient_boosting")
      .about(
          "Gradient-boosted trees on aggregates. It has no gradients: generators cannot be trained against "
          "it.")
      .option("rounds", &O::rounds, ipet::minimum(1), ipet::maximum(100'000),
              "At most; each adds a tree per device.")
      .option("depth", &O::depth, ipet::minimum(1), ipet::maximum(20),
              "Splits from the root to a leaf, at most.")
      .option("learning_rate", &O::learning_rate, ipet::minimum(1e-6), ipet::maximum(1),
              "What the values of a tree are multiplied by.")
      .option("subsample", &O::subsample, ipet::minimum(0.001), ipet::maximum(1),
              "Share of the rows that a tree is grown on, drawn anew for each round.")
      .option("columns_per_tree", &O::columns_per_tree, ipet::minimum(0.001), ipet::maximum(1),
              "Share of the columns that a tree may ask for, drawn anew for each.")
      .option("patience", &O::patience, ipet::minimum(1), ipet::unit("rounds"),
              "Stops after so many rounds without a lower validation loss.");
}
