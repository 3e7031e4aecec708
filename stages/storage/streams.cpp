// /packets and /mixed.
#include <map>
#include <optional>
#include <tuple>

#include "stages/storage/sections.hpp"

namespace ipet::storage {

namespace {

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
