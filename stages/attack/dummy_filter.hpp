// A classifier of real against cover traffic, packet by packet (stages/attack/README.md).
#pragma once

#include <cstddef>
#include <cstdint>

#include "stages/attack/packet_filter.hpp"

namespace ipet::attack {

struct DummyFilterOptions {
  std::size_t most_packets = 60'000;  ///< that it is trained on, half of them dummies where there are enough
  std::uint32_t rounds = 40, depth = 6;
  /// Where it tells real packets from dummies worse than this, half of what it dropped would be real: it
  /// keeps all.
  double least_accuracy = 0.55;
};

/// Boosted trees on PacketFeatures. Keeps what they take for real, by the threshold with the best balanced
/// accuracy on packets that the trees are not grown on: about the last third of the training days, or, where
/// the excerpts are of one day, the last fifth of each. Where the excerpts hold only real packets or only
/// dummies, or the trees tell them apart no better than `least_accuracy`, it keeps all packets; the observer
/// is told which of these it was.
class DummyFilter final : public PacketFilter {
 public:
  using Options = DummyFilterOptions;
  explicit DummyFilter(const DummyFilterOptions& options) : options_(options) {}
  [[nodiscard]] std::unique_ptr<const TrainedFilter> train(std::span<const Excerpt> training,
                                                           std::uint64_t seed,
                                                           fingerprint::Observer& observer) const override;

 private:
  DummyFilterOptions options_;
};

}  // namespace ipet::attack
