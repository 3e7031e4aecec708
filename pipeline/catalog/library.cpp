#include "pipeline/catalog/library.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>

#include <dlfcn.h>
#include <link.h>

#include "pipeline/catalog/library_file.hpp"
#include "pipeline/checksum/content_hash.hpp"
#include "pipeline/sdk/at_work.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/printable.hpp"

namespace ipet::catalog {
namespace {

/// For libraries of plugins, which read it once, when they are loaded with the first plugin that needs them.
/// The thread pools of BLAS and OpenMP fight with TBB for the cores. And numerical libraries choose code by
/// the processor, each with other last bits: all processors with AVX2 take the same.
void set_environment() {
  static const bool once = [] {
    ::setenv("OPENBLAS_NUM_THREADS", "1", 0);
    ::setenv("OMP_NUM_THREADS", "1", 0);
    if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) {
      ::setenv("ATEN_CPU_CAPABILITY", "avx2", 0);
      ::setenv("OPENBLAS_CORETYPE", "Haswell", 0);
      ::setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 0);
    }
    return true;
  }();
  static_cast<void>(once);
}

std::string text_of(const char* text) {
  return text == nullptr ? "(none)" : text;
}

/// What every version of the descriptor begins with.
struct DescriptorHead {
  std::uint64_t magic = 0;
  std::uint32_t struct_size = 0, abi_version = 0;
};
static_assert(sizeof(DescriptorHead) == offsetof(ipet_plugin_descriptor_v3, build));

template <class T>
T begin_of(const std::string& bytes) {
  T out{};
  std::memcpy(&out, bytes.data(), std::min(sizeof out, bytes.size()));
  return out;
}

/// The text of a field, which may have no end in a library that is not ours.
template <std::size_t n>
std::string field_text(const char (&field)[n]) {
  return {field, ::strnlen(field, n)};
}

/// Of the file as it is, so that no code of a library runs that does not fit.
void check_descriptor(const std::filesystem::path& file) {
  const auto bytes = exported_bytes(file, IPET_PLUGIN_SYMBOL, sizeof(ipet_plugin_descriptor_v3));
  if (!bytes) {
    throw LoadError("plugin-symbol",
                    std::string("it has no symbol ") + IPET_PLUGIN_SYMBOL + ", so it is no ipet plugin");
  }
  const auto head = begin_of<DescriptorHead>(*bytes);
  if (head.magic != IPET_PLUGIN_MAGIC) {
    throw LoadError("plugin-magic", std::string(IPET_PLUGIN_SYMBOL) + " is not an ipet plugin descriptor");
  }
  if (head.abi_version != IPET_PLUGIN_ABI) {
    throw LoadError("plugin-abi", "it has plugin ABI " + std::to_string(head.abi_version) +
                                      ", this ipet has " + std::to_string(IPET_PLUGIN_ABI) +
                                      "; rebuild it against the headers of this ipet");
  }
  if (std::min<std::size_t>(head.struct_size, bytes->size()) < sizeof(ipet_plugin_descriptor_v3)) {
    throw LoadError("plugin-abi", "its descriptor has " + std::to_string(head.struct_size) + " bytes, " +
                                      std::to_string(sizeof(ipet_plugin_descriptor_v3)) + " are needed");
  }
  const std::string build = field_text(begin_of<ipet_plugin_descriptor_v3>(*bytes).build);
  if (!builds_fit(build, IPET_BUILD_FINGERPRINT)) {
    throw LoadError("plugin-build", "it was built as '" + text::printable(build) + "', this ipet as '" +
                                        IPET_BUILD_FINGERPRINT +
                                        "'; rebuild it with the same compiler and options");
  }
}

Registry registered_by(const ipet_plugin_descriptor_v3& descriptor) {
  if (descriptor.register_components == nullptr)
    throw LoadError("plugin-register", "its descriptor has no register function");
  Registry registry;
  try {
    descriptor.register_components(static_cast<Catalog*>(&registry));
  } catch (const std::exception& error) {
    throw LoadError("plugin-register", std::string("registering its components failed: ") + error.what());
  } catch (...) {
    throw LoadError("plugin-register", "registering its components failed with an unknown exception");
  }
  return registry;
}

/// A name must be new, among what was loaded before and within its library.
void check_new(const Registry& before, const Registry& added) {
  std::set<std::string> seen;
  for (const StageDescription& stage : added.stages()) {
    if (before.stage(stage.name) == nullptr && seen.insert("stage '" + stage.name + "'").second) continue;
    throw LoadError("plugin-duplicate", "there already is a stage '" + stage.name + "'");
  }
  for (const ComponentDescription& component : added.components()) {
    const std::string text = component.interface.name + " '" + component.name + "'";
    if (before.component(component.interface, component.name) == nullptr && seen.insert(text).second)
      continue;
    throw LoadError("plugin-duplicate", "there already is a " + text);
  }
  for (const VerbDescription& verb : added.verbs()) {
    if (before.verb(verb.name) == nullptr && seen.insert("verb '" + verb.name + "'").second) continue;
    throw LoadError("plugin-duplicate", "there already is a verb '" + verb.name + "'");
  }
}

