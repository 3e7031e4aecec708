// When a device's cover traffic is sent. A driver (the mixer, or a gateway with a clock) tells a schedule of
// user packets as they go out, and takes the dummies that are due; a schedule never touches user packets.
#pragma once

#include <limits>
#include <memory>

#include "stages/traffic/packet.hpp"

namespace ipet::defence {

class CoverSchedule {
 public:
  CoverSchedule() = default;
  CoverSchedule(const CoverSchedule&) = delete;
  CoverSchedule& operator=(const CoverSchedule&) = delete;
  virtual ~CoverSchedule() = default;

  /// The line comes up at `time`, before its first user packet. Without this call it does with that packet.
  virtual void begin(traffic::Nanoseconds time) { static_cast<void>(time); }
  /// A user packet goes out at its time. Times never go back, and everything that is due before must have
  /// been taken with next().
  virtual void user_packet(const traffic::DevicePacket& packet) = 0;
  /// The next dummy that is due before `until`, in time order; false when there is none; none where
  /// neither begin() nor a user packet came before.
  virtual bool next(traffic::Nanoseconds until, traffic::DevicePacket& dummy) = 0;
  /// No dummy is due before that time, unless a user packet comes: when a driver with a clock has to ask
  /// again. Where that is not known, `not_known`, and it asks every millisecond.
  [[nodiscard]] virtual traffic::Nanoseconds due() const { return not_known; }
  static constexpr traffic::Nanoseconds not_known = std::numeric_limits<traffic::Nanoseconds>::min(),
                                        never = std::numeric_limits<traffic::Nanoseconds>::max();
  /// How long cover goes on after the last user packet of a capture.
  [[nodiscard]] virtual traffic::Nanoseconds tail() const { return 0; }
  /// Whether it sends for as long as the line is silent, so that a driver may have to stop it.
  [[nodiscard]] virtual bool endless() const { return true; }
  /// Nothing is to be sent until the next user packet, with which the line begins anew.
  virtual void rest() = 0;
  /// As a published defect, the last user packet of a capture gets lost.
  [[nodiscard]] virtual bool loses_last() const { return false; }
};

}  // namespace ipet::defence
