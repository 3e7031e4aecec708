#include <cstdlib>

#include "pipeline/sdk/plugin.hpp"

namespace {

/// No code of a plugin that does not fit may run, not even what runs as it is loaded.
const int harm = [] {
  std::abort();
  return 0;
}();

void never(void*) {
  std::abort();
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const ipet_plugin_descriptor_v3 ipet_plugin_descriptor;
extern "C" const ipet_plugin_descriptor_v3 ipet_plugin_descriptor = {IPET_PLUGIN_MAGIC,
                                                                     sizeof(ipet_plugin_descriptor_v3),
                                                                     IPET_PLUGIN_ABI,
                                                                     "clang 3 libc++",
                                                                     "wrong_build",
                                                                     "1.0",
                                                                     never};
