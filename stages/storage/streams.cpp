// /windows, /defended_windows, /packets and /mixed: what comes as streams.
#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <tuple>

#include "stages/storage/sections.hpp"

namespace ipet::storage {

namespace {

constexpr const char* epoch_ns = "ns since 1970-01-01T00:00:00Z";

struct WindowArrays {
  ArrayWriter features, silence, device, capture, start;

  WindowArrays(Group& group, std::uint64_t rows, std::uint32_t slots)
      : features(group.array<float>("features", {rows, {slots, windows::columns}})),
        silence(group.array<float>("silence", {rows, {}})),
        device(group.array<std::uint16_t>("device", {rows, {}})),
        capture(group.array<std::uint32_t>("capture", {rows, {}})),
        start(group.array<std::int64_t>("start", {rows, {}})) {}

  void describe() {
    describe_columns(features, {std::begin(windows::column_names), std::end(windows::column_names)},
                     {"packets", "bytes", "packets", "bytes"});
    features.attribute("dimensions", std::vector<std::string>{"window", "slot", "column"});
    silence.attribute("units", "s");
    device.attribute("units", "row of /devices");
    capture.attribute("units", "row of captures in this group");
    start.attribute("units", epoch_ns);
  }
  void finish() {
    for (ArrayWriter* array : {&features, &silence, &device, &capture, &start}) array->finish();
  }
};

/// Copies one message's rows from the scratch file.
void copy_windows(WindowArrays& arrays, RowStore& rows, const Segment& segment, std::size_t window_bytes,
                  std::vector<char>& buffer) {
  const std::size_t count = segment.rows;
  buffer.resize(count * (window_bytes + sizeof(float) + sizeof(std::int64_t)));
  rows.read(segment.offset, buffer.data(), buffer.size());
  arrays.features.append(buffer.data(), count);
  arrays.silence.append(buffer.data() + count * window_bytes, count);
  arrays.start.append(buffer.data() + count * (window_bytes + sizeof(float)), count);
}

void write_packet_table(Group& group, RowStore& rows, const StoredTable& table, std::vector<char>& buffer) {
  ArrayWriter array = group.named_array(table.key.device, packet_type(), {table.rows, {}});
  describe_columns(array, {"time_ns", "size", "direction", "protocol", "dummy"},
                   {epoch_ns, "bytes of payload", "", "", ""});
  for (const Segment& segment : table.segments) {
    buffer.resize(segment.rows * sizeof(PacketRow));
    rows.read(segment.offset, buffer.data(), buffer.size());
    array.append(buffer.data(), segment.rows);
  }
  array.finish();
}

}  // namespace

h5::Type packet_type() {
  h5::Type type(H5Tcreate(H5T_COMPOUND, sizeof(PacketRow)));
  H5Tinsert(type.get(), "time_ns", offsetof(PacketRow, time_ns), H5T_NATIVE_INT64);
  H5Tinsert(type.get(), "size", offsetof(PacketRow, size), H5T_NATIVE_UINT32);
  H5Tinsert(type.get(), "direction", offsetof(PacketRow, direction), direction_type().get());
  H5Tinsert(type.get(), "protocol", offsetof(PacketRow, protocol), protocol_type().get());
  H5Tinsert(type.get(), "dummy", offsetof(PacketRow, dummy), bool_type().get());
  return type;
}

void write_windows(Group& root, const std::string& name, const Directory& directory, RowStore& rows,
                   Tables tables, std::uint32_t slots, double omega) {
  std::vector<const StoredTable*> order;
  std::uint64_t total = 0;
  for (const StoredTable& table : tables) {
    order.push_back(&table);
    total += table.rows;
  }
  const auto place = [&](const StoredTable* table) {
    const TableKey& key = table->key;
    return std::tuple(directory.capture(key.capture, key.capture_name), directory.device(key.device));
  };
  std::ranges::sort(order, {}, place);

  Group group = root.group(name);
  group.attribute("slots", slots);
  group.attribute("omega", omega);
  group.attribute("units", "omega: s");
  group.texts("captures", directory.captures());
  WindowArrays arrays(group, total, slots);
  arrays.describe();
  std::vector<char> buffer;
  std::vector<std::uint32_t> captures;
  std::vector<std::uint16_t> devices;
  for (const StoredTable* table : order) {
    const auto [capture, device] = place(table);
    for (const Segment& segment : table->segments) {
      copy_windows(arrays, rows, segment, slots * windows::columns * sizeof(float), buffer);
      captures.assign(segment.rows, capture);
      devices.assign(segment.rows, device);
      arrays.capture.append(captures.data(), segment.rows);
      arrays.device.append(devices.data(), segment.rows);
    }
  }
  arrays.finish();
}

void write_packets(Group& root, const std::string& name, const Directory& directory, RowStore& rows,
                   Tables tables) {
  if (tables.empty()) return;
  Group group = root.group(name);
  std::map<std::string, std::uint32_t> numbers;
  std::optional<Group> capture;
  std::optional<std::uint32_t> current;
  std::vector<char> buffer;
  for (const StoredTable& table : tables) {  // sorted by capture
    const TableKey& key = table.key;
    if (const auto [at, fresh] = numbers.try_emplace(key.capture_name, key.capture);
        !fresh && at->second != key.capture)
      group.refuse("two captures are named '" + key.capture_name + "'");
    const std::uint32_t row = directory.capture(key.capture, key.capture_name);
    if (current != row) {
      capture.emplace(group.named_group(key.capture_name));
      capture->attribute("capture", row);
      current = row;
    }
    write_packet_table(*capture, rows, table, buffer);
  }
}

}  // namespace ipet::storage
