// Long lines and lists, as people can read them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ipet::text {

/// "bulb, cam and 3 more": the first `most` names of a range, and how many there are beyond; "" of none.
template <class Names>
std::string named(const Names& names, std::size_t most) {
  std::string text;
  std::size_t count = 0;
  for (const auto& name : names) {
    if (count++ >= most) continue;
    text += text.empty() ? "" : ", ";
    text += name;
  }
  return count <= most ? text : text + " and " + std::to_string(count - most) + " more";
}

/// Text of one line with a newline instead of a blank wherever a line would be longer than `width`
/// characters, and `indent` blanks after it, which count. A longer word has a line of its own. Blanks at the
/// begin stay.
std::string wrapped(std::string_view text, std::size_t width, std::size_t indent);

}  // namespace ipet::text
