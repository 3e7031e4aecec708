#include "pipeline/sdk/plugin.hpp"

extern "C" __attribute__((visibility("default"))) const ipet_plugin_descriptor_v3 ipet_plugin_descriptor;
extern "C" const ipet_plugin_descriptor_v3 ipet_plugin_descriptor = {1, 2, 3, "", "", "", nullptr};
