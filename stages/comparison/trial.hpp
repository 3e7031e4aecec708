// One defence against all attackers at all threat levels.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "stages/comparison/costs.hpp"
#include "stages/comparison/effort.hpp"
#include "stages/comparison/scoring.hpp"

namespace ipet::comparison {

class Trial {
 public:
  explicit Trial(const Setting& setting)
      : at_(setting), training_(at_), scoring_(at_), clean_(setting.options.seeds) {}
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  /// One seed of it. What the test lines cost is added to `cost`.
  void run(const Variant& variant, std::uint32_t seed, CostSum& cost);
  /// All scores, and what was answered; costs are the caller's. Call once, last.
  [[nodiscard]] evaluation::EvaluationReport report() { return scoring_.report(); }

 private:
  void try_levels(Round& round, const Effort& effort, const Observation& test);
  [[nodiscard]] std::vector<defence::MixSummary> spent_on_test(const Round& round,
                                                               const Observation& test) const;
  const Classifiers& trained_on_clean(std::uint32_t seed);
  void note_samples(const Round& round, const Observation& training, const Observation& test);
  void add_warm_up(const Round& round, std::vector<attack::Excerpt>& excerpts) const;
  /// T3.
  void filtered(const Round& round, const NamedFilter& filter, const std::vector<attack::Excerpt>& excerpts,
                const Effort& effort, const Classifiers& unfiltered, const Observation& test);
  /// T5: named are the known devices and "other", what no known device explains with more than the
  /// probability that nine in ten known rows reach. Rows are by view.
  void open_world(const Round& round, const std::vector<attack::Rows>& learned,
                  const std::vector<attack::Rows>& tested);

  const Setting at_;
  Training training_;
  Scoring scoring_;
  std::vector<Classifiers> clean_;         ///< [seed], made when first needed
  std::map<std::string, Effort> efforts_;  ///< by Round::name
};

}  // namespace ipet::comparison
