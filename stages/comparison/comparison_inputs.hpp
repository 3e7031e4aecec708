// Who is compared, and how.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stages/attack/attacker.hpp"
#include "stages/attack/ballot.hpp"
#include "stages/attack/packet_filter.hpp"
#include "stages/comparison/lines.hpp"
#include "stages/defence/defence.hpp"
#include "stages/report/report.hpp"
#include "stages/traffic/traces.hpp"

namespace ipet::comparison {

/// A defence in the comparison.
struct Contender {
  std::string name;                                 ///< in the report; every one has another
  std::shared_ptr<const defence::Defence> defence;  ///< null: none
};

struct NamedFilter {
  std::string name;
  std::shared_ptr<const attack::PacketFilter> filter;
};

/// What an attacker knows (comparison.hpp).
enum class Level : std::uint8_t { T0, T1, T2, T3, T4, T5 };
inline constexpr text::Word<Level> threat_levels[] = {{"T0", Level::T0}, {"T1", Level::T1},
                                                      {"T2", Level::T2}, {"T3", Level::T3},
                                                      {"T4", Level::T4}, {"T5", Level::T5}};

struct ComparisonOptions {
  LineOptions lines;
  std::vector<Level> levels = {Level::T0, Level::T1, Level::T2, Level::T3, Level::T4};
  std::uint32_t repeats = 10;        ///< defended copies of the training lines, from T2 on
  std::uint32_t filter_repeats = 2;  ///< of these, those that go through filters
  /// Copies of the training lines hold at most so many packets together: where a defence sends more there are
  /// fewer copies, and where one copy is too much, only the first hours of each line are watched. A note says
  /// so. Packet filters are tried where a copy has at most the second number.
  std::uint64_t most_packets = 40'000'000, most_filtered_packets = 15'000'000;
  std::uint32_t test_repeats = 1;  ///< defended copies of the test lines: scores are means over them
  std::uint32_t seeds = 1;         ///< the whole comparison so often, with other random numbers
  std::vector<std::chrono::nanoseconds> votes = {std::chrono::hours(1)};  ///< over so much time
  /// Also all lines of a home at once, each device once, where there is an answer for each at the same time.
  bool one_to_one = false;
  /// In a split by day: defences go on from a day to the next one, as a gateway's do, and attackers who look
  /// back see the days before. Costs are those of each day by itself.
  bool run_on = false;
  bool own = true;  ///< each defence as it is; false: only what the next two say
  /// Also each defence with so many times its cover traffic (Defence::at_intensity).
  std::vector<double> intensities;
  /// Also each other defence at the on-wire overhead of the one of this name; "": none.
  std::string matched_to;
  double budget = 0;  ///< payload bytes/s of cover per device; those above are counted; 0: no budget
  /// Devices that the attacker of T5 has never seen. Empty: every third one.
  std::vector<std::string> held_out;
  bool controls = false;  ///< also the negative controls (stages/evaluation/README.md "Protocol", 5)
  std::size_t most_test_rows = 5000;  ///< of a line and a view: a random choice where there are more
  /// Packets of each line for training or warming up that filters are trained on.
  std::size_t excerpt_packets = 100'000;
  std::string example_defence;  ///< whose line is drawn; "": the last one's
  std::uint64_t seed = 0;
  /// Seed of every choice of rows for training, validation and testing, the same for all `seeds` then. None:
  /// each seed's own.
  std::optional<std::uint64_t> split_seed;
  evaluation::Keep predictions = evaluation::Keep::automatic;  ///< what the report keeps of each answer

  [[nodiscard]] bool wants(Level level) const;
};

struct ComparisonInputs {
  std::shared_ptr<const traffic::Traces> traces;
  defence::Resources resources;     ///< what defences need, without "pool": that is `traces`
  std::vector<Contender> defences;  ///< "none" is added, first
  std::vector<std::shared_ptr<const attack::Attacker>> attackers;
  std::vector<NamedFilter> filters;
  std::shared_ptr<const attack::Ballot> ballot;
};

/// What is wrong before any traffic is seen: the option, by its name in files, and why; no reason where
/// nothing is.
std::pair<std::string, std::string> fault(const ComparisonInputs& inputs, const ComparisonOptions& options);

/// "60"
std::string minutes_text(std::chrono::nanoseconds length);

}  // namespace ipet::comparison
