// The published defence: dummies as trained generators say (stages/perturbation/README.md).
#pragma once

#include <vector>

#include "stages/defence/defence.hpp"
#include "stages/generator/perturbations.hpp"
#include "stages/perturbation/perturbation_options.hpp"
#include "stages/perturbation/vectors.hpp"

namespace ipet::defence {

/// Throws std::invalid_argument when a slot is too short for the schedule.
std::unique_ptr<CoverSchedule> make_schedule(const PerturbationOptions& options, VectorSequence vectors);

/// Needs `perturbations`. What it plays depends on their seed (of Resources::repeated lines, on that of the
/// resources), device, capture and day; where a line is known to be up (Line::up), on Resources::seed and on
/// when it is up, too.
class Perturbation final : public Defence {
 public:
  using Options = PerturbationOptions;
  explicit Perturbation(const PerturbationOptions& options) : options_(options) {}

  /// f dummies for each one, on average exactly: below 1 a dummy is sent with probability f; above, so many
  /// vectors play at once, each drawn on its own, and a fraction of one more. Vectors that are added may
  /// exceed the limits of a slot together. At 0 there is no cover.
  [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double intensity) const override;

  void check(const Resources& resources) const override;
  [[nodiscard]] std::shared_ptr<const std::vector<std::string>> devices(
      const Resources& resources) const override;
  [[nodiscard]] std::optional<LearnedBefore> learned_before() const override {
    return LearnedBefore{"perturbations", "generators"};
  }
  [[nodiscard]] std::unique_ptr<CoverSchedule> schedule(const Resources& resources,
                                                        const Line& line) const override;

 private:
  PerturbationOptions options_;
  double intensity_ = 1;
};

}  // namespace ipet::defence
