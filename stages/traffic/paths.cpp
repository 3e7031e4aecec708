#include "stages/traffic/paths.hpp"

#include <algorithm>

namespace ipet::traffic {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The components of a path that are left; "a/" has two, "a" and "".
class Components {
 public:
  explicit Components(std::string_view path) : rest_(path) {}
  [[nodiscard]] bool left() const { return left_; }
  [[nodiscard]] std::string_view first() const { return rest_.substr(0, rest_.find('/')); }
  void advance() {
    const std::size_t slash = rest_.find('/');
    left_ = slash != std::string_view::npos;
    rest_ = left_ ? rest_.substr(slash + 1) : std::string_view{};
  }

 private:
  std::string_view rest_;
  bool left_ = true;
};

/// Matches `c` against the set that starts at pattern[0] == '['. Sets `length` to the length of the set, or 0
/// when it has no end (then '[' is an ordinary character).
bool in_set(std::string_view pattern, char c, std::size_t& length) {
  std::size_t i = 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) {
      length = i + 1;
      return found != negated;
    }
    const char low = pattern[i];
    char high = low;
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      high = pattern[i + 2];
      i += 2;
    }
    found = found || (low <= c && c <= high);
    ++i;
  }
  length = 0;
  return false;
}

/// One pattern element against one character. Returns the element's length, 0 when it does not match.
std::size_t match_one(std::string_view pattern, char c) {
  if (pattern[0] == '?') return 1;
  if (pattern[0] == '\\' && pattern.size() > 1) return pattern[1] == c ? 2 : 0;
  if (pattern[0] == '[') {
    std::size_t length = 0;
    const bool matched = in_set(pattern, c, length);
    if (length > 0) return matched ? length : 0;
  }
  return pattern[0] == c ? 1 : 0;
}

/// Linear-time wildcard match with one point to fall back to, within a component.
bool match_component(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    const std::size_t step = p < pattern.size() ? match_one(pattern.substr(p), text[t]) : 0;
    if (step > 0) {
      p += step;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// As match_component does it, component by component: the point to fall back to is behind the last "**".
bool match_components(Components pattern, Components path) {
  constexpr std::string_view any = "**";
  Components again_pattern = pattern, again_path = path;
  bool can_fall_back = false;
  while (path.left()) {
    if (pattern.left() && pattern.first() == any) {
      pattern.advance();
      again_pattern = pattern;
      again_path = path;
      can_fall_back = true;
    } else if (pattern.left() && match_component(pattern.first(), path.first())) {
      pattern.advance();
      path.advance();
    } else if (can_fall_back) {
      again_path.advance();
      pattern = again_pattern;
      path = again_path;
    } else {
      return false;
    }
  }
  while (pattern.left() && pattern.first() == any) pattern.advance();
  return !pattern.left();
}

std::string_view digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return text.substr(at, end - at);
}

int compare_numbers(std::string_view a, std::string_view b) {
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

}  // namespace

bool glob_match(std::string_view pattern, std::string_view path) {
  return match_components(Components(pattern), Components(path));
}

bool is_glob(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

std::string glob_escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

bool natural_less(std::string_view a, std::string_view b) {
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string_view x = digits_at(a, i), y = digits_at(b, j);
      if (const int order = compare_numbers(x, y); order != 0) return order < 0;
      i += x.size();
      j += y.size();
      continue;
    }
    // A folder's files come before those of a folder whose longer name begins with its name.
    const int x = a[i] == '/' ? 0 : static_cast<unsigned char>(a[i]);
    const int y = b[j] == '/' ? 0 : static_cast<unsigned char>(b[j]);
    if (x != y) return x < y;
    ++i;
    ++j;
  }
  if (i < a.size() || j < b.size()) return i == a.size();
  return a < b;  // "01" and "1"
}

}  // namespace ipet::traffic
