// What a writer of perturbations stores, for the last line of a run.
#pragma once

#include "pipeline/sdk/made.hpp"
#include "stages/generator/perturbations.hpp"

namespace ipet {

inline void tell_stored(StageContext& context, const defence::Perturbations& perturbations) {
  if (perturbations.num_samples == 0) return;
  const std::uint64_t devices = perturbations.chosen_devices().size();
  tell_made(context, devices, "device", "devices");
  tell_made(context, devices * perturbations.num_samples, "perturbation", "perturbations");
}

}  // namespace ipet
