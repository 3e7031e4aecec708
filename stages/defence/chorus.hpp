// Every line carries the whole set (evaluation.md): a device's own packets, untouched and at once, and an
// independent imitation of every other device of its set, from when the line is up until it ends. Where an
// imitation has the law of the original, all lines of a set have one law, and nobody who watches them does
// better than guessing inside the set.
//
// The pool rolls: on each day, voices are opened anew with what was recorded before it. On the first day of
// the pool there is nothing to imitate, and lines go without cover; ready_from() tells when that ends.
//
// Whoever is in the pool with packets of its own, is protected, and is not named in `without`, is a member:
// it belongs to a set and is imitated on the lines of that set. Lines of other devices carry the members of
// the set with the least traffic, and nobody imitates them: that is what a new device looks like.
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
  /// Use at most so many days of the pool, the youngest ones; 0: all.
  std::size_t pool_days = 0;
  /// Use only days that are at least so many days older than the line's. At least 1.
  std::size_t pool_age_days = 1;
  /// false: any day of the pool but the line's own, also later ones, for measurements.
  bool causal = true;
  /// Days of the pool to use, counted from its first day, 0; empty: all.
  std::vector<std::size_t> only_days;
  std::vector<std::string> without;  ///< devices that are left out of the pool
  double day_offset_hours = 0;       ///< when a day begins, after midnight UTC
};

/// What chorus makes of a pool.
class Choir;

class Chorus final : public Defence {
 public:
  /// Throws std::invalid_argument without an imitator.
  explicit Chorus(ChorusOptions options);

  /// Throws std::runtime_error without a pool, with fewer than two members in it, and for names or days that
  /// it does not hold.
  void check(const Resources& resources) const override;
  [[nodiscard]] traffic::Nanoseconds ready_from(const Resources& resources) const override;
  [[nodiscard]] std::unique_ptr<Schedule> schedule(const Resources& resources,
                                                   const Line& line) const override;

 private:
  [[nodiscard]] std::shared_ptr<const Choir> choir(const Resources& resources) const;

  ChorusOptions options_;
  /// Of the pools that were used last.
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const Choir>> choirs_;
};

}  // namespace ipet::defence
