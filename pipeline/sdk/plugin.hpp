// The one header that a plugin includes, and the one symbol that it exports:
//
//   struct Doubler {
//     Doubler(const ipet::NoOptions&, ipet::StageContext&) {}
//     void on_message(const Number& n, ipet::Emitter& emit) const { emit(Number{2 * n.value}); }
//   };
//   IPET_PLUGIN("doubler", "1.0", catalog) {
//     catalog.map<Doubler>("doubler").about("Doubles numbers.").input<Number>("in").output<Number>("out");
//   }
#pragma once

#include <cstdint>

#include "pipeline/sdk/catalog.hpp"

#define IPET_PLUGIN_MAGIC 0x314e474c50544549ULL  // "IETPLGN1" in memory
#define IPET_PLUGIN_ABI 2
#define IPET_PLUGIN_SYMBOL "ipet_plugin_descriptor"

extern "C" {
/// Checked field by field before any C++ of the library is called. Fields are only ever added at the end.
struct ipet_plugin_descriptor_v1 {
  std::uint64_t magic;
  std::uint32_t struct_size;
  std::uint32_t abi_version;
  const char* build;  ///< IPET_BUILD_FINGERPRINT
  const char* name;
  const char* version;
  void (*register_components)(void* catalog);  ///< `catalog` is an ipet::Catalog*
};
}

#define IPET_STRINGIZE_(x) #x
#define IPET_STRINGIZE(x) IPET_STRINGIZE_(x)
#ifdef __SANITIZE_ADDRESS__
#define IPET_BUILD_SANITIZER " asan"
#else
#define IPET_BUILD_SANITIZER ""
#endif
#ifdef _GLIBCXX_DEBUG
#define IPET_BUILD_DEBUG_CONTAINERS " debug-containers"
#else
#define IPET_BUILD_DEBUG_CONTAINERS ""
#endif
/// What must be equal for two libraries to share C++ objects.
#define IPET_BUILD_FINGERPRINT                                      \
  "gcc " IPET_STRINGIZE(__GNUC__) " libstdc++-abi " IPET_STRINGIZE( \
      _GLIBCXX_USE_CXX11_ABI) " c++ " IPET_STRINGIZE(__cplusplus)   \
      IPET_BUILD_SANITIZER IPET_BUILD_DEBUG_CONTAINERS

#define IPET_PLUGIN(plugin_name, plugin_version, catalog)                                                   \
  static void ipet_register_components(ipet::Catalog& catalog);                                             \
  extern "C" __attribute__((visibility("default"))) const ipet_plugin_descriptor_v1 ipet_plugin_descriptor; \
  extern "C" const ipet_plugin_descriptor_v1 ipet_plugin_descriptor = {                                     \
      IPET_PLUGIN_MAGIC,                                                                                    \
      sizeof(ipet_plugin_descriptor_v1),                                                                    \
      IPET_PLUGIN_ABI,                                                                                      \
      IPET_BUILD_FINGERPRINT,                                                                               \
      plugin_name,                                                                                          \
      plugin_version,                                                                                       \
      [](void* erased) { ipet_register_components(*static_cast<ipet::Catalog*>(erased)); }};                \
  static void ipet_register_components(ipet::Catalog& catalog)
