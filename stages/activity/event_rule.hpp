// What counts as an event of a device, for the game in which an eavesdropper guesses when somebody is at
// home: fixed here before any attacker is written, and the same for all defences.
//
// A burst is a run of packets with payload whose gaps are under 2 s, in the device's own recording. An event
// is a burst of at least 8 packets, or one that no timer of the device, fitted on all clean days, predicts
// within 0.5 s. An event minute is one in which a packet of an event lies.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stages/activity/timers.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::activity {

inline constexpr traffic::Nanoseconds minute = 60 * traffic::second;

struct EventRule {
  traffic::Nanoseconds gap = 2 * traffic::second;
  std::size_t large = 8;  ///< packets with payload
  TimerOptions timers;
};

/// A stretch of time in which a device was recorded without a gap, perhaps silent.
struct Recording {
  traffic::Nanoseconds begin = 0, end = 0;         ///< half open
  std::span<const traffic::DevicePacket> packets;  ///< in time order
};

struct Event {
  traffic::Nanoseconds begin = 0, end = 0;  ///< first and last packet
  std::size_t packets = 0;                  ///< with payload
  bool large = false, unpredicted = false;  ///< why it is one: at least one of them

  bool operator==(const Event&) const = default;
};

/// A device's events in all its recordings.
struct Activity {
  std::vector<traffic::Nanoseconds> periods;  ///< of the device's timers
  std::vector<std::vector<Event>> events;     ///< [recording], in time order
  std::size_t bursts = 0;                     ///< of which they are
};

/// `recordings` are all clean days of one device.
Activity activity_of(std::span<const Recording> recordings, const EventRule& rule = {});

/// Which whole minutes from the begin of a recording are event minutes; a rest of less than a minute at its
/// end is left out.
std::vector<bool> event_minutes(const Recording& recording, std::span<const Event> events);

/// The base rate: share of event minutes; NaN without minutes.
double base_rate(const std::vector<bool>& minutes);

/// "12 of 2880 minutes have an event (0.00417): 9 of 3412 bursts, 4 large, 7 that no timer predicts; timers:
/// 60 s, 300 s".
std::string base_rate_text(const Activity& activity, std::span<const Recording> recordings);

}  // namespace ipet::activity
