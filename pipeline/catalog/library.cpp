#include "pipeline/catalog/library.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <set>

#include <dlfcn.h>

#include "pipeline/catalog/library_file.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/content_hash.hpp"

namespace ipet::catalog {
namespace {

/// The thread pools of BLAS and OpenMP fight with TBB for the cores. They read these once, when they are
/// loaded with the first plugin that needs them.
void quiet_thread_pools() {
  static const bool once = [] {
    ::setenv("OPENBLAS_NUM_THREADS", "1", 0);
    ::setenv("OMP_NUM_THREADS", "1", 0);
    return true;
  }();
  static_cast<void>(once);
}

std::string text_of(const char* text) {
  return text == nullptr ? "(none)" : text;
}

/// Fields are only ever added at the end, so magic, size and version can be read in any version.
void check_descriptor(const ipet_plugin_descriptor_v1& descriptor) {
  if (descriptor.magic != IPET_PLUGIN_MAGIC) {
    throw LoadError("plugin-magic", std::string(IPET_PLUGIN_SYMBOL) + " is not an ipet plugin descriptor");
  }
  if (descriptor.abi_version != IPET_PLUGIN_ABI) {
    throw LoadError("plugin-abi", "it has plugin ABI " + std::to_string(descriptor.abi_version) +
                                      ", this ipet has " + std::to_string(IPET_PLUGIN_ABI) +
                                      "; rebuild it against the headers of this ipet");
  }
  if (descriptor.struct_size < sizeof(ipet_plugin_descriptor_v1)) {
    throw LoadError("plugin-abi", "its descriptor has " + std::to_string(descriptor.struct_size) +
                                      " bytes, " + std::to_string(sizeof(ipet_plugin_descriptor_v1)) +
                                      " are needed");
  }
  if (descriptor.build == nullptr || std::strcmp(descriptor.build, IPET_BUILD_FINGERPRINT) != 0) {
    throw LoadError("plugin-build", "it was built as '" + text_of(descriptor.build) + "', this ipet as '" +
                                        IPET_BUILD_FINGERPRINT +
                                        "'; rebuild it with the same compiler and options");
  }
  if (descriptor.register_components == nullptr) {
    throw LoadError("plugin-register", "its descriptor has no register function");
  }
}

Registry registered_by(const ipet_plugin_descriptor_v1& descriptor) {
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
}

}  // namespace

Library load_library(const std::filesystem::path& file, Registry& registry, bool own_name_only) {
  if (const auto obstacle = obstacle_to_loading(file))
    throw LoadError("plugin-damaged",
                    *obstacle + (own_name_only ? "; to build it again: ./ipet build " + file.stem().string()
                                               : "; build it again, or take it off the plugin path"));
  quiet_thread_pools();
  // A path without a slash would be searched for in the system's folders.
  void* handle = ::dlopen(std::filesystem::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw LoadError("plugin-load", text_of(::dlerror()));
  const auto* descriptor = static_cast<const ipet_plugin_descriptor_v1*>(::dlsym(handle, IPET_PLUGIN_SYMBOL));
  if (descriptor == nullptr) {
    throw LoadError("plugin-symbol",
                    std::string("it has no symbol ") + IPET_PLUGIN_SYMBOL + ", so it is no ipet plugin");
  }
  check_descriptor(*descriptor);
  Registry added = registered_by(*descriptor);
  check_new(registry, added);
  if (own_name_only) check_names(added, file.stem().string());
  Library library{file, text_of(descriptor->name), text_of(descriptor->version), {}};
  for (const StageDescription& stage : added.stages()) library.components.push_back(stage.name);
  for (const ComponentDescription& component : added.components())
    library.components.push_back(component.name);
  registry.absorb(std::move(added));
  return library;
}

std::string file_checksum(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  text::ContentHash hash;
  std::array<char, 1 << 16> buffer;
  while (stream) {
    stream.read(buffer.data(), buffer.size());
    hash.bytes(buffer.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (!stream.eof()) throw std::runtime_error(file.string() + ": cannot be read");
  return hash.text();
}

}  // namespace ipet::catalog
