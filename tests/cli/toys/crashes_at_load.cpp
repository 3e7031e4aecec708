#include <cstdlib>

#include "pipeline/sdk/plugin.hpp"

namespace {
const int harm = [] {
  std::abort();
  return 0;
}();
}  // namespace

IPET_PLUGIN("crashes_at_load", "1.0", catalog) {
  static_cast<void>(catalog);
}
