// Loads one plugin library. Its descriptor is read from the file and checked before any code of it runs.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "pipeline/catalog/registry.hpp"

namespace ipet::catalog {

/// A library cannot be used. what() says why, without the path.
class LoadError : public std::runtime_error {
 public:
  LoadError(std::string code, const std::string& text) : std::runtime_error(text), code_(std::move(code)) {}
  [[nodiscard]] const std::string& code() const { return code_; }  ///< for example "plugin-abi"

 private:
  std::string code_;
};

/// What is known of a loaded library.
struct Library {
  std::filesystem::path path;
  std::string name, version;
  std::vector<const StageDescription*> stages;  ///< what it registered
  std::vector<const ComponentDescription*> components;
  std::vector<const VerbDescription*> verbs = {};
};

/// Loads with RTLD_NOW | RTLD_LOCAL, checks the descriptor, and registers into `registry`. Libraries are
/// never unloaded: objects made by them live on. A file that is no whole library (library_file.hpp) is not
/// given to the loader. With `own_name_only` it may register nothing but what its file is called. Throws
/// LoadError; `registry` is unchanged then.
Library load_library(const std::filesystem::path& file, Registry& registry, bool own_name_only = false);

/// Into `registry` with what a library registered, by the same rules; throws as above.
Library admitted(Library library, Registry&& added, Registry& registry, bool own_name_only);

/// The file name of the loaded library whose code or data is at this address ("front.so"); null where it is
/// none of them. Safe in a signal handler.
const char* library_at(const void* address) noexcept;

/// XXH3-128 of a file, hexadecimal. Throws std::runtime_error when it cannot be read.
std::string file_checksum(const std::filesystem::path& file);

}  // namespace ipet::catalog
