#include "stages/defended_capture/dummies.hpp"

#include <algorithm>
#include <span>

namespace ipet::defended_capture {

namespace {

/// As it lies in the scratch file.
struct Row {
  std::int64_t time;
  std::uint32_t size;
  std::uint32_t direction;
};
static_assert(sizeof(Row) == 16);

constexpr std::uint32_t rows_at_once = 1024;

}  // namespace

void DummyStore::add(const traffic::DevicePackets& packets, const std::string& lane, std::uint64_t sequence) {
  std::vector<Row> rows;
  for (const traffic::DevicePacket& packet : packets.packets)
    if (packet.dummy)
      rows.push_back({packet.time, packet.size, static_cast<std::uint32_t>(packet.direction)});
  if (rows.empty()) return;
  store_.add({storage::Stream::mixed, packets.capture, *packets.capture_name, *packets.device},
             {lane, sequence}, rows.size(), {storage::bytes_of(rows)});
}

std::vector<DummyStore::OfCapture> DummyStore::captures() {
  std::vector<OfCapture> captures;
  for (storage::StoredTable& table : store_.tables()) {
    const storage::TableKey& key = table.key;
    if (captures.empty() || captures.back().capture != key.capture ||
        captures.back().name != key.capture_name)
      captures.push_back({key.capture, key.capture_name, {}});
    captures.back().tables.push_back(std::move(table));
  }
  return captures;
}

DummyMerge::DummyMerge(storage::RowStore& store, std::vector<storage::StoredTable> tables) : store_(store) {
  for (storage::StoredTable& table : tables) {
    cursors_.push_back({std::move(table), 0, 0, {}});
    if (fill(cursors_.back())) order_.push_back(cursors_.size() - 1);
  }
  std::ranges::make_heap(order_, [this](std::size_t a, std::size_t b) { return later(a, b); });
}

bool DummyMerge::later(std::size_t a, std::size_t b) const {
  const traffic::Nanoseconds time_a = cursors_[a].rows.back().time, time_b = cursors_[b].rows.back().time;
  return time_a != time_b ? time_a > time_b : a > b;
}

bool DummyMerge::fill(Cursor& cursor) {
  if (!cursor.rows.empty()) return true;
  if (cursor.segment == cursor.table.segments.size()) return false;
  const storage::Segment& segment = cursor.table.segments[cursor.segment];
  std::vector<Row> rows(std::min(rows_at_once, segment.rows - cursor.row));
  store_.read(segment.offset + cursor.row * sizeof(Row), rows.data(), rows.size() * sizeof(Row));
  cursor.row += static_cast<std::uint32_t>(rows.size());
  if (cursor.row == segment.rows) {
    ++cursor.segment;
    cursor.row = 0;
  }
  for (auto row = rows.rbegin(); row != rows.rend(); ++row)
    cursor.rows.push_back({row->time, row->size, static_cast<traffic::Direction>(row->direction)});
  return true;
}

void DummyMerge::pop() {
  const auto order = [this](std::size_t a, std::size_t b) { return later(a, b); };
  std::ranges::pop_heap(order_, order);
  Cursor& cursor = cursors_[order_.back()];
  cursor.rows.pop_back();
  if (fill(cursor))
    std::ranges::push_heap(order_, order);
  else
    order_.pop_back();
}

}  // namespace ipet::defended_capture
