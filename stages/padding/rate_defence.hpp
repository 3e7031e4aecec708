// The publication's baselines as defences: what the plugins constant, random and random_plus have in common.
#pragma once

#include <string>
#include <utility>

#include "stages/defence/defence.hpp"
#include "stages/padding/rate_shaper.hpp"

namespace ipet::defence {

class RateDefence : public Defence {
 public:
  RateDefence(std::string name, const RateOptions& options) : name_(std::move(name)), options_(options) {}
  [[nodiscard]] bool delays() const override { return true; }
  /// Null for 0: user packets could not leave.
  [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double intensity) const override {
    if (intensity <= 0) return nullptr;
    return std::make_shared<RateDefence>(name_, options_.at_intensity(intensity));
  }
  [[nodiscard]] std::unique_ptr<Shaper> shaper(const Resources& resources, const Line& line) const override {
    return std::make_unique<RateShaper>(options_, line.key(resources, name_));
  }

 private:
  std::string name_;
  RateOptions options_;
};

/// What constant and random let a user choose. Rates in bytes per second, both directions together.
struct MeanRateOptions {
  double rate = 0, deviation = 0, start_probability = 0.5;
  bool published_defects = false;

  [[nodiscard]] RateOptions shaper() const {
    RateOptions made;
    made.mean = rate;
    made.deviation = deviation;
    made.start_probability = start_probability;
    made.published_defects = published_defects;
    return made;
  }
};

inline constexpr const char* rate_defects_help =
    "Do as the release does: bytes are granted in one second of five only, an idle line may start at every "
    "tick, and what does not fit into a tick leaves last and in the wrong direction.";

}  // namespace ipet::defence
