// How problems are shown to people: pipeline/text/error_text.hpp has the form.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/sdk/value.hpp"

namespace ipet::definition {

/// One problem with the quoted line, ending in a newline. `severity` is "error" or "warning".
std::string format_problem(const Problem& problem, std::string_view severity);

/// The first twenty, one after the other, and how many more there are.
std::string format_problems(const Problems& problems, std::string_view severity);

}  // namespace ipet::definition
