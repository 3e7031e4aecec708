// The publication's baselines as defences: what the plugins constant, random and random_plus have in common.
#pragma once

#include "stages/padding/rate_shaper.hpp"
#include "stages/padding/shaped.hpp"

namespace ipet::defence {

using RateDefence = Shaped<RateShaper>;

inline constexpr const char* rate_defects_help =
    "Do as the release does: bytes are granted in one second of five only, an idle line may start at every "
    "tick, and what does not fit into a tick leaves last and in the wrong direction.";

}  // namespace ipet::defence
