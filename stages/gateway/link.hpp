// The two ends of one line: who is still the same, what came before, what is missing.
//
// Each end draws a session at its start. It takes datagrams of a session of the other end once that end has
// shown that it knows its own: so a restart of either is noticed at once, and what was sent before one is
// refused, whoever sends it again. Until then both say hello, which looks the same on every line.
//
// After that the gateway says hello every eight seconds, and the relay answers. So it is known whether the
// other end is there; and WireGuard, which sends an empty packet where it has got data and sent nothing for
// ten seconds, never does: that packet would tell dummies, which nobody answers, and the order of packets
// that cross.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <span>

#include "stages/gateway/counters.hpp"
#include "stages/gateway/datagram.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::gateway {

/// Which numbers came, as RFC 6479 has it for IPsec: the last 1,024 of them are told apart.
class ReplayWindow {
 public:
  enum class Verdict { next, ahead, late, refused };
  /// next: the one that was due; ahead: some before it are missing; late: one of those.
  Verdict take(std::uint64_t number);
  /// Begins anew: the next one that is due is this, and none before it counts.
  void begin(std::uint64_t number) {
    *this = {};
    highest_ = number - 1;
    seen_.set();
  }
  /// How many were passed over by the last one that was ahead.
  [[nodiscard]] std::uint64_t missing() const { return missing_; }

 private:
  static constexpr std::size_t width = 1024;
  std::bitset<width> seen_;
  std::uint64_t highest_ = 0, missing_ = 0;
};

/// A datagram that was taken.
struct Arrival {
  Datagram datagram;
  bool gap = false;   ///< something is missing between it and the one that was taken before
  bool late = false;  ///< it was missing
};

class Link {
 public:
  /// False where the system does not take it.
  using Send = std::function<bool(std::span<const std::uint8_t>)>;

  /// `session`: not 0, the same for all lines of an end. `largest`: bytes of a datagram. `counters`: of the
  /// end, with this line; it lives longer.
  Link(std::uint16_t line, std::uint32_t session, std::size_t largest, Counters& counters, Side side,
       Send send);

  /// The other end has shown that it knows us, at some time; LineCounters::up says whether it still answers.
  [[nodiscard]] bool up() const { return other_ != 0; }
  [[nodiscard]] std::size_t largest_content() const { return largest_ - datagram_header; }
  [[nodiscard]] std::uint16_t line() const { return line_; }

  /// A datagram of `size` bytes, cut to what fits and stretched to what is needed. False where it was not
  /// sent.
  bool send(Kind kind, std::span<const std::uint8_t> content, std::size_t size,
            std::uint16_t first = Datagram::no_first);
  /// What came on this line. Nothing where it is refused, which is counted, or nobody's business but ours.
  std::optional<Arrival> receive(std::span<const std::uint8_t> bytes, traffic::Nanoseconds now);

  /// When act() has something to say.
  [[nodiscard]] traffic::Nanoseconds due() const { return std::min(hello_due_, reply_due_); }
  void act(traffic::Nanoseconds now);

 private:
  static constexpr traffic::Nanoseconds often = traffic::second / 5, seldom = traffic::second,
                                        heartbeat = 8 * traffic::second, patience = 3 * heartbeat;
  /// All lines of an end speak at whole multiples of it, so that their hellos stand at the same place among
  /// what else they carry.
  static constexpr traffic::Nanoseconds beat = traffic::second / 20;
  static constexpr std::size_t hello_size = 96, most_past = 64;

  void take_hello(const Datagram& hello, traffic::Nanoseconds now);
  /// `asks`: for an answer.
  void say_hello(bool asks);
  std::nullopt_t refuse(Refused reason);

  std::uint16_t line_;
  std::uint32_t session_;
  std::size_t largest_;
  Counters& counters_;
  Side side_;
  Send send_;
  std::uint64_t number_ = 0;
  std::uint32_t other_ = 0;         ///< session of the other end; 0: none yet
  std::uint32_t heard_ = 0;         ///< of a hello, not taken yet
  std::deque<std::uint32_t> past_;  ///< sessions that are over, the last ones
  ReplayWindow window_;
  bool gap_ = false;  ///< since the last arrival
  traffic::Nanoseconds hello_due_ = 0, reply_due_ = std::numeric_limits<traffic::Nanoseconds>::max(),
                       answered_ = 0;
  int hellos_ = 0;  ///< without an answer
};

}  // namespace ipet::gateway
