#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include <unistd.h>

namespace ipet::fuzz {

namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "ipet-fuzz-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The character at the front of `text` (RFC 3629), which is taken off; none where there is no valid one.
bool take_character(std::string_view& text, char32_t& character) {
  const auto first = static_cast<unsigned char>(text[0]);
  const std::size_t size = first < 0x80       ? 1
                           : first >> 5 == 6  ? 2
                           : first >> 4 == 14 ? 3
                           : first >> 3 == 30 ? 4
                                              : 0;
  if (size == 0 || size > text.size()) return false;
  character = size == 1 ? first : first & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if (next >> 6 != 2) return false;
    character = character << 6 | (next & 0x3fU);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  text.remove_prefix(size);
  return character >= least[size] && character < 0x110000 && (character < 0xd800 || character > 0xdfff);
}

std::string readable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    constexpr const char* digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f)
      out += c;
    else
      out += std::string("\\x") + digits[byte >> 4] + digits[byte & 15];
  }
  return out;
}

}  // namespace

void require_line(std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    char32_t character = 0;
    if (!take_character(rest, character)) throw Broken{"a message that is not UTF-8: " + readable(text)};
    const bool control = character < 0x20 || (character >= 0x7f && character < 0xa0);
    if (control) throw Broken{"a message with a control character: " + readable(text)};
  }
  require(!text.empty(), "a message without a text");
}

void require_lines(std::string_view text) {
  require(!text.empty(), "a message without a text");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    require_line(text.substr(at, end - at));
    at = end + 1;
  }
}

const fs::path& scratch() {
  static const Folder folder;
  return folder.path();
}

fs::path scratch_file(const std::string& name, Bytes content) {
  fs::path path = scratch() / name;
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  if (!out.flush()) throw Broken{"cannot write " + path.string()};
  return path;
}

const std::vector<Target>& targets() {
  static const std::vector<Target> all = [] {
    std::vector<Target> made;
    for (const auto part : {capture_targets, compression_targets, library_targets, model_targets,
                            pipeline_targets, result_targets, text_targets})
      for (Target& target : part()) made.push_back(std::move(target));
    std::ranges::sort(made, {}, &Target::name);
    return made;
  }();
  return all;
}

}  // namespace ipet::fuzz
