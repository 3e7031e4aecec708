// Constant-rate link padding as a component (stages/padding/ilp.hpp).
#include "stages/padding/ilp.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "stages/padding/shaped.hpp"

namespace {

namespace defence = ipet::defence;

std::shared_ptr<const defence::Defence> make(const defence::IlpOptions& options) {
  return std::make_shared<defence::Shaped<defence::Ilp>>("ilp", options);
}

}  // namespace

IPET_PLUGIN("ilp", "1.0", catalog) {
  using O = defence::IlpOptions;
  catalog.component<defence::Defence>("ilp", make)
      .about(
          "Constant-rate link padding: a cell each way in every period, full or not. The ceiling of what "
          "shaping can hide. Delays user data.")
      .option("cell", &O::cell, ipet::minimum(1), ipet::maximum(defence::largest_cell), ipet::unit("bytes"),
              "Payload of a cell.")
      .option("period", &O::period, ipet::minimum(1e-3), ipet::maximum(3600), ipet::unit("s"),
              "Between two cells of a direction.");
}
