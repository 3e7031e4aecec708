#include "stages/traffic/delimited.hpp"

#include <algorithm>

namespace ipet::traffic {

char separator_of(std::string_view header) {
  return header.find('\t') == std::string_view::npos ? ',' : '\t';
}

std::string_view without_return(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}

bool CellSplitter::quoted(std::string_view line, std::size_t& at) {
  const std::size_t first = at + 1;
  bool has_quote = false;
  std::size_t end = first;
  for (;; end += 2, has_quote = true) {
    end = line.find('"', end);
    if (end == std::string_view::npos) return false;
    if (end + 1 == line.size() || line[end + 1] != '"') break;
  }
  std::string_view cell = line.substr(first, end - first);
  if (has_quote) {
    std::string& text = unescaped_.emplace_back();
    for (std::size_t i = 0; i < cell.size(); ++i) {
      text += cell[i];
      if (cell[i] == '"') ++i;
    }
    cell = text;
  }
  cells_.push_back(cell);
  at = end + 1;
  return at == line.size() || line[at] == separator_;
}

std::optional<std::span<const std::string_view>> CellSplitter::split(std::string_view line) {
  cells_.clear();
  unescaped_.clear();
  for (std::size_t at = 0;; ++at) {
    if (at < line.size() && line[at] == '"') {
      if (!quoted(line, at)) return std::nullopt;
    } else {
      const std::size_t end = std::min(line.find(separator_, at), line.size());
      cells_.push_back(line.substr(at, end - at));
      at = end;
    }
    if (at >= line.size()) return cells_;
  }
}

}  // namespace ipet::traffic
