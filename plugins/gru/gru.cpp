// The published model with gated recurrent units as a component (stages/fingerprint/README.md).
#include "stages/fingerprint/gru.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("gru", "1.0", catalog) {
  using ipet::fingerprint::GruFactory;
  using ipet::fingerprint::GruOptions;
  catalog.component<ipet::fingerprint::ModelFactory, GruFactory>("gru")
      .about("Two layers of gated recurrent units and a dense one.")
      .option("width", &GruOptions::width, ipet::minimum(1), ipet::maximum(1024),
              "Units of both recurrent layers.")
      .option("dense_width", &GruOptions::dense_width, ipet::minimum(1), ipet::maximum(65536),
              "Units of the dense layer.")
      .option("dropout", &GruOptions::dropout, ipet::minimum(0), ipet::maximum(0.99),
              "Share of the dense layer's units left out of each training step.")
      .option("l2", &GruOptions::l2, ipet::minimum(0),
              "Weight of the squared input kernel of the first layer in the loss.");
}
