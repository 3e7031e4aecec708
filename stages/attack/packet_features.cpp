#include "stages/attack/packet_features.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace ipet::attack {
namespace {

using traffic::DevicePacket;
using traffic::Nanoseconds;

constexpr Nanoseconds millisecond = 1'000'000;
constexpr std::array<std::int32_t, 4> grids{5 * millisecond, 10 * millisecond, 50 * millisecond,
                                            100 * millisecond};
constexpr std::int32_t tolerance = 2'000;
constexpr std::size_t around = 8;  // instants, and packets, on either side
constexpr std::size_t together = 4096;
constexpr Nanoseconds silence = traffic::second;
constexpr float never = 1e18F;  // a gap where there is no such packet

const std::vector<std::string> column_names{
    "size",          "direction",    "protocol",     "mod_5ms",    "mod_10ms",   "mod_50ms",
    "mod_100ms",     "gap_before",   "gap_after",    "gap_same",   "gap_other",  "gap_next_other",
    "period",        "period_mod",   "before_mod",   "after_mod",  "instant",    "instant_place",
    "instant_same",  "grid_5ms",     "grid_10ms",    "grid_50ms",  "grid_100ms", "size_before_1",
    "size_before_2", "size_after_1", "size_after_2", "same_around"};

bool alike(const DevicePacket& a, const DevicePacket& b) {
  return a.size == b.size && a.direction == b.direction;
}

float signed_size(const DevicePacket& packet) {
  const auto size = static_cast<float>(packet.size);
  return packet.direction == traffic::Direction::in ? -size - 1 : size;
}

float in_grid(Nanoseconds gap) {
  return static_cast<float>(gap % grids[2]);
}

}  // namespace

const std::size_t PacketFeatures::columns = column_names.size();

std::vector<std::string> PacketFeatures::names() {
  return column_names;
}

void PacketFeatures::add(std::span<const DevicePacket> packets, const Sink& sink) {
  packets_.insert(packets_.end(), packets.begin(), packets.end());
  waiting_ += packets.size();
  if (waiting_ >= together) decide(false, sink);
}

void PacketFeatures::find_instants() {
  instants_.clear();
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    if (!instants_.empty() && instants_.back().time == packets_[i].time) {
      instants_.back().end = i + 1;
      continue;
    }
    Instant instant{packets_[i].time, i, i + 1, {}};
    for (std::size_t g = 0; g < grids.size(); ++g)
      instant.phase[g] = static_cast<std::int32_t>(instant.time % grids[g]);
    instants_.push_back(instant);
  }
}

/// Decides all instants but those whose later neighbours are not known yet; the last one may go on as well.
void PacketFeatures::decide(bool all, const Sink& sink) {
  waiting_ = 0;
  find_instants();
  std::size_t first = 0;
  while (first < instants_.size() && instants_[first].begin < decided_) ++first;
  const std::size_t open = all ? 0 : around + 1;
  const std::size_t last = instants_.size() > open ? instants_.size() - open : 0;
  if (first >= last) return;
  rows_.clear();
  for (std::size_t i = first; i < last; ++i) put_rows(i);
  const std::size_t begin = decided_;
  decided_ = instants_[last - 1].end;
  sink(std::span(packets_).subspan(begin, decided_ - begin), rows_);
  forget(last);
}

/// Keeps the neighbours of what is decided next: instants, and as many packets.
void PacketFeatures::forget(std::size_t instant) {
  if (instant <= around) return;
  const std::size_t gone = std::min(instants_[instant - around].begin, decided_ - std::min(decided_, around));
  packets_.erase(packets_.begin(), packets_.begin() + static_cast<std::ptrdiff_t>(gone));
  decided_ -= gone;
}

void PacketFeatures::put_rows(std::size_t i) {
  const Instant& here = instants_[i];
  std::array<int, grids.size()> matches{};
  const std::size_t first = i < around ? 0 : i - around, end = std::min(instants_.size(), i + around + 1);
  for (std::size_t g = 0; g < grids.size(); ++g)
    for (std::size_t j = first; j < end; ++j) {
      const std::int32_t apart = std::abs(instants_[j].phase[g] - here.phase[g]);
      matches[g] += apart <= tolerance || apart >= grids[g] - tolerance ? 1 : 0;
    }
  float grid[grids.size()];
  for (std::size_t g = 0; g < grids.size(); ++g) grid[g] = static_cast<float>(matches[g] - 1);  // not itself
  for (std::size_t p = here.begin; p < here.end; ++p) put_row(i, p, grid);
}

void PacketFeatures::put_row(std::size_t i, std::size_t p, const float* grid) {
  const Instant& here = instants_[i];
  const DevicePacket& packet = packets_[p];
  const std::size_t direction = packet.direction == traffic::Direction::in ? 1 : 0, other = 1 - direction;
  if (!begun_ || packet.time - last_ >= silence) period_begin_ = packet.time;
  const auto gap = [](bool there, Nanoseconds length) { return there ? static_cast<float>(length) : never; };
  const bool follows = p + 1 < packets_.size();
  // The next one of the other direction, if it is near.
  float next_other = never;
  for (std::size_t q = p + 1; q < std::min(packets_.size(), p + 1 + around); ++q)
    if (packets_[q].direction != packet.direction) {
      next_other = static_cast<float>(packets_[q].time - packet.time);
      break;
    }
  int alike_here = 0, alike_around = 0;
  // Of an instant with very many packets, those that are near.
  const std::size_t from = p < around ? 0 : p - around, to = std::min(packets_.size(), p + around + 1);
  for (std::size_t q = from; q < to; ++q) {
    if (!alike(packets_[q], packet)) continue;
    ++alike_around;
    alike_here += packets_[q].time == packet.time ? 1 : 0;
  }
  const auto size_at = [this](bool there, std::size_t q) { return there ? signed_size(packets_[q]) : -1e9F; };
  const auto put = [this](auto... values) { rows_.insert(rows_.end(), {static_cast<float>(values)...}); };
  const auto& phase = here.phase;
  put(packet.size, direction, packet.protocol == traffic::Protocol::udp, phase[0], phase[1], phase[2],
      phase[3]);
  put(gap(begun_, packet.time - last_), gap(follows, follows ? packets_[p + 1].time - packet.time : 0),
      gap(seen_[direction], packet.time - last_of_[direction]),
      gap(seen_[other], packet.time - last_of_[other]), next_other);
  put(packet.time - period_begin_, in_grid(packet.time - period_begin_),
      i > 0 ? in_grid(here.time - instants_[i - 1].time) : never,
      i + 1 < instants_.size() ? in_grid(instants_[i + 1].time - here.time) : never);
  put(here.end - here.begin, p - here.begin, alike_here, grid[0], grid[1], grid[2], grid[3]);
  put(size_at(p >= 1, p - 1), size_at(p >= 2, p - 2), size_at(follows, p + 1),
      size_at(p + 2 < packets_.size(), p + 2), alike_around);
  begun_ = true;
  last_ = last_of_[direction] = packet.time;
  seen_[direction] = true;
}

}  // namespace ipet::attack
