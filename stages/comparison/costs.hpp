// What defences cost on watched lines, and the intensity at which one costs as much as another.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "stages/comparison/lines.hpp"
#include "stages/comparison/observation.hpp"
#include "stages/report/report.hpp"

namespace ipet::comparison {

/// Sums the lines of one variant up.
class CostSum {
 public:
  CostSum(std::string defence, std::string variant, double intensity);
  void add(std::span<const defence::MixSummary> lines);
  /// `budget`: payload bytes/s of cover per device; 0: none.
  [[nodiscard]] evaluation::Cost result(double budget) const;

 private:
  evaluation::Cost cost_;
};

struct Match {
  std::shared_ptr<const defence::Defence> defence;  ///< null where there is none
  double intensity = 1, wire_bytes_per_second = 0;
};

/// Measures on the training lines, once each.
class Meter {
 public:
  Meter(const Lines& lines, const defence::Resources& resources, std::uint64_t seed,
        fingerprint::Observer& observer);
  /// Added on-wire bytes per second, mean over devices.
  [[nodiscard]] double wire_bytes_per_second(const defence::Defence& defence) const;
  /// The defence at the intensity at which it adds so many bytes per second, found by repeated scaling.
  [[nodiscard]] Match match(const defence::Defence& defence, double wire_bytes_per_second) const;

 private:
  std::vector<Realisation> realisations_;
  const defence::Resources& resources_;
  fingerprint::Observer& observer_;
};

}  // namespace ipet::comparison
