// Windows of equal time slots: the features that fingerprinting models see (ipet.md section 2).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stages/traffic/packet.hpp"
#include "stages/windows/row_set.hpp"

namespace ipet::windows {

/// Columns of a slot's features. The publications' text gives this order; their code has in before out.
enum Column : std::size_t { out_packets = 0, out_bytes = 1, in_packets = 2, in_bytes = 3 };
inline constexpr std::size_t columns = 4;
inline constexpr const char* column_names[columns] = {"out_packets", "out_bytes", "in_packets", "in_bytes"};

/// Consecutive windows of one device in one capture. Key: traffic::device_key(capture, device).
struct WindowBatch {
  static constexpr std::string_view type_name = "window_batch";
  static constexpr int type_version = 1;

  std::uint32_t capture = 0;
  std::shared_ptr<const std::string> capture_name;
  std::shared_ptr<const std::string> device;
  std::shared_ptr<const std::vector<std::string>> declared_devices;  ///< null when devices are discovered
  bool defended = false;        ///< cut from traffic that went through a mixer
  std::uint32_t slots = 0;      ///< per window
  double omega = 0;             ///< seconds per slot
  std::vector<float> features;  ///< [window, slot, column]
  std::vector<float>
      silence;  ///< [window], seconds since the device's previous packet; 0 for the first window
  std::vector<traffic::Nanoseconds> start;  ///< [window]

  [[nodiscard]] std::size_t byte_size() const {
    return sizeof *this + features.capacity() * sizeof(float) + silence.capacity() * sizeof(float) +
           start.capacity() * sizeof(traffic::Nanoseconds);
  }
  [[nodiscard]] std::size_t item_count() const { return start.size(); }
};

/// All windows of a run, sorted by capture, device, time.
struct WindowSet : RowSet {
  static constexpr std::string_view type_name = "window_set";
  static constexpr int type_version = 1;
  using Element = WindowBatch;

  WindowSet() : RowSet("windows") {}

  std::uint32_t slots = 0;
  double omega = 0;
  std::vector<float> features;  ///< [window, slot, column]
  std::vector<float> silence;   ///< [window], seconds

  [[nodiscard]] const float* window(std::size_t i) const { return features.data() + i * slots * columns; }
  [[nodiscard]] std::vector<std::string> devices_without_windows() const;

  /// Throws std::runtime_error when slots or omega differ from what is already here.
  void add(const WindowBatch& batch);
  void merge(WindowSet&& other);
  /// Fixes the order of `devices` and renumbers; call once, last.
  void finish();

  [[nodiscard]] std::size_t byte_size() const;
  [[nodiscard]] std::size_t item_count() const { return size(); }
};

}  // namespace ipet::windows
