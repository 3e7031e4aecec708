#include "pipeline/sdk/hint.hpp"

#include "pipeline/sdk/value.hpp"
#include "pipeline/text/lists.hpp"

namespace ipet {

std::string nearest_hint(std::string_view word, const std::vector<std::string>& names) {
  const std::string near = nearest(word, names);
  return near.empty() ? "" : "did you mean '" + near + "'?";
}

std::string misspelt_hint(std::string_view word, const std::vector<std::string>& names,
                          std::string_view has) {
  std::string out = nearest_hint(word, names);
  if (!out.empty()) out += "  ";
  if (names.empty()) return out + "there are none";
  return out.append(has) + text::joined(names);
}

}  // namespace ipet
