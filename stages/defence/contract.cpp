#include "stages/defence/contract.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/traffic/value_text.hpp"

namespace ipet::defence {

using traffic::Nanoseconds;

Contract::Contract(const std::string& defence, const std::string& device)
    : whose_("defence" + (defence.empty() ? "" : " '" + defence + "'") + " on the line of '" + device + "'") {
}

Contract::Contract(const std::string& defence, const std::string& device, std::size_t lines)
    : Contract(defence, device) {
  lines_ = lines;
  if (lines > 1) whose_ += " and " + std::to_string(lines - 1) + " more";
}

void Contract::broken(const std::string& what) const {
  throw std::runtime_error(whose_ + " " + what);
}

void Contract::made_nothing(const std::string& what) const {
  broken("made no " + what);
}

void Contract::user(Nanoseconds time) {
  last_ = begun_ ? std::max(last_, time) : time;
  begun_ = true;
}

void Contract::check_time(const char* what, Nanoseconds time, Nanoseconds until) {
  if (time >= until)
    broken("gave a " + std::string(what) + " at " + traffic::time_text(time) +
           " when asked for what is due before " + traffic::time_text(until) +
           ": next(until) gives what comes earlier than that, and false when there is none");
  if (begun_ && time < last_)
    broken("gave a " + std::string(what) + " at " + traffic::time_text(time) + ", after a packet at " +
           traffic::time_text(last_) + " had left: next() gives packets in time order, none in the past");
  if (in_second_ == 0 || time >= second_ + traffic::second) {
    second_ = time;
    in_second_ = 0;
  }
  if (++in_second_ > most_per_second * lines_)
    broken("gives packets without end: " + std::to_string(most_per_second * lines_) +
           " within a second from " + traffic::time_text(second_) +
           " on; next(until) gives false when nothing more is due before `until`");
  last_ = time;
  begun_ = true;
}

void Contract::check(const traffic::DevicePacket& dummy, Nanoseconds until) {
  check_time("dummy", dummy.time, until);
  if (!dummy.dummy)
    broken(
        "gave a packet that is not marked as a dummy: a schedule gives cover traffic alone, with "
        "DevicePacket::dummy true");
}

void Contract::check(const Cell& cell, Nanoseconds until) {
  check_time("cell", cell.time, until);
  if (std::uint64_t{cell.user_bytes} + cell.misdirected > cell.size)
    broken("gave a cell of " + std::to_string(cell.size) + " bytes with " +
           std::to_string(std::uint64_t{cell.user_bytes} + cell.misdirected) +
           " bytes of user data: a cell carries no more than its size");
}

void Contract::check(const LinePacket& packet, Nanoseconds until) {
  check_time("packet", packet.packet.time, until);
  if (packet.line >= lines_)
    broken("gave a packet on line " + std::to_string(packet.line) + " of a group of " +
           std::to_string(lines_) +
           ": lines are counted from 0, in the order in which group() was given them");
}

void Contract::check(const LinePacket& packet, const DelayQueue& waiting) const {
  const auto bytes = [](std::uint64_t count) { return std::to_string(count) + " bytes"; };
  if (packet.user_bytes > packet.packet.size)
    broken("gave a packet of " + bytes(packet.packet.size) + " with " + bytes(packet.user_bytes) +
           " of user data: a packet carries no more than its size");
  if (packet.packet.dummy && packet.user_bytes > 0)
    broken("gave a packet with " + bytes(packet.user_bytes) +
           " of user data that is marked as a dummy: DevicePacket::dummy is true of what carries none");
  if (!packet.packet.dummy && (waiting.empty() || packet.user_bytes > waiting.bytes()))
    broken("gave a packet with " + bytes(packet.user_bytes) + " of user data on a line on which " +
           bytes(waiting.bytes()) +
           " wait: user data leaves on the line of its device, and its copies on others are dummies");
}

}  // namespace ipet::defence
