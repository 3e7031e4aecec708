#include "pipeline/definition/toml_keys.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace ipet::definition {
namespace {

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

std::uint32_t characters(std::string_view text) {
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::size_t byte_of(const std::string& line, std::uint32_t column) {
  std::size_t at = 0;
  for (std::uint32_t seen = 0; at < line.size(); ++at) {
    if (starts_character(line[at]) && ++seen == column) break;
  }
  return at;
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

/// Behind the string that begins at `at`, also one over several lines.
std::size_t after_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string three(3, quote);
  const bool several = text.substr(at, 3) == three;
  for (std::size_t i = at + (several ? 3 : 1); i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (!several && (text[i] == '\n' || text[i] == quote)) {
      return text[i] == quote ? i + 1 : i;
    } else if (several && text.substr(i, 3) == three) {
      // One or two more quotes may belong to the text.
      return std::min(text.find_first_not_of(quote, i), text.size());
    }
  }
  return text.size();
}

/// How deep a text nests, brackets and parts of keys together. Right for all valid text, and up to the first
/// error of other text, where toml++ stops too.
class Depth {
 public:
  void take(char c) {
    if (c == '.') {
      ++parts_;
      return;
    }
    if (c == '[' || c == '{') open_.push_back(now() + 1);
    if ((c == ']' || c == '}') && !open_.empty()) open_.pop_back();
    if (std::string_view("[]{},\n").find(c) != std::string_view::npos) parts_ = 0;
  }
  [[nodiscard]] std::size_t now() const { return (open_.empty() ? 0 : open_.back()) + parts_; }

 private:
  std::vector<std::size_t> open_;  ///< depth inside each open bracket
  std::size_t parts_ = 0;          ///< dots of the key at hand
};

TextPlace place_in(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t newline = before.rfind('\n');
  const std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  return {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
          characters(line) + 1};
}

}  // namespace

std::optional<KeyInLine> key_at(const std::string& line, std::uint32_t column) {
  std::size_t end = blanks_before(line, byte_of(line, column));
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

std::optional<TextPlace> too_deep(std::string_view text) {
  Depth depth;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (text[i] == '"' || text[i] == '\'') {
      i = after_string(text, i);
    } else {
      depth.take(text[i]);
      if (depth.now() > deepest) return place_in(text, i);
      ++i;
    }
  }
  return std::nullopt;
}

}  // namespace ipet::definition
