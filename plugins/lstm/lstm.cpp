// The published fingerprinting model as a component (stages/fingerprint/README.md).
#include "stages/fingerprint/lstm.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("lstm", "1.0", catalog) {
  using ipet::fingerprint::LstmFactory;
  using ipet::fingerprint::LstmOptions;
  catalog.component<ipet::fingerprint::ModelFactory, LstmFactory>("lstm")
      .about("Two bidirectional LSTM layers and a dense one: the publication's fingerprinting model.")
      .option("width", &LstmOptions::width, ipet::minimum(1), ipet::maximum(1024),
              "Units of each direction of both LSTM layers; the publications use 8 and 64.")
      .option("dense_width", &LstmOptions::dense_width, ipet::minimum(1), ipet::maximum(65536),
              "Units of the dense layer.")
      .option("dropout", &LstmOptions::dropout, ipet::minimum(0), ipet::maximum(0.99),
              "Share of the dense layer's units left out of each training step.")
      .option("l2", &LstmOptions::l2, ipet::minimum(0),
              "Weight of the squared input kernels of the first layer in the loss.");
}
