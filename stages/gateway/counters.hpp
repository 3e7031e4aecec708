// What an end of a protected line counts, for whoever exposes it. Bytes are those of packets inside the
// tunnel, with their IP headers.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::gateway {

/// Which end of the tunnel; it decides about what it sends.
enum class Side : std::uint8_t { gateway, relay };

inline constexpr traffic::Direction own_direction(Side side) {
  return side == Side::gateway ? traffic::Direction::out : traffic::Direction::in;
}

struct Flow {
  std::uint64_t packets = 0, bytes = 0;
  void add(std::uint64_t size) {
    ++packets;
    bytes += size;
  }
};

/// What passed one line in one direction, at this end: what it has sent, or what has come from the other end.
struct LineFlow {
  Flow user;     ///< packets of devices, as they came out of the home or the internet
  Flow cover;    ///< dummies, copies, cells without user data, answers
  Flow control;  ///< between the two ends
  /// In the path: what user packets grew to, headers and padding included; beside it 0.
  Flow carried;
};

struct LineCounters {
  std::string name;  ///< of the device, or "home"
  LineFlow flow[2];  ///< by traffic::Direction
  LineFlow& in(traffic::Direction direction) { return flow[static_cast<std::size_t>(direction)]; }
  bool up = false;       ///< the other end has answered
  bool covered = false;  ///< the defence knows the device
};

/// Why something of the other end, or that passed for it, was not taken.
enum class Refused : std::uint8_t {
  stranger,   ///< from another address than the other end's
  malformed,  ///< too short, no datagram of ours, lengths that contradict it
  version,    ///< of another version of the format
  line,       ///< of another line than it came on
  session,    ///< of a life of the other end that is over or not known yet
  replayed,   ///< came before, or is too old to tell
  content     ///< a user packet that is no IP packet, a request that is none
};
inline constexpr text::Word<Refused> refused_words[] = {
    {"stranger", Refused::stranger}, {"malformed", Refused::malformed}, {"version", Refused::version},
    {"line", Refused::line},         {"session", Refused::session},     {"replayed", Refused::replayed},
    {"content", Refused::content}};

/// Why a packet of a user was not passed on.
enum class Dropped : std::uint8_t {
  queue,      ///< too much waits already
  bypass,     ///< multicast, or between two local addresses: it has no business in the tunnel
  unknown,    ///< of no device whose line is known
  malformed,  ///< no IP packet
  line_down,  ///< the other end does not answer
  sending,    ///< the system did not take it
  parts       ///< a part of it was lost on the way
};
inline constexpr text::Word<Dropped> dropped_words[] = {
    {"queue", Dropped::queue},         {"bypass", Dropped::bypass},       {"unknown", Dropped::unknown},
    {"malformed", Dropped::malformed}, {"line_down", Dropped::line_down}, {"sending", Dropped::sending},
    {"parts", Dropped::parts}};

/// Counts below edges, as Prometheus has them.
class Histogram {
 public:
  /// Seconds; the last bin has no edge.
  static constexpr std::array<double, 16> edges = {1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3,
                                                   5e-3, 1e-2, 2e-2, 5e-2, 0.1,  0.2,  0.5,  1};
  void add(traffic::Nanoseconds time) {
    const double seconds = static_cast<double>(time) / static_cast<double>(traffic::second);
    std::size_t bin = 0;
    while (bin < edges.size() && seconds > edges[bin]) ++bin;
    ++bins_[bin];
    ++count_;
    sum_ += seconds;
  }
  [[nodiscard]] const std::array<std::uint64_t, edges.size() + 1>& bins() const { return bins_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double sum() const { return sum_; }

 private:
  std::array<std::uint64_t, edges.size() + 1> bins_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

struct Counters {
  std::vector<LineCounters> lines;
  std::array<std::uint64_t, std::size(refused_words)> refused{};  ///< by Refused
  std::array<std::uint64_t, std::size(dropped_words)> dropped{};  ///< by Dropped
  Histogram schedule_error;         ///< of what a defence sends: how much later than it says
  Histogram user_delay;             ///< of user packets, in the path: from their arrival until they leave
  std::uint64_t lost = 0;           ///< datagrams of the other end that did not come
  std::uint64_t unsent = 0;         ///< of the defence's, which the system did not take
  std::uint64_t unseen = 0;         ///< user packets beside the path that the kernel had no room to show
  std::uint64_t requests_late = 0;  ///< incoming dummies that were asked for after their time
  std::uint64_t sessions = 0;       ///< lives of the other end that were met, on all lines

  [[nodiscard]] std::uint64_t& of(Refused reason) { return refused[static_cast<std::size_t>(reason)]; }
  [[nodiscard]] std::uint64_t& of(Dropped reason) { return dropped[static_cast<std::size_t>(reason)]; }
};

}  // namespace ipet::gateway
