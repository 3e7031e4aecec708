// What is said after a sweep that was interrupted.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "pipeline/definition/definition.hpp"

namespace ipet::cli {

/// On standard error, after an interruption in the run number `at`: which runs are done, failed and not
/// begun, and how to make the others. `resume_points`: what that run's stages go on from, "" if nothing;
/// `fresh`: --fresh was given, without which they do.
void say_rest(const std::vector<definition::SweepPoint>& points, std::size_t at,
              const std::set<std::size_t>& failed_runs, const std::string& resume_points, bool fresh);

}  // namespace ipet::cli
