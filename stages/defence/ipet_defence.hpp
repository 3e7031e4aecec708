// The published defence: dummies as trained generators say (stages/defence/README.md "ipet").
#pragma once

#include <vector>

#include "stages/defence/defence.hpp"
#include "stages/defence/vectors.hpp"

namespace ipet::defence {

struct IpetOptions {
  std::string schedule = "continuous";  ///< or "ticks"
  /// What the code releases do where this project does better: see continuous.hpp and ticks.hpp.
  bool published_defects = false;
  double day_offset_hours = 0;  ///< a day of the random streams begins this long after midnight UTC
  double active_seconds = 5;    ///< "ticks": how long after a packet the device counts as active
  traffic::Protocol dummy_protocol = traffic::Protocol::udp;
};

/// Throws std::invalid_argument when a slot is too short for the schedule.
std::unique_ptr<Schedule> make_schedule(const IpetOptions& options, VectorSequence vectors);

/// Where a line is known to be up (Line::up), what it plays depends on Resources::seed and on when it is up,
/// too, so that repeats of an evaluation differ; else on the perturbations' seed, device, capture and day.
class IpetDefence final : public Defence {
 public:
  using Options = IpetOptions;
  explicit IpetDefence(const IpetOptions& options) : options_(options) {}

  /// f dummies for each one, on average exactly: below 1 a dummy is sent with probability f; above, so many
  /// vectors play at once, each drawn on its own, and a fraction of one more. Vectors that are added may
  /// exceed the limits of a slot together. At 0 there is no cover.
  [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double intensity) const override;

  void check(const Resources& resources) const override;
  [[nodiscard]] std::shared_ptr<const std::vector<std::string>> devices(
      const Resources& resources) const override;
  [[nodiscard]] std::unique_ptr<Schedule> schedule(const Resources& resources,
                                                   const Line& line) const override;

 private:
  IpetOptions options_;
  double intensity_ = 1;
};

}  // namespace ipet::defence
