// Rows of streams, kept on disk until the order of their lanes is known.
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "stages/files/error.hpp"

namespace ipet::storage {

/// Where a message stands in the order of the run: lanes by name, then by sequence. How lanes interleave
/// differs with the number of threads.
struct Position {
  std::string lane;
  std::uint64_t sequence = 0;
};

enum class Stream : std::uint8_t {
  windows,
  defended_windows,
  packets,
  mixed,
  aggregates,
  defended_aggregates
};

/// Rows that belong together: one device in one capture.
struct TableKey {
  Stream stream = Stream::windows;
  std::uint32_t capture = 0;
  std::string capture_name, device;
  auto operator<=>(const TableKey&) const = default;
};

struct Segment {
  std::uint64_t sequence = 0, offset = 0;
  std::uint32_t rows = 0, bytes = 0, table = 0, lane = 0;
};

struct StoredTable {
  TableKey key;
  std::uint64_t rows = 0;
  std::span<const Segment> segments;  ///< in the order of their lanes and sequence numbers
};

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

/// A scratch file for rows that wait for their place in the result.
/// Appends and reads back bytes. The file has no name from the moment it exists: nothing of it stays behind,
/// however the program ends. Errors name `shown`.
class Spill {
 public:
  Spill(const std::filesystem::path& folder, std::string shown);
  Spill& operator=(Spill&&) = delete;
  ~Spill();

  /// Returns the offset of what was appended.
  std::uint64_t append(const void* data, std::size_t size);
  void read(std::uint64_t offset, void* data, std::size_t size);
  [[nodiscard]] std::uint64_t size() const { return written_ + buffer_.size(); }

 private:
  void flush();
  void write(const char* data, std::size_t size);
  [[noreturn]] void fail(int error) const;

  std::string shown_;
  int descriptor_ = -1;
  std::uint64_t written_ = 0;
  std::vector<char> buffer_;  ///< not yet in the file
};

class RowStore {
 public:
  /// Errors name `shown`.
  RowStore(const std::filesystem::path& folder, std::string shown);

  /// Keeps the rows of one message; `parts` are written one after another. In memory stay 32 bytes.
  void add(const TableKey& key, const Position& position, std::size_t rows,
           std::initializer_list<std::span<const std::byte>> parts);
  /// All tables, sorted by key. Valid until the next add. Throws StorageError when a message came twice or
  /// when one table was given in two lanes, that is by two inputs.
  std::vector<StoredTable> tables();
  void read(std::uint64_t offset, void* data, std::size_t size) { spill_.read(offset, data, size); }

 private:
  void check(const StoredTable& table, const std::vector<const std::string*>& lanes) const;

  std::string shown_;
  Spill spill_;
  std::map<TableKey, std::uint32_t> table_numbers_;
  std::map<std::string, std::uint32_t> lane_numbers_;
  std::vector<Segment> segments_;
};

/// "windows of 'plug' in capture 'monday.pcap'"
std::string text_of(const TableKey& key);

}  // namespace ipet::storage
