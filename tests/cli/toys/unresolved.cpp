#include "pipeline/sdk/plugin.hpp"

/// No library has it.
extern "C" int ipet_toy_missing_function();

IPET_PLUGIN("unresolved", "1.0", catalog) {
  static_cast<void>(catalog);
  static_cast<void>(ipet_toy_missing_function());
}
