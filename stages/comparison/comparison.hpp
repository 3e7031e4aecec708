// Defences against attackers, as stages/evaluation/README.md asks for it: the same lines, put through each
// defence again and again, and attacked at every threat level by attackers who retrain.
//
//   T0  trained on clean traffic                     T3  T2 behind a packet filter
//   T1  retrained on defended traffic                T4  T2 and T3 with votes over minutes
//   T2  the same with `repeats` times the samples    T5  open world: some devices are "other"
//
// A defence that needs a "pool" of recordings is given all traces, and must itself use only what is older
// than the line (chorus does). What defences have learned before is somebody else's, from the training days
// one hopes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stages/attack/attacker.hpp"
#include "stages/attack/ballot.hpp"
#include "stages/attack/packet_filter.hpp"
#include "stages/comparison/comparison_inputs.hpp"
#include "stages/comparison/lines.hpp"
#include "stages/defence/defence.hpp"
#include "stages/model/observer.hpp"
#include "stages/report/report.hpp"

namespace ipet::comparison {

struct Comparison {
  evaluation::EvaluationReport report;
  evaluation::LineExample example;
  std::string split;  ///< Lines::split, with the fold: "day", "capture, fold 0 of 5"
};

/// Scores are of all seeds together. Throws std::invalid_argument for options with a fault and
/// std::runtime_error where lines (watch_lines) or a defence (Defence::check) have nothing to work on.
Comparison compare(const ComparisonInputs& inputs, const ComparisonOptions& options,
                   fingerprint::Observer& observer);

}  // namespace ipet::comparison
