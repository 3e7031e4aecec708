#include "pipeline/toml/keys.hpp"

#include <cctype>
#include <string_view>

#include "pipeline/text/utf8.hpp"
#include "pipeline/toml/depth.hpp"

namespace ipet::toml_text {
namespace {

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(text::characters(text));
}

std::size_t blanks_before(const std::string& line, std::size_t end) {
  while (end > 0 && (line[end - 1] == ' ' || line[end - 1] == '\t')) --end;
  return end;
}

std::size_t quoted_before(const std::string& line, std::size_t end) {
  const char quote = line[end - 1];
  for (std::size_t begin = end - 1; begin-- > 0;) {
    if (line[begin] != quote) continue;
    std::size_t slashes = 0;
    while (quote == '"' && slashes < begin && line[begin - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return begin;
  }
  return end;
}

/// Where the part of a key that ends at `end` begins; `end` when there is none.
std::size_t part_before(const std::string& line, std::size_t end) {
  if (end > 0 && (line[end - 1] == '"' || line[end - 1] == '\'')) return quoted_before(line, end);
  const auto bare = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || c == '_' || c == '-' || byte >= 0x80;
  };
  while (end > 0 && bare(line[end - 1])) --end;
  return end;
}

std::optional<KeyInLine> key_before(const std::string& line, std::size_t end) {
  end = blanks_before(line, end);
  const std::size_t last = part_before(line, end);
  if (last == end) return std::nullopt;
  std::size_t begin = last;
  for (;;) {
    const std::size_t dot = blanks_before(line, begin);
    if (dot == 0 || line[dot - 1] != '.') break;
    const std::size_t part_end = blanks_before(line, dot - 1);
    const std::size_t part = part_before(line, part_end);
    if (part == part_end) break;
    begin = part;
  }
  const std::string_view view(line);
  return KeyInLine{line.substr(begin, end - begin), characters(view.substr(0, last)) + 1,
                   characters(view.substr(last, end - last))};
}

}  // namespace

std::optional<KeyInLine> key_at(const std::string& line, std::uint32_t column) {
  std::size_t end = blanks_before(line, text::byte_of(line, column - 1));
  if (end > 0 && line[end - 1] == '=') --end;
  if (const auto key = key_before(line, end)) {
    const std::size_t next = line.find_first_not_of(" \t", end);
    if (next != std::string::npos && line[next] == '=') return key;
  }
  // A header: its key ends before the first ']' that is not part of a name.
  std::size_t close = line.find('[');
  while (close < line.size() && line[close] != ']') {
    const bool quoted = line[close] == '"' || line[close] == '\'';
    close = quoted ? after_string(line, close) : close + 1;
  }
  return close < line.size() ? key_before(line, close) : std::nullopt;
}

}  // namespace ipet::toml_text
