#pragma once

#include <cmath>

#include "stages/traffic/packet.hpp"

namespace ipet::activity {

inline traffic::Nanoseconds at(double seconds) {
  return std::llround(seconds * 1e9);
}

}  // namespace ipet::activity
