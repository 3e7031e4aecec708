// The published convolutional model as a component (stages/fingerprint/README.md).
#include "stages/fingerprint/cnn.hpp"

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("cnn", "1.0", catalog) {
  using ipet::fingerprint::CnnFactory;
  using ipet::fingerprint::CnnOptions;
  catalog.component<ipet::fingerprint::ModelFactory, CnnFactory>("cnn")
      .about("Two convolutions over the slots of a window, max-pooling and a dense layer.")
      .option("filters", &CnnOptions::filters, ipet::minimum(1), ipet::maximum(4096),
              "Filters of both convolutions.")
      .option("kernel_size", &CnnOptions::kernel_size, ipet::minimum(1), ipet::maximum(1024),
              ipet::unit("slots"), "Slots that a filter sees.")
      .option("pool_size", &CnnOptions::pool_size, ipet::minimum(1), ipet::maximum(1024), ipet::unit("slots"),
              "Slots of which the pooling keeps the largest value.")
      .option("dense_width", &CnnOptions::dense_width, ipet::minimum(1), ipet::maximum(65536),
              "Units of the dense layer.")
      .option("dropout", &CnnOptions::dropout, ipet::minimum(0), ipet::maximum(0.99),
              "Share of the convolutions' outputs left out of each training step.");
}
