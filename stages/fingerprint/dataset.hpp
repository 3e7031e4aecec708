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

/// Names of the devices with at least one window or aggregate, in the order of `rows.devices`.
std::vector<std::string> classes_of(const windows::RowSet& rows);
/// Names of the devices without any.
std::vector<std::string> devices_without_windows(const windows::RowSet& rows);
/// "a, b, c"
std::string join(const std::vector<std::string>& names);

/// Positions of the windows or aggregates to use: all when `max_per_device` is 0, else at most so many of
/// each device, chosen by a hash of (seed, device, capture, start), in ascending order. `limited` receives
/// the names of the devices that had more.
std::vector<std::size_t> subsample(const windows::RowSet& rows, std::size_t max_per_device,
                                   std::uint64_t seed, std::vector<std::string>& limited);

/// What each device's windows are labelled: its position in `classes`, or `no_class`.
inline constexpr std::uint16_t no_class = 0xFFFF;
std::vector<std::uint16_t> class_labels(const windows::RowSet& rows, const std::vector<std::string>& classes);

/// Copies the chosen windows whose device is among `classes`; the others are counted in `unknown`.
LabelledWindows gather(const windows::WindowSet& windows, const std::vector<std::size_t>& chosen,
                       const std::vector<std::string>& classes, std::size_t& unknown);

}  // namespace ipet::fingerprint
