// As of ABI 2, whose descriptor was smaller and had pointers.
#include <cstdint>
#include <cstdlib>

namespace {

const int harm = [] {
  std::abort();
  return 0;
}();

void never(void*) {
  std::abort();
}

}  // namespace

struct OldDescriptor {
  std::uint64_t magic;
  std::uint32_t struct_size, abi_version;
  const char *build, *name, *version;
  void (*register_components)(void*);
};
extern "C" __attribute__((visibility("default"))) const OldDescriptor ipet_plugin_descriptor;
extern "C" const OldDescriptor ipet_plugin_descriptor = {0x314e474c50544549ULL,
                                                         sizeof(OldDescriptor),
                                                         2,
                                                         "gcc 12 libstdc++-abi 1 c++ 202002",
                                                         "old_abi",
                                                         "1.0",
                                                         never};
