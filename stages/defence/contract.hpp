// What schedules, shapers and groups promise (cover_schedule.hpp, shaper.hpp, group.hpp), checked for each
// packet of a line or of a group's lines: a defence that breaks it would get a score that means nothing, or
// never end.
#pragma once

#include <cstdint>
#include <string>

#include "stages/defence/delays.hpp"
#include "stages/defence/group.hpp"
#include "stages/defence/shaper.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defence {

/// Of one line, or of the lines of a group together. What is wrong is thrown as std::runtime_error that names
/// defence and device and says what is promised.
class Contract {
 public:
  /// `defence`: its plugin; "" where nobody knows.
  Contract(const std::string& defence, const std::string& device);
  /// Of so many lines of a group, the first one of which is that of `device`.
  Contract(const std::string& defence, const std::string& device, std::size_t lines);

  /// The defence made nothing: `what` says which function gave null.
  [[noreturn]] void made_nothing(const std::string& what) const;
  /// A user packet goes out or comes at this time.
  void user(traffic::Nanoseconds time);
  /// What next(until) gave.
  void check(const traffic::DevicePacket& dummy, traffic::Nanoseconds until);
  void check(const Cell& cell, traffic::Nanoseconds until);
  /// A packet of a group, but for what it carries.
  void check(const LinePacket& packet, traffic::Nanoseconds until);
  /// What it carries. `waiting`: user packets of its line and direction that have not left.
  void check(const LinePacket& packet, const DelayQueue& waiting) const;

  /// More packets within a second of a line than any line carries: the defence does not end.
  static constexpr std::uint64_t most_per_second = 1'000'000;

 private:
  void check_time(const char* what, traffic::Nanoseconds time, traffic::Nanoseconds until);
  [[noreturn]] void broken(const std::string& what) const;

  std::string whose_;
  std::size_t lines_ = 1;
  bool begun_ = false;
  traffic::Nanoseconds last_ = 0;    ///< of what went out
  traffic::Nanoseconds second_ = 0;  ///< begin of the second that is counted
  std::uint64_t in_second_ = 0;
};

}  // namespace ipet::defence
