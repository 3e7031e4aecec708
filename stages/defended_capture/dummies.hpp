// The dummies of all captures, on disk until each capture's turn comes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "stages/files/row_store.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defended_capture {

struct Dummy {
  traffic::Nanoseconds time = 0;
  std::uint32_t size = 0;
  traffic::Direction direction = traffic::Direction::out;
};

/// The dummies of one capture in time order; at equal times by device, then as they came. Memory: 16 KiB a
/// device.
class DummyMerge {
 public:
  DummyMerge(storage::RowStore& store, std::vector<storage::StoredTable> tables);

  [[nodiscard]] bool empty() const { return order_.empty(); }
  [[nodiscard]] const Dummy& front() const { return cursors_[order_.front()].rows.back(); }
  [[nodiscard]] const std::string& device() const { return cursors_[order_.front()].table.key.device; }
  void pop();

 private:
  struct Cursor {
    storage::StoredTable table;
    std::size_t segment = 0;  ///< next to read
    std::uint32_t row = 0;    ///< of it
    std::vector<Dummy> rows;  ///< read, the next one last
  };
  /// False when the table is used up.
  bool fill(Cursor& cursor);
  [[nodiscard]] bool later(std::size_t a, std::size_t b) const;

  storage::RowStore& store_;
  std::vector<Cursor> cursors_;     ///< by device name
  std::vector<std::size_t> order_;  ///< heap of the cursors that have rows, earliest first
};

class DummyStore {
 public:
  /// Its scratch file lies in `folder` and has no name; errors name `shown`.
  DummyStore(const std::filesystem::path& folder, const std::string& shown) : store_(folder, shown) {}

  /// Keeps the dummies of a message. `lane` and `sequence`: its place in the order of the run.
  void add(const traffic::DevicePackets& packets, const std::string& lane, std::uint64_t sequence);
  /// What is there of each capture, sorted by capture. No add() after this. Throws storage::StorageError when
  /// two inputs gave the same device of the same capture.
  struct OfCapture {
    std::uint32_t capture;
    std::string name;
    std::vector<storage::StoredTable> tables;
  };
  std::vector<OfCapture> captures();
  DummyMerge merge(std::vector<storage::StoredTable> tables) { return {store_, std::move(tables)}; }

 private:
  storage::RowStore store_;
};

}  // namespace ipet::defended_capture
