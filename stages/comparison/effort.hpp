// How much of a variant is looked at: a defence may send so much that less is done than was asked for.
#pragma once

#include <cstdint>

#include "stages/comparison/round.hpp"

namespace ipet::comparison {

/// Found with the first seed, the same for all.
struct Effort {
  double share = 1;            ///< of each line, its begin
  std::uint32_t repeats = 1;   ///< realisations of each training line
  std::uint32_t filtered = 0;  ///< of these, those behind filters; 0: no filters
};

/// What most_packets leaves of a line: where even one realisation of the training lines would be too many
/// packets, their first hours have to do, of the test lines as well. Measured at a few places of these.
double watched_share(const Round& round);

/// Only the begins of its lines, from now on.
void watch_begins(Round& round, double share);

/// Realisations that most_packets leaves of those that are wanted; `test` is what one of each test line had.
void choose_repeats(const Round& round, const std::vector<defence::MixSummary>& test, Effort& effort);

}  // namespace ipet::comparison
