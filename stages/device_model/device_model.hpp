// What a device does, as far as past days of a home tell: bursts, and which of them timers send.
//
// A burst is a run of packets without a silence of 2 s (activity::EventRule::gap); packets without payload
// belong to it, but for the rule of events. A timer is a period of activity::Timers, fitted to the begins of
// all bursts; its beats are the bursts that come a period after another one, and the one with which such a
// chain begins, whole. After a beat the next one follows a period later with probability `lasts`, or after
// one of the recorded `breaks`. The time of a beat is that of a random walk (deviation `walk` per beat) seen
// with `jitter`: with x the differences of intervals from the period, jitter^2 = -cov(x[i], x[i+1]) and
// walk^2 = var(x) - 2 jitter^2, neither below 0.
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

struct Timer {
  double period = 0;             ///< seconds
  double walk = 0, jitter = 0;   ///< seconds: standard deviations
  double lasts = 1;              ///< probability
  std::vector<double> breaks{};  ///< seconds from the last beat of a chain to the next chain's first

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
