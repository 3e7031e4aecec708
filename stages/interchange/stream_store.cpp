#include "stages/interchange/stream_store.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

namespace ipet::interchange {

namespace {

using storage::Segment;
using storage::StorageError;
using storage::StoredTable;
using storage::Stream;
using traffic::DevicePacket;
using traffic::Nanoseconds;

/// One packet in the scratch file.
struct PacketRow {
  Nanoseconds time;
  std::uint32_t size;
  std::uint8_t direction, protocol, dummy, unused;
};
static_assert(sizeof(PacketRow) == 16);

DevicePacket packet_of(const PacketRow& row) {
  return {row.time, row.size, static_cast<traffic::Direction>(row.direction),
          static_cast<traffic::Protocol>(row.protocol), row.dummy != 0};
}

}  // namespace

StreamStore::StreamStore(const std::filesystem::path& folder, std::string shown)
    : shown_(shown), rows_(folder, std::move(shown)) {}

void StreamStore::check_shape(const windows::WindowBatch& batch) {
  std::optional<Shape>& shape = shape_[batch.defended ? 1 : 0];
  if (!shape) shape = Shape{batch.slots, batch.omega};
  if (shape->slots != batch.slots || shape->omega != batch.omega)
    throw StorageError(shown_ + ": windows of " + std::to_string(shape->slots) + " slots and of " +
                       std::to_string(batch.slots) + " slots, or of other lengths, cannot share one table");
  const std::size_t count = batch.start.size();
  if (batch.silence.size() != count || batch.features.size() != count * batch.slots * windows::columns)
    throw StorageError(shown_ + ": windows of '" + *batch.device + "' whose parts differ in length");
}

void StreamStore::add(const windows::WindowBatch& batch, const Position& position) {
  check_shape(batch);
  directory_.add(batch.capture, *batch.capture_name, *batch.device, batch.declared_devices);
  rows_.add(
      {batch.defended ? Stream::defended_windows : Stream::windows, batch.capture, *batch.capture_name,
       *batch.device},
      position, batch.start.size(),
      {storage::bytes_of(batch.features), storage::bytes_of(batch.silence), storage::bytes_of(batch.start)});
}

void StreamStore::add(const traffic::DevicePackets& batch, const Position& position) {
  directory_.add(batch.capture, *batch.capture_name, *batch.device, batch.declared_devices);
  std::vector<PacketRow> rows;
  rows.reserve(batch.packets.size());
  for (const DevicePacket& packet : batch.packets)
    rows.push_back({packet.time, packet.size, static_cast<std::uint8_t>(packet.direction),
                    static_cast<std::uint8_t>(packet.protocol), static_cast<std::uint8_t>(packet.dummy), 0});
  rows_.add(
      {batch.defended ? Stream::mixed : Stream::packets, batch.capture, *batch.capture_name, *batch.device},
      position, rows.size(), {storage::bytes_of(rows)});
}

void StreamStore::finish() {
  directory_.finish(shown_);
  tables_ = rows_.tables();
}

std::vector<const StoredTable*> StreamStore::ordered(Stream stream) const {
  std::vector<const StoredTable*> order;
  for (const StoredTable& table : tables_) {
    if (table.key.stream == stream) order.push_back(&table);
  }
  const auto place = [this](const StoredTable* table) {
    const storage::TableKey& key = table->key;
    return std::tuple(directory_.capture(key.capture, key.capture_name), directory_.device(key.device));
  };
  std::ranges::sort(order, {}, place);
  return order;
}

void StreamStore::each_windows(bool defended, const std::function<void(const WindowRows&)>& take) {
  std::vector<float> features;
  std::vector<double> silence;
  std::vector<Nanoseconds> start;
  const std::size_t width = slots(defended) * windows::columns;
  for (const StoredTable* table : ordered(defended ? Stream::defended_windows : Stream::windows)) {
    for (const Segment& segment : table->segments) {
      features.resize(segment.rows * width);
      silence.resize(segment.rows);
      start.resize(segment.rows);
      std::uint64_t offset = segment.offset;
      const auto read = [&](void* into, std::size_t bytes) {
        rows_.read(offset, into, bytes);
        offset += bytes;
      };
      read(features.data(), features.size() * sizeof(float));
      read(silence.data(), silence.size() * sizeof(double));
      read(start.data(), start.size() * sizeof(Nanoseconds));
      take({table->key.capture_name, table->key.device, directory_.device(table->key.device), features,
            silence, start});
    }
  }
}

Nanoseconds StreamStore::first_time(const StoredTable& table) {
  for (const Segment& segment : table.segments) {
    if (segment.rows == 0) continue;
    PacketRow row;
    rows_.read(segment.offset, &row, sizeof row);
    return row.time;
  }
  return std::numeric_limits<Nanoseconds>::max();
}

void StreamStore::each_trace(bool defended, const std::function<void(const Trace&)>& take) {
  std::map<std::pair<std::uint32_t, std::string>, Nanoseconds> starts;
  for (const StoredTable& table : tables_) {
    if (table.key.stream != Stream::packets && table.key.stream != Stream::mixed) continue;
    const Nanoseconds time = first_time(table);
    const auto [at, fresh] = starts.try_emplace({table.key.capture, table.key.capture_name}, time);
    if (!fresh) at->second = std::min(at->second, time);
  }
  for (const StoredTable* table : ordered(defended ? Stream::mixed : Stream::packets)) {
    const Nanoseconds start = starts.at({table->key.capture, table->key.capture_name});
    take({table->key.capture_name, table->key.device, table->rows == 0 ? 0 : start, table->rows,
          [&](const std::function<void(std::span<const DevicePacket>)>& each) {
            std::vector<PacketRow> rows;
            std::vector<DevicePacket> packets;
            for (const Segment& segment : table->segments) {
              rows.resize(segment.rows);
              rows_.read(segment.offset, rows.data(), rows.size() * sizeof(PacketRow));
              packets.clear();
              for (const PacketRow& row : rows) packets.push_back(packet_of(row));
              each(packets);
            }
          }});
  }
}

}  // namespace ipet::interchange
