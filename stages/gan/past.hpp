// What a generator knows of a line when it decides about the next packet.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "stages/gan/alphabet.hpp"

namespace ipet::gan {

inline constexpr std::size_t remembered = 8;   ///< packets whose symbols it sees
inline constexpr std::size_t aged_kinds = 16;  ///< most frequent kinds of which it knows the last time
inline constexpr std::size_t past_numbers = 4 + 4 + 2 + aged_kinds;

/// In numbers. Symbols are those of the last packets, the latest first; where there was none yet, the number
/// of symbols in the alphabet.
struct View {
  std::array<Symbol, remembered> symbols;
  /// Time of day (two harmonics), recent rates over 10 s to 10,000 s, length of the present event in packets
  /// and time, and how long ago each frequent kind was. Of the order of 1.
  std::array<float, past_numbers> numbers;
};

class Past {
 public:
  /// `time`: where the recording or the imitation begins; until the first packet it counts as that.
  Past(const Alphabet& alphabet, traffic::Nanoseconds event_gap, double day_offset_hours,
       traffic::Nanoseconds time);

  void add(Symbol symbol, traffic::Nanoseconds time);
  [[nodiscard]] traffic::Nanoseconds last() const { return last_; }
  /// As if all had happened so much later.
  void shift(traffic::Nanoseconds by);
  [[nodiscard]] View view() const;

 private:
  static constexpr std::array<double, 4> spans = {10, 100, 1'000, 10'000};  ///< seconds

  traffic::Nanoseconds event_gap_, day_begin_;  ///< the latter of any day
  traffic::Nanoseconds last_, event_begin_;
  std::array<Symbol, remembered> symbols_;
  std::array<double, spans.size()> counts_{};  ///< of packets, fading
  std::uint64_t in_event_ = 0;
  std::array<traffic::Nanoseconds, aged_kinds> seen_;  ///< last time of each kind
};

}  // namespace ipet::gan
