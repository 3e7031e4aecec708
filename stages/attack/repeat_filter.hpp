// Throws away what an eavesdropper has seen before: the attack on imitations that replay recordings.
#pragma once

#include "stages/attack/packet_filter.hpp"
#include "stages/attack/repeats.hpp"

namespace ipet::attack {

struct RepeatFilterOptions {
  RepeatOptions repeats;
  double least_accuracy = 0.52;  ///< balanced, of telling real packets from cover; below it all are kept
};

/// Records the training lines and looks for what they hold (repeats.hpp). How many bursts must agree, and
/// whether packets that repeat are thrown away or kept alone, is what tells real packets from cover best in
/// the later half of the training lines. Keeps all where that is worse than `least_accuracy`, or where there
/// is no cover or nothing else; the observer is told. Recordings of test days are not remembered.
///
/// A training line finds no more than what was recorded before it, so that training and test days are
/// filtered alike.
class RepeatFilter final : public PacketFilter {
 public:
  using Options = RepeatFilterOptions;
  explicit RepeatFilter(const RepeatFilterOptions& options) : options_(options) {}
  [[nodiscard]] std::unique_ptr<const TrainedFilter> train(std::span<const Excerpt> training,
                                                           std::uint64_t seed,
                                                           fingerprint::Observer& observer) const override;

 private:
  RepeatFilterOptions options_;
};

}  // namespace ipet::attack
