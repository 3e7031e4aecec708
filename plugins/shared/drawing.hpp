// What writers of perturbations do about the first Ctrl-C: drawing them, up to a thousand million for each
// device, takes most of their time, and the same command draws the same ones again.
#pragma once

#include <filesystem>

#include "pipeline/sdk/context.hpp"
#include "stages/files/publish.hpp"

namespace ipet {

/// To be called between writes. Throws Cancelled or Interrupted.
inline void check_drawing(const StageContext& context) {
  context.check();
  if (context.stop_requested()) throw Interrupted();
}

/// Says what became of `result` after that.
inline void tell_given_up(StageContext& context, const std::filesystem::path& result) {
  const std::string stays = storage::what_stays(result);
  context.warn("interrupted while perturbations were drawn: " +
               (stays.empty() ? "no " + result.string() : stays));
}

}  // namespace ipet