/// Where a library lies in memory.
struct LoadedCode {
  std::uintptr_t begin = 0, end = 0;
  char file[64] = {};
};
/// Filled from the front; what lies before the count is never changed.
std::array<LoadedCode, 256> loaded_code;
std::atomic<std::size_t> loaded_count{0};

/// Remembers the library of this object, for library_at().
void note_code(const std::filesystem::path& file, const void* object) {
  struct Search {
    std::uintptr_t address;
    LoadedCode found;
  } search{reinterpret_cast<std::uintptr_t>(object), {}};
  ::dl_iterate_phdr(
      [](dl_phdr_info* library, std::size_t, void* erased) {
        auto& [address, found] = *static_cast<Search*>(erased);
        LoadedCode code{~std::uintptr_t{0}, 0, {}};
        for (int i = 0; i < library->dlpi_phnum; ++i) {
          const auto& segment = library->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          code.begin = std::min<std::uintptr_t>(code.begin, library->dlpi_addr + segment.p_vaddr);
          code.end =
              std::max<std::uintptr_t>(code.end, library->dlpi_addr + segment.p_vaddr + segment.p_memsz);
        }
        if (address < code.begin || address >= code.end) return 0;
        found = code;
        return 1;
      },
      &search);
  const std::size_t at = loaded_count.load();
  if (search.found.end == 0 || at == loaded_code.size()) return;
  const std::string name = file.filename().string();
  name.copy(search.found.file, sizeof search.found.file - 1);
  loaded_code[at] = search.found;
  loaded_count.store(at + 1, std::memory_order_release);
}

void check_names(const Registry& added, const std::string& only) {
  const auto check = [&](const std::string& name) {
    if (name == only) return;
    throw LoadError("plugin-name",
                    "it registers '" + name + "', which is looked for in " + name +
                        ".so only where it stands beside the program; build it as that, or put "
                        "the library into a folder of --plugins");
  };
  for (const StageDescription& stage : added.stages()) check(stage.name);
  for (const ComponentDescription& component : added.components()) check(component.name);
  for (const VerbDescription& verb : added.verbs()) check(verb.name);
}

}  // namespace

Library load_library(const std::filesystem::path& file, Registry& registry, bool own_name_only) {
  if (const auto obstacle = obstacle_to_loading(file))
    throw LoadError("plugin-damaged",
                    *obstacle + (own_name_only ? "; to build it again: ./ipet build " + file.stem().string()
                                               : "; build it again, or take it off the plugin path"));
  try {
    check_descriptor(file);
  } catch (const LoadError&) {
    throw;
  } catch (const std::exception& damage) {  // an object that lies nowhere, or the file is gone since
    throw LoadError("plugin-damaged", damage.what());
  }
  set_environment();
  const std::string whose = "plugin " + file.stem().string() + ", which is being loaded,";
  const AtWork at_work(whose.c_str());
  // A path without a slash would be searched for in the system's folders.
  void* handle = ::dlopen(std::filesystem::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw LoadError("plugin-load", text_of(::dlerror()));
  const auto* descriptor = static_cast<const ipet_plugin_descriptor_v3*>(::dlsym(handle, IPET_PLUGIN_SYMBOL));
  if (descriptor == nullptr) throw LoadError("plugin-load", text_of(::dlerror()));
  note_code(file, descriptor);
  return admitted({file, field_text(descriptor->name), field_text(descriptor->version), {}, {}},
                  registered_by(*descriptor), registry, own_name_only);
}

Library admitted(Library library, Registry&& added, Registry& registry, bool own_name_only) {
  check_new(registry, added);
  if (own_name_only) check_names(added, library.path.stem().string());
  const std::size_t stages = registry.stages().size(), components = registry.components().size(),
                    verbs = registry.verbs().size();
  registry.absorb(std::move(added));
  for (std::size_t i = stages; i < registry.stages().size(); ++i)
    library.stages.push_back(&registry.stages()[i]);
  for (std::size_t i = components; i < registry.components().size(); ++i)
    library.components.push_back(&registry.components()[i]);
  for (std::size_t i = verbs; i < registry.verbs().size(); ++i) library.verbs.push_back(&registry.verbs()[i]);
  return library;
}

const char* library_at(const void* address) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const std::size_t count = loaded_count.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < count; ++i)
    if (at >= loaded_code[i].begin && at < loaded_code[i].end) return loaded_code[i].file;
  return nullptr;
}

std::string file_checksum(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  checksum::ContentHash hash;
  std::array<char, 1 << 16> buffer;
  while (stream) {
    stream.read(buffer.data(), buffer.size());
    hash.bytes(buffer.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.eof()) throw std::runtime_error(file.string() + ": cannot be read");
  return hash.text();
}

}  // namespace ipet::catalog
