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

#include "pipeline/sdk/build.hpp"
#include "pipeline/sdk/catalog.hpp"

#define IPET_PLUGIN_MAGIC 0x314e474c50544549ULL  // "IETPLGN1" in memory
#define IPET_PLUGIN_ABI 6
#define IPET_PLUGIN_SYMBOL "ipet_plugin_descriptor"

extern "C" {
/// Read from the file and checked before the library is loaded, so before any code of it runs: all but the
/// function is there without relocations. The first three members are those of every version.
struct ipet_plugin_descriptor_v3 {
  std::uint64_t magic;
  std::uint32_t struct_size;
  std::uint32_t abi_version;
  char build[256];  ///< IPET_BUILD_FINGERPRINT
  char name[64];
  char version[32];
  void (*register_components)(void* catalog);  ///< `catalog` is an ipet::Catalog*
};
}

namespace ipet::detail {
/// Throws what went wrong in a declaration.
inline void register_all(void (*declare)(Catalog&), void* erased) {
  auto& catalog = *static_cast<Catalog*>(erased);
  declare(catalog);
  catalog.rethrow();
}
}  // namespace ipet::detail

#define IPET_PLUGIN(plugin_name, plugin_version, catalog)                                                   \
  static void ipet_register_components(ipet::Catalog& catalog);                                             \
  extern "C" __attribute__((visibility("default"))) const ipet_plugin_descriptor_v3 ipet_plugin_descriptor; \
  extern "C" const ipet_plugin_descriptor_v3 ipet_plugin_descriptor = {                                     \
      IPET_PLUGIN_MAGIC,                                                                                    \
      sizeof(ipet_plugin_descriptor_v3),                                                                    \
      IPET_PLUGIN_ABI,                                                                                      \
      IPET_BUILD_FINGERPRINT,                                                                               \
      plugin_name,                                                                                          \
      plugin_version,                                                                                       \
      [](void* erased) { ipet::detail::register_all(&ipet_register_components, erased); }};                 \
  static void ipet_register_components(ipet::Catalog& catalog)
