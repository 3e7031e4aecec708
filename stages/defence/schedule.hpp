// When a device's cover traffic is sent. A driver (the mixer, or a gateway with a clock) tells a schedule of
// user packets as they go out, and takes the dummies that are due; a schedule never touches user packets.
#pragma once

#include <memory>

#include "stages/defence/vectors.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defence {

class Schedule {
 public:
  Schedule() = default;
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;
  virtual ~Schedule() = default;

  /// A user packet goes out at `time`. Times never go back, and everything that is due before must have been
  /// taken with next().
  virtual void user_packet(traffic::Nanoseconds time) = 0;
  /// The next dummy that is due before `until`, in time order; false when there is none. Only after the first
  /// user packet.
  virtual bool next(traffic::Nanoseconds until, traffic::DevicePacket& dummy) = 0;
  /// How long cover goes on after the last user packet of a capture.
  [[nodiscard]] virtual traffic::Nanoseconds tail() const { return 0; }
};

enum class ScheduleKind { continuous, ticks };

struct ScheduleOptions {
  ScheduleKind kind = ScheduleKind::continuous;
  /// What the code releases do where this project does better: see continuous.hpp and ticks.hpp.
  bool published_defects = false;
  double day_offset_hours = 0;  ///< a day of the random streams begins this long after midnight UTC
  traffic::Protocol dummy_protocol = traffic::Protocol::udp;
  /// "continuous": in a longer gap between two packets of the device cover stops after this time: a wrong
  /// clock (1970, then today) must not become years of dummies.
  traffic::Nanoseconds longest_gap = 30 * traffic::day;
  /// "ticks": how long after a packet the device counts as active.
  traffic::Nanoseconds active = 5 * traffic::second;
};

/// Throws std::invalid_argument when a slot is too short for the schedule.
std::unique_ptr<Schedule> make_schedule(const ScheduleOptions& options, VectorSequence vectors);

}  // namespace ipet::defence
