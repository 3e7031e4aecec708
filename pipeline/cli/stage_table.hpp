// What the stages of a run have used, a line for each.
#pragma once

#include <string>
#include <vector>

#include "pipeline/run/execute.hpp"

namespace ipet::cli {

/// A table with a heading; "" of no stages.
std::string stage_table(const std::vector<run::StageCounters>& stages);

}  // namespace ipet::cli
