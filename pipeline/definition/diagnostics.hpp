// How problems are shown to people (pipeline-files.md):
//
//   pipelines/ipet.toml:31:9: error[unknown-option]: stage 'windows': no option 'omga'
//      31 | options.omga = 0.1
//         |         ^^^^ did you mean 'omega'?  windowing has: omega, total_time
#pragma once

#include <string>
#include <string_view>

#include "pipeline/sdk/value.hpp"

namespace ipet::definition {

/// One problem with the quoted line, ending in a newline. `severity` is "error" or "warning".
std::string format_problem(const Problem& problem, std::string_view severity);

/// All of them, one after the other.
std::string format_problems(const Problems& problems, std::string_view severity);

}  // namespace ipet::definition
