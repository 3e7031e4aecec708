#include "pipeline/toml/depth.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "pipeline/text/utf8.hpp"

namespace ipet::toml_text {
namespace {

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

}  // namespace

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

Where place_in(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const std::size_t newline = before.rfind('\n');
  const std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  return {static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1),
          static_cast<std::uint32_t>(text::characters(line) + 1), 1};
}

std::optional<Where> too_deep(std::string_view text) {
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

}  // namespace ipet::toml_text
