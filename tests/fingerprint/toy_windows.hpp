// Made-up windows of devices that are easy to tell apart: each sends in a rhythm and with sizes of its own.
#pragma once

#include <cmath>
#include <string>

#include "stages/dataset/dataset.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::toy {

inline fingerprint::LabelledWindows windows(std::size_t devices, std::size_t per_device, std::size_t slots,
                                            std::uint64_t seed) {
  fingerprint::LabelledWindows set;
  set.slots = slots;
  traffic::Random random(traffic::StreamKey(seed).with("toy"));
  std::vector<float> window(set.row_size());
  for (std::size_t i = 0; i < devices * per_device; ++i) {
    const std::size_t d = i % devices;
    std::fill(window.begin(), window.end(), 0.0F);
    const std::size_t period = 3 + 2 * d, phase = random.below(period);
    for (std::size_t t = phase; t < slots; t += period) {
      float* slot = window.data() + t * windows::columns;
      slot[windows::out_packets] = static_cast<float>(1 + random.below(2));
      slot[windows::out_bytes] = slot[0] * static_cast<float>(40 + 60 * d + random.below(20));
      slot[windows::in_packets] = static_cast<float>(random.below(2));
      slot[windows::in_bytes] = slot[2] * static_cast<float>(30 + 10 * d);
    }
    set.append(window.data(), static_cast<float>(random.exponential(5.0)), static_cast<std::uint16_t>(d));
  }
  return set;
}

inline std::vector<std::string> names(std::size_t devices) {
  std::vector<std::string> result;
  for (std::size_t d = 0; d < devices; ++d) result.push_back("device-" + std::to_string(d));
  return result;
}

}  // namespace ipet::toy
