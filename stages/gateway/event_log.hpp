// What happens at the gateway, one line each, and never a flood.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "stages/traffic/packet.hpp"

namespace ipet::gateway {

enum class Severity : std::uint8_t { info, warning };

/// Of one kind and reason a line a minute at most, and in all most_lines a minute; how many were not shown is
/// told a minute after the first that was. Any thread may call it.
class EventLog {
 public:
  using Sink = std::function<void(Severity, const std::string& line)>;
  static constexpr traffic::Nanoseconds minute = 60 * traffic::second;
  static constexpr std::size_t most_lines = 60;
  /// Reasons of which the rest is told one by one when their minutes are over at once; of more, the sum.
  static constexpr std::size_t most_rests = 20;
  /// Kinds and reasons that are told apart within a minute; further ones count as one.
  static constexpr std::size_t most_reasons = 1024;

  /// `sink` gets lines of at most about 400 characters without control characters.
  explicit EventLog(Sink sink) : sink_(std::move(sink)) {}

  /// "kind: text". `now`: of a clock that does not jump. `reason` tells events of a kind apart; the text says
  /// it in words. Payload has no business in either.
  void say(traffic::Nanoseconds now, Severity severity, std::string_view kind, std::string_view reason,
           std::string_view text);
  /// Tells what was not shown in minutes that are over; to be called every second or so.
  void tick(traffic::Nanoseconds now);
  /// The same of minutes that are not over, at the end.
  void finish();

 private:
  struct Reason {
    traffic::Nanoseconds begin = 0;  ///< of its minute
    std::uint64_t not_shown = 0;
    Severity severity = Severity::info;
  };
  using Key = std::pair<std::string, std::string>;

  bool may_show(traffic::Nanoseconds now);
  void tell_rest(const Key& key, const Reason& reason);
  void tell_rests(const std::map<Key, Reason>& over);

  Sink sink_;
  std::mutex mutex_;
  std::map<Key, Reason> reasons_;   ///< of the minute that began with their first event
  traffic::Nanoseconds begin_ = 0;  ///< of the minute that lines_ are of
  std::size_t lines_ = 0;
};

}  // namespace ipet::gateway
