#include "pipeline/definition/source.hpp"

#include <map>
#include <utility>

#include "pipeline/definition/limits.hpp"
#include "pipeline/toml/document.hpp"

namespace ipet::definition {

std::string source_text(const std::filesystem::path& file) {
  const auto pipe = toml_text::unnamed_pipe(file);
  if (!pipe) return toml_text::read_text(file, largest_file);
  static std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> kept;
  const auto before = kept.find(*pipe);
  if (before != kept.end()) return before->second;
  return kept[*pipe] = toml_text::read_unnamed_pipe(file, largest_file);
}

bool is_descriptor(const std::filesystem::path& file) {
  const std::string folder = file.parent_path().string();
  return file == "/dev/stdin" || folder == "/dev/fd" || folder == "/proc/self/fd";
}

}  // namespace ipet::definition
