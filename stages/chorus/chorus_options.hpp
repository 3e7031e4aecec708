// What a user of chorus decides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/imitation/imitator.hpp"

namespace ipet::defence {

/// What becomes of a device that no set takes within the budget.
enum class OverBudget : std::uint8_t {
  alone,  ///< it stays recognisable
  shared  ///< it gets a set that breaks the budget
};
inline constexpr text::Word<OverBudget> over_budgets[] = {{"alone", OverBudget::alone},
                                                          {"shared", OverBudget::shared}};

struct ChorusOptions {
  std::shared_ptr<const Imitator> imitator;
  /// Payload bytes per second of cover per device; 0: no limit.
  double budget = 0;
  std::size_t smallest_set = 2;  ///< as SetOptions
  OverBudget over_budget = OverBudget::alone;
  /// Times the budget; without one, below 1, times what the costliest line of the one set would cost.
  double intensity = 1;
  /// Use at most so many days of the pool, the youngest ones, so that what a device did before it changed is
  /// forgotten; 0: all.
  std::size_t pool_days = 7;
  /// Use only days that are at least so many days older than the line's. At least 1.
  std::size_t pool_age_days = 1;
  /// false: any day of the pool but the line's own, also later ones, for measurements.
  bool causal = true;
  /// Days of the pool to use, counted from its first day, 0; empty: all.
  std::vector<std::size_t> only_days;
  std::vector<std::string> without;  ///< devices that are left out of the pool
  double stand_in = 2;               ///< 0: never
  /// Whether somebody upstream, behind the eavesdropper, sends the incoming half of cover. Without one only
  /// the outgoing half is sent, and what comes in is the device's own.
  bool relay = true;
  double day_offset_hours = 0;  ///< when a day begins, after midnight UTC
};

}  // namespace ipet::defence
