// Whether a file is a whole shared library. The loader of the system (glibc) believes what the file says of
// itself: what a truncated or garbled one says ends the process, so it is checked before.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace ipet::catalog {

/// What is wrong with the file, so that it must not be loaded; nothing when it is a shared library of this
/// machine's kind (ELF, 64 bits, little-endian; System V ABI, chapters 4 and 5) whose headers, segments, and
/// tables for the loader (dynamic section, names, symbols, hashes, relocations) all lie within the file and
/// within each other. Code and data are not looked at.
std::optional<std::string> obstacle_to_loading(const std::filesystem::path& file);

/// The bytes of the object with this name that a whole shared library exports, as they lie in the file:
/// before relocations. At most `most`; nothing when there is none. Throws std::runtime_error as above says
/// what is wrong.
std::optional<std::string> exported_bytes(const std::filesystem::path& file, const std::string& symbol,
                                          std::size_t most);

}  // namespace ipet::catalog
