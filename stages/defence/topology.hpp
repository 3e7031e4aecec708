// What lines a home has to the outside.
#pragma once

#include "pipeline/text/words.hpp"

namespace ipet::defence {

/// device: each device has one of its own, as published. home: one tunnel carries all devices that are to be
/// protected.
enum class Topology { device, home };
inline constexpr text::Word<Topology> topologies[] = {{"device", Topology::device}, {"home", Topology::home}};

/// What the one line is called where a line is called like its device.
inline constexpr const char* home_line = "home";

}  // namespace ipet::defence
