#include "pipeline/text/wrapping.hpp"

#include <algorithm>

#include "pipeline/text/utf8.hpp"

namespace ipet::text {

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  std::size_t at = text.find_first_not_of(' ');
  if (at == std::string_view::npos) return std::string(text);
  std::string out(text.substr(0, at));
  std::size_t used = at;
  for (bool first = true; at < text.size(); first = false) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view word = text.substr(at, end - at);
    const std::size_t length = characters(word);
    if (!first && used + 1 + length > width) {
      out += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (!first) {
      out += ' ';
      ++used;
    }
    out += word;
    used += length;
    at = end + 1;
  }
  return out;
}

}  // namespace ipet::text
