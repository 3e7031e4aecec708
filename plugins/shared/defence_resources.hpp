// What defences of a stage need, as the runtime has it.
#pragma once

#include "pipeline/sdk/context.hpp"
#include "stages/defence/resources.hpp"

namespace ipet {

inline defence::Resources resources_of(const StageContext& context) {
  defence::Resources resources(context.seed());
  for (ComponentInput& input : context.component_inputs())
    resources.give(std::move(input.port), input.type.name, input.type.version, std::move(input.value));
  return resources;
}

}  // namespace ipet
