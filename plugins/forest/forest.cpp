// The random forest as a component (stages/forest/README.md).
#include "stages/forest/forest.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("forest", "1.0", catalog) {
  using O = ipet::forest::ForestOptions;
  catalog.component<ipet::fingerprint::ModelFactory, ipet::forest::ForestFactory>("forest")
      .about("Random forest on aggregates. It has no gradients: generators cannot be trained against it.")
      .option("trees", &O::trees, ipet::minimum(1), ipet::maximum(100'000), "Trees per device.")
      .option("max_depth", &O::max_depth, ipet::minimum(0), ipet::maximum(1000),
              "Splits from the root to a leaf, at most; 0: unlimited.")
      .option("features_per_split", &O::features_per_split,
              "\"sqrt\": as many columns as the root of their number; or a share of them, such as \"0.3\".")
      .option("rows_per_tree", &O::rows_per_tree, ipet::minimum(0.001), ipet::maximum(1),
              "Share of the rows that a tree is grown on, drawn anew for each.")
      .check([](const O& o, const ipet::OptionPlaces& at) {
        if (!ipet::forest::features_per_split(o.features_per_split, 1))
          at.problem("features_per_split",
                     "\"" + o.features_per_split +
                         "\" is neither \"sqrt\" nor a share above 0 and up to 1, such as "
                         "\"0.3\"");
      });
}
