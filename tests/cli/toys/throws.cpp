#include <stdexcept>

#include "pipeline/sdk/plugin.hpp"

IPET_PLUGIN("throws", "1.0", catalog) {
  static_cast<void>(catalog);
  throw std::runtime_error("the table of vendors is missing");
}
