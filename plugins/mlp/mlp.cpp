// The published model of dense layers as a component (stages/fingerprint/README.md).
#include "stages/fingerprint/mlp.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("mlp", "1.0", catalog) {
  using ipet::fingerprint::MlpFactory;
  using ipet::fingerprint::MlpOptions;
  catalog.component<ipet::fingerprint::ModelFactory, MlpFactory>("mlp")
      .about("Two dense layers that see one slot each, and one that sees all of a window's slots.")
      .option("first_width", &MlpOptions::first_width, ipet::minimum(1), ipet::maximum(65536),
              "Units of the first layer that sees one slot.")
      .option("second_width", &MlpOptions::second_width, ipet::minimum(1), ipet::maximum(65536),
              "Units of the second layer that sees one slot.")
      .option("dense_width", &MlpOptions::dense_width, ipet::minimum(1), ipet::maximum(65536),
              "Units of the layer that sees all slots.")
      .option(
          "dropout", &MlpOptions::dropout, ipet::minimum(0), ipet::maximum(0.99),
          "Share of the units left out of each training step: of each slot's first layer, and of the layer "
          "that sees all slots.");
}
