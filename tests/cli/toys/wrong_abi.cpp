#include "pipeline/sdk/plugin.hpp"

namespace {
void never(void*) {
  __builtin_trap();  // a plugin of another ABI must not be called
}
}  // namespace

extern "C" __attribute__((visibility("default"))) const ipet_plugin_descriptor_v1 ipet_plugin_descriptor;
extern "C" const ipet_plugin_descriptor_v1 ipet_plugin_descriptor = {IPET_PLUGIN_MAGIC,
                                                                     sizeof(ipet_plugin_descriptor_v1),
                                                                     7,
                                                                     IPET_BUILD_FINGERPRINT,
                                                                     "wrong_abi",
                                                                     "1.0",
                                                                     never};
