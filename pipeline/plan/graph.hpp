// Drawings of a plan, made from what was validated, with message types on the edges and passes as frames.
#pragma once

#include <string>

#include "pipeline/plan/plan.hpp"

namespace ipet::plan {

std::string mermaid(const Plan& plan);
std::string dot(const Plan& plan);
/// Drawn by Graphviz. Throws std::runtime_error when there is no `dot` program.
std::string svg(const Plan& plan);

/// What `ipet plan` prints: passes, and per stage what it is, what it takes and what becomes of it.
std::string plan_text(const Plan& plan);

}  // namespace ipet::plan
