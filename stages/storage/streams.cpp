// /packets and /mixed.
#include <map>
#include <optional>

#include "pipeline/text/lists.hpp"
#include "stages/storage/sections.hpp"

namespace ipet::storage {

namespace {

/// The columns of a packet table, one dataset each.
class PacketArrays {
 public:
  PacketArrays(Group group, std::uint64_t rows)
      : group_(std::move(group)),
        time_(group_.array<std::int64_t>("time_ns", {rows, {}})),
        size_(group_.array<std::uint32_t>("size", {rows, {}})),
        direction_(group_.flags("direction", rows, {{0, "out"}, {1, "in"}})),
        protocol_(group_.flags("protocol", rows, {{6, "tcp"}, {17, "udp"}})),
        dummy_(group_.flags("dummy", rows, bool_flags)) {
    describe_columns(group_, {"time_ns", "size", "direction", "protocol", "dummy"},
                     {epoch_ns, "bytes of payload", "", "", ""});
    time_.attribute("units", epoch_ns);
    size_.attribute("units", "bytes of payload");
  }
  void append(const std::vector<PacketRow>& rows) {
    add(time_, rows, [](const PacketRow& row) { return row.time_ns; });
    add(size_, rows, [](const PacketRow& row) { return row.size; });
    add(direction_, rows, [](const PacketRow& row) { return row.direction; });
    add(protocol_, rows, [](const PacketRow& row) { return row.protocol; });
    add(dummy_, rows, [](const PacketRow& row) { return row.dummy; });
  }
  void finish() {
    for (ArrayWriter* array : {&time_, &size_, &direction_, &protocol_, &dummy_}) array->finish();
    group_.scale("time_ns");
    for (const char* name : {"size", "direction", "protocol", "dummy"}) group_.dimensions(name, {"time_ns"});
  }

 private:
  /// Rows are packed, so that a member of one cannot be pointed at.
  template <class Get>
  static void add(ArrayWriter& array, const std::vector<PacketRow>& rows, const Get& get) {
    std::vector<decltype(get(rows.front()))> values = text::mapped(rows, get);
    array.append(values.data(), values.size());
  }

  Group group_;
  ArrayWriter time_, size_, direction_, protocol_, dummy_;
};

void write_packet_table(Group& capture, RowStore& rows, const StoredTable& table,
                        std::vector<PacketRow>& buffer) {
  PacketArrays arrays(capture.named_group(table.key.device), table.rows);
  for (const Segment& segment : table.segments) {
    buffer.resize(segment.rows);
    rows.read(segment.offset, reinterpret_cast<char*>(buffer.data()), segment.rows * sizeof(PacketRow));
    arrays.append(buffer);
  }
  arrays.finish();
}

}  // namespace

void write_packets(Group& root, const std::string& name, const Directory& directory, RowStore& rows,
                   Tables tables) {
  if (tables.empty()) return;
  Group group = root.group(name);
  std::map<std::string, std::uint32_t> numbers;
  std::optional<Group> capture;
  std::optional<std::uint32_t> current;
  std::vector<PacketRow> buffer;
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
