// Windows of equal time slots: the features that fingerprinting models see (stages/windows/README.md).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/traffic/packet.hpp"
#include "stages/windows/feature_store.hpp"
#include "stages/windows/row_set.hpp"

namespace ipet::windows {

/// Columns of a slot's features. The publications' text gives this order; their code has in before out.
enum Column : std::size_t { out_packets = 0, out_bytes = 1, in_packets = 2, in_bytes = 3 };
inline constexpr std::size_t columns = 4;
inline constexpr const char* column_names[columns] = {"out_packets", "out_bytes", "in_packets", "in_bytes"};

/// Consecutive windows of one device in one capture. Key: traffic::device_key(capture, device).
struct WindowBatch {
  static constexpr std::string_view type_name = "window_batch";
  static constexpr int type_version = 2;

  std::uint32_t capture = 0;
  std::shared_ptr<const std::string> capture_name;
  std::shared_ptr<const std::string> device;
  std::shared_ptr<const std::vector<std::string>> declared_devices;  ///< null when devices are discovered
  bool defended = false;        ///< cut from traffic that went through a mixer
  std::uint32_t slots = 0;      ///< per window
  double omega = 0;             ///< seconds per slot
  std::vector<float> features;  ///< [window, slot, column]
  /// [window], seconds since the device's previous packet; 0 for the first window. In double: of a day
  /// float32 loses up to 4 ms.
  std::vector<double> silence;
  std::vector<traffic::Nanoseconds> start;  ///< [window]
  /// Where the same features lie in a file, from row `stored_row` on: what keeps many windows need not keep
  /// their features too. Null: nowhere else.
  std::shared_ptr<const FeatureStore> store;
  std::uint64_t stored_row = 0;

  [[nodiscard]] std::size_t byte_size() const {
    return sizeof *this + features.capacity() * sizeof(float) + silence.capacity() * sizeof(double) +
           start.capacity() * sizeof(traffic::Nanoseconds);
  }
  [[nodiscard]] std::size_t item_count() const { return start.size(); }
};

/// All windows of a run, sorted by capture, device, time. Features of batches with a `store` stay there: of
/// such a window 26 bytes are in memory.
struct WindowSet : RowSet {
  static constexpr std::string_view type_name = "window_set";
  static constexpr int type_version = 1;
  using Element = WindowBatch;

  WindowSet() : RowSet("windows") {}

  std::uint32_t slots = 0;
  double omega = 0;
  std::vector<float> features;  ///< [window, slot, column]; only of those that are in memory
  std::vector<float> silence;   ///< [window], seconds, rounded to what models take

  /// The features of one window, [slot, column]; null when they are in a file.
  [[nodiscard]] const float* window(std::size_t i) const {
    if (places_.empty()) return features.data() + i * row_size();
    return places_[i].store() == 0 ? features.data() + places_[i].row() * row_size() : nullptr;
  }
  [[nodiscard]] bool in_memory() const { return stores_.empty(); }
  /// Copies the features of the windows at these positions to `out`, [window, slot, column], wherever they
  /// are. Fastest in ascending order. Throws as FeatureStore::read does.
  void read(std::span<const std::uint32_t> positions, float* out) const;
  [[nodiscard]] std::size_t row_size() const { return std::size_t{slots} * columns; }
  [[nodiscard]] std::vector<std::string> devices_without_windows() const;

  /// Throws std::runtime_error when slots or omega differ from what is already here.
  void add(const WindowBatch& batch);
  void merge(WindowSet&& other);
  /// Fixes the order of `devices` and renumbers; call once, last.
  void finish();

  [[nodiscard]] std::size_t byte_size() const;
  [[nodiscard]] std::size_t item_count() const { return size(); }

 private:
  /// Where the features of a window are, in eight bytes.
  class Place {
   public:
    /// `store`: 0 for memory, n for stores_[n - 1].
    Place(std::size_t store, std::uint64_t row) : word_(std::uint64_t{store} << 48 | row) {}
    [[nodiscard]] std::size_t store() const { return word_ >> 48; }
    [[nodiscard]] std::uint64_t row() const { return word_ & ((std::uint64_t{1} << 48) - 1); }

   private:
    std::uint64_t word_;
  };
  void add_places(const WindowBatch& batch);
  std::size_t store_number(const std::shared_ptr<const FeatureStore>& store);
  void spell_out_places();

  std::vector<std::shared_ptr<const FeatureStore>> stores_;
  std::vector<Place> places_;  ///< [window]; empty while all are in memory and in order
};

}  // namespace ipet::windows
