// Windows and packets of a run, kept on disk until their order is known: capture, device, time, whatever the
// order of their arrival.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stages/files/directory.hpp"
#include "stages/files/row_store.hpp"
#include "stages/windows/window.hpp"

namespace ipet::interchange {

using storage::Position;

/// Consecutive windows of one device in one capture.
struct WindowRows {
  const std::string& capture;
  const std::string& device;
  std::uint16_t device_number;                  ///< row of StreamStore::devices()
  std::span<const float> features;              ///< [window, slot, column], see windows::column_names
  std::span<const double> silence;              ///< [window], seconds
  std::span<const traffic::Nanoseconds> start;  ///< [window]
};

/// All packets of one device in one capture.
struct Trace {
  const std::string& capture;
  const std::string& device;
  /// Time of the first packet that is stored of this capture, of whichever device, captured or defended.
  traffic::Nanoseconds capture_start = 0;
  std::uint64_t packets = 0;
  /// Gives them in time order, some at a time.
  std::function<void(const std::function<void(std::span<const traffic::DevicePacket>)>&)> each;
};

class StreamStore {
 public:
  /// Creates a nameless scratch file in the folder. Errors are StorageError and begin with `shown`.
  StreamStore(const std::filesystem::path& folder, std::string shown);

  /// 32 bytes of each message stay in memory. Throws StorageError when the windows' shape differs from that
  /// of earlier ones (undefended and defended windows may differ).
  void add(const windows::WindowBatch& batch, const Position& position);
  void add(const traffic::DevicePackets& batch, const Position& position);

  /// Fixes the order; nothing is added afterwards.
  void finish();
  /// Declared devices in their order, then others by name.
  [[nodiscard]] const std::vector<std::string>& devices() const { return directory_.devices(); }
  /// 0 when there are no windows of that kind.
  [[nodiscard]] std::uint32_t slots(bool defended) const {
    return shape(defended) ? shape(defended)->slots : 0;
  }
  [[nodiscard]] double omega(bool defended) const { return shape(defended) ? shape(defended)->omega : 0; }
  void each_windows(bool defended, const std::function<void(const WindowRows&)>& take);
  void each_trace(bool defended, const std::function<void(const Trace&)>& take);

 private:
  struct Shape {
    std::uint32_t slots;
    double omega;
  };
  [[nodiscard]] const std::optional<Shape>& shape(bool defended) const { return shape_[defended ? 1 : 0]; }
  /// Tables of a stream by capture, then device number.
  [[nodiscard]] std::vector<const storage::StoredTable*> ordered(storage::Stream stream) const;
  traffic::Nanoseconds first_time(const storage::StoredTable& table);
  void check_shape(const windows::WindowBatch& batch);

  std::string shown_;
  storage::RowStore rows_;
  storage::Directory directory_;
  std::vector<storage::StoredTable> tables_;
  std::optional<Shape> shape_[2];  ///< undefended, defended
};

}  // namespace ipet::interchange
