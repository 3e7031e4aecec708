// Events that several devices share: one person, one moment. Imitations that are drawn for each line alone do
// not have them, so lines on which real devices follow each other betray that these are there.
#pragma once

#include <limits>
#include <span>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::attack {

/// Times at which a line speaks after `silence` or more, of packets in time order.
std::vector<traffic::Nanoseconds> events_of(std::span<const traffic::DevicePacket> packets,
                                            traffic::Nanoseconds silence);

struct Coincidence {
  double observed = 0;   ///< share of a line's events that follow another line's within the window
  double expected = 0;   ///< the same by chance
  double deviation = 0;  ///< of chance
  /// In deviations of chance. Where chance has none, as between lines that seldom speak, infinite if more is
  /// observed than expected, else 0.
  [[nodiscard]] double score() const {
    if (deviation > 0) return (observed - expected) / deviation;
    return observed > expected ? std::numeric_limits<double>::infinity() : 0;
  }
};

/// How often `followers` come within `window` after one of `leaders` (or with it), both ascending and in
/// [begin, end). Chance is what remains when the leaders are shifted in a circle, by `shifts` equal parts of
/// the time: that keeps their rhythm.
Coincidence coincidence(std::span<const traffic::Nanoseconds> followers,
                        std::span<const traffic::Nanoseconds> leaders, traffic::Nanoseconds begin,
                        traffic::Nanoseconds end, traffic::Nanoseconds window, std::size_t shifts = 97);

/// The same of events in slots: which ones `followers` begin in, and in which ones leaders do. An event
/// follows another one that is in its slot, up to `before` slots earlier or up to `after` later.
Coincidence coincidence(std::span<const std::size_t> followers, const std::vector<bool>& leaders,
                        std::size_t before, std::size_t after, std::size_t shifts = 97);

}  // namespace ipet::attack
