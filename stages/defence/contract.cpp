#include "stages/defence/contract.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/traffic/value_text.hpp"

namespace ipet::defence {

using traffic::Nanoseconds;

Contract::Contract(const std::string& defence, const std::string& device)
    : whose_("defence" + (defence.empty() ? "" : " '" + defence + "'") + " on the line of '" + device + "'") {
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
  if (++in_second_ > most_per_second)
    broken("gives packets without end: " + std::to_string(most_per_second) + " within a second from " +
           traffic::time_text(second_) +
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

}  // namespace ipet::defence
