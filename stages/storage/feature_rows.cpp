// /windows and /aggregates, and those of defended traffic: streams of features.
#include <algorithm>
#include <deque>
#include <functional>
#include <tuple>

#include "stages/storage/packed_windows.hpp"
#include "stages/storage/sections.hpp"

namespace ipet::storage {

namespace {

/// Datasets with an entry per window or aggregate: those that the scratch file holds, in its order, and the
/// labels.
class RowArrays {
 public:
  RowArrays(Group& group, std::uint64_t rows)
      : group_(group),
        rows_(rows),
        device_(group.array<std::uint16_t>("device", {rows, {}})),
        capture_(group.array<std::uint32_t>("capture", {rows, {}})) {
    device_.attribute("units", "row of /devices");
    capture_.attribute("units", "row of captures in this group");
  }

  /// A dataset whose rows have this shape. To be called in the order of the scratch file.
  template <Number T>
  ArrayWriter& add(const std::string& name, const std::vector<std::uint64_t>& row = {}) {
    std::size_t bytes = sizeof(T);
    for (const std::uint64_t size : row) bytes *= size;
    parts_.push_back({group_.array<T>(name, {rows_, row}), bytes});
    return parts_.back().array;
  }

  /// Appends one message's rows: of the datasets in their order, one after the other, then the labels.
  void append(const char* parts, std::uint32_t rows, std::uint32_t capture, std::uint16_t device) {
    std::size_t offset = 0;
    for (Part& part : parts_) {
      part.array.append(parts + offset, rows);
      offset += rows * part.row_bytes;
    }
    captures_.assign(rows, capture);
    devices_.assign(rows, device);
    capture_.append(captures_.data(), rows);
    device_.append(devices_.data(), rows);
  }

  /// Their first dimension gets the name `dimension`, and an index.
  void finish(const std::string& dimension) {
    for (Part& part : parts_) part.array.finish();
    device_.finish();
    capture_.finish();
    group_.index(dimension, rows_);
    for (const char* name : {"device", "capture", "start"}) group_.dimensions(name, {dimension});
  }

 private:
  struct Part {
    ArrayWriter array;
    std::size_t row_bytes;
  };
  Group& group_;
  std::uint64_t rows_;
  ArrayWriter device_, capture_;
  std::deque<Part> parts_;
  std::vector<std::uint32_t> captures_;
  std::vector<std::uint16_t> devices_;
};

std::uint64_t row_count(Tables tables) {
  std::uint64_t total = 0;
  for (const StoredTable& table : tables) total += table.rows;
  return total;
}

/// What stands in the scratch file for one message.
using Copy = std::function<void(const Segment& segment, const std::vector<char>& bytes, std::uint32_t capture,
                                std::uint16_t device)>;

/// Gives all messages, sorted by capture, device and time.
void each_message(const Directory& directory, RowStore& rows, Tables tables, const Copy& copy) {
  std::vector<const StoredTable*> order;
  for (const StoredTable& table : tables) order.push_back(&table);
  const auto place = [&](const StoredTable* table) {
    const TableKey& key = table->key;
    return std::tuple(directory.capture(key.capture, key.capture_name), directory.device(key.device));
  };
  std::ranges::sort(order, {}, place);
  std::vector<char> bytes;
  for (const StoredTable* table : order) {
    const auto [capture, device] = place(table);
    for (const Segment& segment : table->segments) {
      bytes.resize(segment.bytes);
      rows.read(segment.offset, bytes.data(), bytes.size());
      copy(segment, bytes, capture, device);
    }
  }
}

}  // namespace

void write_windows(Group& root, const std::string& name, const Directory& directory, RowStore& rows,
                   Tables tables, std::uint32_t slots, double omega) {
  Group group = root.group(name);
  group.attribute("slots", slots);
  group.attribute("omega", omega);
  group.attribute("units", "omega: s");
  group.names("captures", directory.captures());
  RowArrays arrays(group, row_count(tables));
  SparseArrayWriter features = group.sparse_array("features", {row_count(tables), {slots, windows::columns}});
  describe_columns(features, {std::begin(windows::column_names), std::end(windows::column_names)},
                   {"packets", "bytes", "packets", "bytes"});
  features.attribute("dimensions", std::vector<std::string>{"window", "slot", "column"});
  features.attribute("coordinates", "start device capture");  // CF: more that each window is known by
  arrays.add<double>("silence").attribute("units", "s");
  arrays.add<std::int64_t>("start").attribute("units", epoch_ns);
  each_message(directory, rows, tables,
               [&](const Segment& segment, const std::vector<char>& bytes, std::uint32_t capture,
                   std::uint16_t device) {
                 PackedWindows packed(bytes, segment.rows);
                 arrays.append(packed.silence_and_start(), segment.rows, capture, device);
                 for (std::uint32_t row = 0; row < segment.rows; ++row) features.append(packed.next_row());
               });
  features.finish();
  arrays.finish("window");
  group.dimensions("silence", {"window"});
  group.index("slot", slots);
  group.names("column", {std::begin(windows::column_names), std::end(windows::column_names)});
  group.dimensions("features", {"window", "slot", "column"});
}

void write_aggregates(Group& root, const std::string& name, const Directory& directory, RowStore& rows,
                      Tables tables, double bin) {
  Group group = root.group(name);
  group.attribute("bin", bin);
  group.attribute("units", "bin: s");
  group.names("captures", directory.captures());
  RowArrays arrays(group, row_count(tables));
  ArrayWriter& features = arrays.add<float>("features", {windows::aggregate_columns});
  std::vector<std::string> units;
  while (units.size() < windows::aggregate_columns)
    units.insert(units.end(), {"packets", "bytes", "bytes", "bytes", "s"});
  describe_columns(features, {std::begin(windows::aggregate_names), std::end(windows::aggregate_names)},
                   units);
  features.attribute("dimensions", std::vector<std::string>{"row", "column"});
  features.attribute("coordinates", "start device capture");
  arrays.add<std::int64_t>("start").attribute("units", epoch_ns);
  each_message(directory, rows, tables,
               [&](const Segment& segment, const std::vector<char>& bytes, std::uint32_t capture,
                   std::uint16_t device) { arrays.append(bytes.data(), segment.rows, capture, device); });
  arrays.finish("row");
  group.names("column", {std::begin(windows::aggregate_names), std::end(windows::aggregate_names)});
  group.dimensions("features", {"row", "column"});
}

}  // namespace ipet::storage
