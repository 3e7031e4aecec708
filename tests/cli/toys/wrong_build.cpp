#include "pipeline/sdk/plugin.hpp"

namespace {
void never(void*) {
  __builtin_trap();
}
}  // namespace

extern "C" __attribute__((visibility("default"))) const ipet_plugin_descriptor_v1 ipet_plugin_descriptor;
extern "C" const ipet_plugin_descriptor_v1 ipet_plugin_descriptor = {IPET_PLUGIN_MAGIC,
                                                                     sizeof(ipet_plugin_descriptor_v1),
                                                                     IPET_PLUGIN_ABI,
                                                                     "clang 3 libc++",
                                                                     "wrong_build",
                                                                     "1.0",
                                                                     never};
