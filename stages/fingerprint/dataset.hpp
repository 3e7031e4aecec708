// Windows with their class labels, ready for training.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/windows/window.hpp"

namespace ipet::fingerprint {

struct LabelledWindows {
  std::size_t slots = 0;
  std::vector<float> features;       ///< [window, slot, windows::Column]
  std::vector<float> silence;        ///< [window], seconds
  std::vector<std::uint16_t> label;  ///< [window], index of a class

  [[nodiscard]] std::size_t size() const { return label.size(); }
  [[nodiscard]] std::size_t row_size() const { return slots * windows::columns; }
  void append(const float* window, float window_silence, std::uint16_t window_label);
  void append(const LabelledWindows& other);
};

/// Names of the devices with at least one window, in the order of `windows.devices`.
std::vector<std::string> classes_of(const windows::WindowSet& windows);
/// Names of the devices without any window.
std::vector<std::string> devices_without_windows(const windows::WindowSet& windows);
/// "a, b, c"
std::string join(const std::vector<std::string>& names);

/// Positions of the windows to use: all when `max_per_device` is 0, else at most so many of each device,
/// chosen by a hash of (seed, device, capture, start), in ascending order. `limited` receives the names of
/// the devices that had more.
std::vector<std::size_t> subsample(const windows::WindowSet& windows, std::size_t max_per_device,
                                   std::uint64_t seed, std::vector<std::string>& limited);

/// Copies the chosen windows whose device is among `classes`; the others are counted in `unknown`.
LabelledWindows gather(const windows::WindowSet& windows, const std::vector<std::size_t>& chosen,
                       const std::vector<std::string>& classes, std::size_t& unknown);

}  // namespace ipet::fingerprint
