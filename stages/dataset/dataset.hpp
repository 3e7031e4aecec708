// Windows with their class labels, ready for training.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stages/windows/window.hpp"

namespace ipet::fingerprint {

/// Labelled windows, asked for by position. Their features may be anywhere, and too many for the memory.
class Dataset {
 public:
  virtual ~Dataset() = default;

  std::size_t slots = 0;
  std::vector<std::uint16_t> label;  ///< [window], index of a class

  [[nodiscard]] std::size_t size() const { return label.size(); }
  [[nodiscard]] std::size_t row_size() const { return slots * windows::columns; }
  /// Seconds.
  [[nodiscard]] virtual float silence_of(std::size_t i) const = 0;
  /// Whether `window` gives the features of all of them.
  [[nodiscard]] virtual bool in_memory() const = 0;
  /// Whether single windows can be read in any order at little cost, although they need not be in memory.
  [[nodiscard]] virtual bool random_access() const { return in_memory(); }
  /// Features [slot, windows::Column] of a window that is in memory.
  [[nodiscard]] virtual const float* window(std::size_t i) const = 0;
  /// Copies the features of windows first .. first + count - 1 to `out`, wherever they are. Several threads
  /// may call at a time. Throws std::runtime_error naming the file when they cannot be read from it.
  virtual void read(std::size_t first, std::size_t count, float* out) const = 0;

 protected:
  Dataset() = default;
  Dataset(const Dataset&) = default;
  Dataset(Dataset&&) = default;
  Dataset& operator=(const Dataset&) = default;
  Dataset& operator=(Dataset&&) = default;
};

/// Windows with copies of all features, which may be changed.
struct LabelledWindows final : Dataset {
  std::vector<float> features;  ///< [window, slot, windows::Column]
  std::vector<float> silence;   ///< [window], seconds

  LabelledWindows() = default;
  /// A copy of all.
  explicit LabelledWindows(const Dataset& other);
  void append(const float* window, float window_silence, std::uint16_t window_label);
  void append(const LabelledWindows& other);

  [[nodiscard]] float silence_of(std::size_t i) const override { return silence[i]; }
  [[nodiscard]] bool in_memory() const override { return true; }
  [[nodiscard]] const float* window(std::size_t i) const override { return features.data() + i * row_size(); }
  void read(std::size_t first, std::size_t count, float* out) const override {
    std::copy_n(window(first), count * row_size(), out);
  }
};

/// Some windows of a set, which must outlive this: six bytes a window.
struct ChosenWindows final : Dataset {
  const windows::WindowSet* set = nullptr;
  std::vector<std::uint32_t> position;  ///< [window] in the set, ascending

  [[nodiscard]] float silence_of(std::size_t i) const override { return set->silence[position[i]]; }
  [[nodiscard]] bool in_memory() const override { return set->in_memory(); }
  [[nodiscard]] const float* window(std::size_t i) const override { return set->window(position[i]); }
  void read(std::size_t first, std::size_t count, float* out) const override {
    set->read(std::span(position).subspan(first, count), out);
  }
};

/// Names of the devices with at least one window or aggregate, in the order of `rows.devices`.
std::vector<std::string> classes_of(const windows::RowSet& rows);
/// Names of the devices without any.
std::vector<std::string> devices_without_windows(const windows::RowSet& rows);
/// "a, b, c"; of more than twelve "... and 3 more".
std::string join(const std::vector<std::string>& names);

/// Positions of the windows or aggregates to use: all when `max_per_device` is 0, else at most so many of
/// each device, chosen by a hash of (seed, device, capture, start), in ascending order. `limited` receives
/// the names of the devices that had more.
std::vector<std::size_t> subsample(const windows::RowSet& rows, std::size_t max_per_device,
                                   std::uint64_t seed, std::vector<std::string>& limited);

/// What each device's windows are labelled: its position in `classes`, or `no_class`.
inline constexpr std::uint16_t no_class = 0xFFFF;
std::vector<std::uint16_t> class_labels(const windows::RowSet& rows, const std::vector<std::string>& classes);

/// The chosen windows (ascending positions) whose device is among `classes`, where they are; the others are
/// counted in `unknown`.
ChosenWindows choose(const windows::WindowSet& windows, const std::vector<std::size_t>& chosen,
                     const std::vector<std::string>& classes, std::size_t& unknown);
/// Copies of the same.
LabelledWindows gather(const windows::WindowSet& windows, const std::vector<std::size_t>& chosen,
                       const std::vector<std::string>& classes, std::size_t& unknown);

}  // namespace ipet::fingerprint
