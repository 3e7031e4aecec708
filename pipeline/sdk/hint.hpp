// What every message about a name that does not exist ends with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ipet {

/// "did you mean 'x'?  <has>a, b, c": the nearest of the names, where one is near enough to be meant, and all
/// of them in their order. Without names "there are none".
std::string misspelt_hint(std::string_view word, const std::vector<std::string>& names, std::string_view has);

/// Only "did you mean 'x'?", or "".
std::string nearest_hint(std::string_view word, const std::vector<std::string>& names);

}  // namespace ipet
