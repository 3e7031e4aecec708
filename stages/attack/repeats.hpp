// Finds on a line what an eavesdropper has recorded before, on any line: segments of the past that are
// played again. As audio is recognised (Wang 2003): rare pairs of neighbouring packets vote for a recording
// and a shift in time; where several bursts agree, all packets that the shifted recording has too are
// explained by it. Other packets in between do no harm.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::attack {

struct RepeatOptions {
  std::chrono::nanoseconds block = std::chrono::hours(2);  ///< of a line, that is compared at a time
  std::size_t most_packets = 20'000;                       ///< of a block
  /// How far packets of one recording may be from one shift in time.
  std::chrono::nanoseconds tolerance = std::chrono::milliseconds(25);
  /// Only recordings that are older than this: what comes at the same time is the line itself.
  traffic::Nanoseconds least_age = 60 * traffic::second;
};

/// What was recorded. Looks at sizes, directions, protocols and times alone.
class Recordings {
 public:
  explicit Recordings(const RepeatOptions& options) : options_(options) {}
  /// Packets of one line, in time order.
  void add(std::span<const traffic::DevicePacket> packets);
  /// After the last add, and before the first `explain`.
  void finish();

  /// For each packet of a block of a line: how many bursts, five seconds and more apart, agree on the shift
  /// of a recording that has it; 0 where there is none, or where one burst alone agrees.
  [[nodiscard]] std::vector<std::uint32_t> explain(std::span<const traffic::DevicePacket> block) const;

 private:
  struct Line {
    std::vector<traffic::Nanoseconds> time;
    std::vector<std::uint64_t> token;
  };
  /// Where a pair of packets was recorded.
  struct Pair {
    std::uint64_t key = 0;
    std::uint32_t line = 0;
    traffic::Nanoseconds time = 0;
  };
  struct Vote {
    std::uint32_t line = 0;
    traffic::Nanoseconds shift = 0, time = 0;
  };
  /// A recording that is played again.
  struct Alignment {
    std::uint32_t line = 0, bursts = 0;
    traffic::Nanoseconds shift = 0;
  };

  [[nodiscard]] std::vector<Vote> votes(std::span<const traffic::DevicePacket> block) const;
  [[nodiscard]] std::vector<Alignment> alignments(std::vector<Vote> votes) const;
  [[nodiscard]] bool has(const Line& line, const traffic::DevicePacket& packet,
                         traffic::Nanoseconds shift) const;

  RepeatOptions options_;
  std::vector<Line> lines_;
  std::vector<Pair> pairs_;  ///< sorted by key; only rare ones after finish()
};

}  // namespace ipet::attack
