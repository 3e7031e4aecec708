// The unit of an option that a dotted path names.
#pragma once

#include <string>

#include "pipeline/catalog/registry.hpp"
#include "pipeline/definition/definition.hpp"

namespace ipet::plan {

/// Of "stages.ID.options.NAME", also of a component's option below: "stages.ID.options.defence.NAME". ""
/// where the path names no option that takes a time, or nothing that is found.
std::string unit_at(const definition::Definition& definition, const std::string& path,
                    catalog::StageSource& source);

}  // namespace ipet::plan
