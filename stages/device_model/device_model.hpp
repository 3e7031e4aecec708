// What a device does, as far as past days of a home tell: bursts, and which of them timers send.
//
// A burst is a run of packets without a silence of 2 s (activity::EventRule::gap); packets without payload
// belong to it, but for the rule of events.
//
// Bursts are of a kind when as many packets have payload, with the same directions and protocols and about
// the same sizes (a third, or 8 bytes), of long ones the first three. A kind is a timer where half of the
// times from one burst to the next are within a tenth (or 0.5 s) of their median, and there are ten; its
// bursts are the beats, whole; where one is missing, a burst of another kind that goes on when it was due is
// the beat. Periods of what is left are those of activity::Timers, as far as they last: a tenth of what comes
// is followed by the next beat by chance alone, so three tenths are asked for.
//
// A timer keeps time where its beats lie around a grid: differences of intervals from their period, or whole
// multiples of it, have a correlation of -1/2 with the next one then, and of 0 where each beat waits for the
// one before. -0.35 and less is a grid.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stages/pool/pool.hpp"

namespace ipet::device_model {

struct BurstPacket {
  traffic::Nanoseconds after = 0;  ///< since the packet before it; 0 of the first one
  std::uint32_t size = 0;          ///< transport payload, bytes
  traffic::Direction direction = traffic::Direction::out;
  traffic::Protocol protocol = traffic::Protocol::tcp;

  bool operator==(const BurstPacket&) const = default;
};

struct Burst {
  traffic::Nanoseconds time = 0;  ///< since the midnight with which the model's first day begins
  bool event = false;             ///< by activity::EventRule
  std::optional<std::size_t> timer = std::nullopt;  ///< that sent it
  std::vector<BurstPacket> packets = {};            ///< at least one

  [[nodiscard]] traffic::Nanoseconds end() const;  ///< its last packet
  [[nodiscard]] std::size_t filled() const;        ///< packets with payload
  bool operator==(const Burst&) const = default;
};

/// Whose beats are the bursts that have its number.
struct Timer {
  double period = 0;  ///< seconds: the median of intervals that last as long
  /// Beats lie around a grid; else intervals follow each other as those of the model's beats.
  bool keeps_time = false;
  double jitter = 0;  ///< on a grid: standard deviation in seconds
  double sent = 1;    ///< on a grid: share of the beats that are sent

  bool operator==(const Timer&) const = default;
};

struct DeviceModel {
  std::string device;
  std::vector<defence::RecordedSpan> recorded{};  ///< times as Burst::time, ascending
  std::vector<Timer> timers{};
  std::vector<Burst> bursts{};  ///< in time order
  /// Of bursts without a timer the device has so many times as many as stand there.
  double times = 1;

  /// On how many days anything was recorded at this time of day.
  [[nodiscard]] std::size_t days_recorded_at(traffic::Nanoseconds time) const;
  bool operator==(const DeviceModel&) const = default;
};

/// What the device did on those days of the pool (positions in Pool::days, ascending).
DeviceModel fit(const defence::Pool& pool, std::size_t device, std::span<const std::size_t> days);

/// The same of a length that can be shipped: of bursts with a timer the last `beats` each, of others those of
/// the last ones that have `packets` packets together, at least one.
DeviceModel abridged(DeviceModel model, std::size_t beats, std::size_t packets);

}  // namespace ipet::device_model
