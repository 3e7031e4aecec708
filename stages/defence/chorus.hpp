// Every line carries the whole set (stages/defence/README.md "chorus"): a device's own packets, untouched and
// at once, and an independent imitation of every other device of its set, from when the line is up until it
// ends. Where an imitation had the law of the original, all lines of a set would have one law. No imitator
// here does: attacks from outside named the devices of a real home (stages/comparison/RESULTS.md), and no
// bound is claimed.
//
// The pool rolls: on each day, voices are opened anew with what was recorded before it. On the first day of
// the pool there is nothing to imitate, and lines go without cover; ready_from() tells when that ends.
//
// Devices are put into sets by plan_sets (set_planner.hpp), by their mean payload rates on the days that they
// are imitated from; sets stay as long as they can (day_plans.hpp). Without a budget all members form one
// set. Rates are means: on a busy day the cover is above the budget, on a quiet one below. Of a device that
// appeared late, only days from its first packet on count, for its rate as for its imitation.
//
// A device that is off would be missing on its own line only. With `stand_in`, an imitation of the device
// itself begins when it has been silent for that many times its longest silence on the days that are used
// (pool_facts.hpp), and ends with its next packet; so nothing is sent twice as often as it should be. A
// device that is alone in its set has no stand-in.
//
// Whoever has packets of its own on the days that are used, is protected, and is not named in `without`, is a
// member: it belongs to a set and is imitated on the lines of that set. Lines of other devices carry the set
// with the least traffic, or of it as much as the budget allows, and nobody imitates them: that is what a new
// device looks like.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "stages/defence/defence.hpp"
#include "stages/defence/imitator.hpp"
#include "stages/defence/pool.hpp"

namespace ipet::defence {

struct ChorusOptions {
  std::shared_ptr<const Imitator> imitator;
  /// Payload bytes per second of cover per device; 0: no limit.
  double budget = 0;
  std::size_t smallest_set = 2;  ///< as SetOptions
  bool keep_budget = true;       ///< as SetOptions
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

/// What chorus makes of a pool.
class Choir;

class Chorus final : public Defence {
 public:
  /// Throws std::invalid_argument without an imitator.
  explicit Chorus(ChorusOptions options);

  /// The same with other sets: cover shrinks in steps, as sets do, and does not grow beyond the one set of
  /// all.
  [[nodiscard]] std::shared_ptr<const Defence> at_intensity(double intensity) const override;
  /// Throws std::runtime_error without a pool, with fewer than two members in it, for names or days that it
  /// does not hold, and for a budget that is too small for any set of `smallest_set`.
  void check(const Resources& resources) const override;
  [[nodiscard]] traffic::Nanoseconds ready_from(const Resources& resources) const override;
  /// The sets as they are after the last day of the pool, and what they mean.
  [[nodiscard]] std::vector<std::string> report(const Resources& resources) const override;
  [[nodiscard]] std::unique_ptr<Schedule> schedule(const Resources& resources,
                                                   const Line& line) const override;

 private:
  [[nodiscard]] std::shared_ptr<const Choir> choir(const Resources& resources) const;

  ChorusOptions options_;
  /// Guards the choirs of the pools that were used last.
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const Choir>> choirs_;
};

}  // namespace ipet::defence
