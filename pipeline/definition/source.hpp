// The text of a pipeline file, which is looked at several times: for each point of a sweep, and by messages.
#pragma once

#include <filesystem>
#include <string>

namespace ipet::definition {

/// The text of a file of at most `largest_file` bytes. What comes through a pipe of the shell (`<(...)`, `|`)
/// is read to its end the first time and kept for the later ones. Throws toml_text::Refused.
std::string source_text(const std::filesystem::path& file);

/// Whether the path stands for whatever is open as a descriptor: "/dev/fd/63", "/dev/stdin". It gives a
/// pipeline neither a name nor a folder: files that it includes are looked for in the working directory.
bool is_descriptor(const std::filesystem::path& file);

}  // namespace ipet::definition
