// Defences against attackers, as stages/evaluation/README.md asks for it: the same lines, put through each
// defence again and again, and attacked at every threat level by attackers who retrain.
//
//   T0  trained on clean traffic                     T3  T2 behind a packet filter
//   T1  retrained on defended traffic                T4  T2 and T3 with votes over minutes
//   T2  the same with `repeats` times the samples    T5  open world: some devices are "other"
//
// Resources::pool of a defence that learns is all traces: the defence itself must use only what is older than
// the line (chorus does). Perturbations come from generators that somebody trained on the training days.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stages/attack/attacker.hpp"
#include "stages/attack/ballot.hpp"
#include "stages/attack/packet_filter.hpp"
#include "stages/comparison/lines.hpp"
#include "stages/defence/defence.hpp"
#include "stages/evaluation/report.hpp"
#include "stages/fingerprint/observer.hpp"

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

struct ComparisonOptions {
  LineOptions lines;
  std::vector<std::string> levels = {"T0", "T1", "T2", "T3", "T4"};
  std::uint32_t repeats = 10;        ///< defended copies of the training lines, from T2 on
  std::uint32_t filter_repeats = 2;  ///< of these, those that go through filters
  /// Copies of the training lines hold at most so many packets together: where a defence sends more there are
  /// fewer copies, and where one copy is too much, only the first hours of each line are watched. A note says
  /// so. Packet filters are tried where a copy has at most the second number.
  std::uint64_t most_packets = 40'000'000, most_filtered_packets = 15'000'000;
  std::uint32_t seeds = 1;  ///< the whole comparison so often, with other random numbers
  std::vector<double> vote_minutes = {60};
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
};

struct ComparisonInputs {
  std::shared_ptr<const traffic::Traces> traces;
  std::shared_ptr<const defence::Perturbations> perturbations;  ///< may be null
  std::vector<Contender> defences;                              ///< "none" is added, first
  std::vector<std::shared_ptr<const attack::Attacker>> attackers;
  std::vector<NamedFilter> filters;
  std::shared_ptr<const attack::Ballot> ballot;
};

struct Comparison {
  evaluation::EvaluationReport report;
  evaluation::LineExample example;
  std::string split;  ///< Lines::split, with the fold: "day", "capture, fold 0 of 5"
};

/// Scores are of all seeds together. Throws std::invalid_argument for options that make no sense and
/// std::runtime_error where lines (watch_lines) or a defence (Defence::check) have nothing to work on.
Comparison compare(const ComparisonInputs& inputs, const ComparisonOptions& options,
                   fingerprint::Observer& observer);

}  // namespace ipet::comparison
