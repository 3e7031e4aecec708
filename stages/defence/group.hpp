// Lines that a defence decides about together. A driver (the mixer, or a gateway with a clock) tells a group
// of every user packet of every member in order of time, and takes what is due on any of its lines. Defences
// that look at one line alone are groups of one: a CoverSchedule or a Shaper.
#pragma once

#include <cstddef>
#include <cstdint>

#include "stages/defence/cover_schedule.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defence {

/// A packet of one line of a group.
struct LinePacket {
  std::size_t line = 0;
  traffic::DevicePacket packet;
  /// Of what leaves: user data of this line in it, at most packet.size. A dummy has none.
  std::uint32_t user_bytes = 0;

  bool operator==(const LinePacket&) const = default;
};

class Group {
 public:
  Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  virtual ~Group() = default;

  /// The lines come up at `time`, before the first user packet. Without this call they do with that packet.
  virtual void begin(traffic::Nanoseconds time) { static_cast<void>(time); }
  /// A user packet of a member comes at its time: one that goes out from its device, one that comes in for
  /// it. Times never go back, and everything that is due before must have been taken with next().
  virtual void arrive(const LinePacket& packet) = 0;
  /// The next packet that leaves before `until`, in time order over all lines; false when there is none. The
  /// user data of a line leaves in the order in which it came, by direction.
  virtual bool next(traffic::Nanoseconds until, LinePacket& packet) = 0;
  /// As CoverSchedule::due, of any line.
  [[nodiscard]] virtual traffic::Nanoseconds due() const { return CoverSchedule::not_known; }
  /// No user packet comes any more and the lines go down at `end`: what leaves before the time that is given
  /// back belongs to what came before, and has to be taken.
  [[nodiscard]] virtual traffic::Nanoseconds ends_at(traffic::Nanoseconds end) const { return end; }
  /// Whether it sends for as long as all members are silent, so that a driver may have to stop it.
  [[nodiscard]] virtual bool endless() const { return true; }
  /// Nothing is to be sent until the next user packet, with which the lines begin anew.
  virtual void rest() {}
  /// Minutes of the clock in which what the group guarantees does not hold for a line, so far.
  [[nodiscard]] virtual std::uint64_t exposed_minutes(std::size_t line) const {
    static_cast<void>(line);
    return 0;
  }
};

}  // namespace ipet::defence
