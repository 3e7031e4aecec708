// What is said after a sweep that was interrupted.
#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "pipeline/definition/definition.hpp"

namespace ipet::cli {

/// On standard error, after an interruption in the run number `at`: which runs are done, failed and not
/// begun, and how to make the others.
void say_rest(const std::vector<definition::SweepPoint>& points, std::size_t at,
              const std::set<std::size_t>& failed_runs);

}  // namespace ipet::cli
