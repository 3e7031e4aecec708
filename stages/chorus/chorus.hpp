// Every line carries the whole set (stages/chorus/README.md): a device's own packets, untouched and
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
// (pool/pool_facts.hpp), and ends with its next packet; so nothing is sent twice as often as it should be. A
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

#include "stages/chorus/chorus_options.hpp"
#include "stages/defence/defence.hpp"
#include "stages/imitation/imitator.hpp"
#include "stages/pool/pool.hpp"

namespace ipet::defence {

/// What chorus makes of a pool.
class ChorusState;

class Chorus final : public Defence {
 public:
  using Options = ChorusOptions;
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
  [[nodiscard]] std::unique_ptr<CoverSchedule> schedule(const Resources& resources,
                                                        const Line& line) const override;

 private:
  [[nodiscard]] std::shared_ptr<const ChorusState> state(const Resources& resources) const;

  ChorusOptions options_;
  /// Guards the choirs of the pools that were used last.
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const ChorusState>> states_;
};

}  // namespace ipet::defence
