// The plan of chorus for every day of a pool: whom the lines of that day carry, by what is old enough then.
//
// Members are the devices that have packets on the days that imitations of today are made from. A device that
// is first seen today takes no place in a set: its line is that of a new device.
//
// Who sees {A, B} on Monday and {A, C} on Tuesday knows A. So sets stay as they were yesterday while members
// are the same and a new plan is not better in more than its cost (plan_again).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "stages/defence/chorus.hpp"
#include "stages/defence/pool_facts.hpp"
#include "stages/defence/set_planner.hpp"

namespace ipet::defence {

/// The plan of one day, or of several that know the same.
struct DayPlan {
  std::vector<std::size_t> days;     ///< what may be imitated, ascending
  std::vector<std::size_t> members;  ///< in Pool::devices, ascending
  std::vector<double> rates;         ///< by member: payload bytes per second of what is imitated of it
  SetOptions limits;
  SetPlan plan;  ///< of positions in `members`
  /// Positions in `members`: whom lines of other devices carry.
  std::vector<std::size_t> for_strangers;

  /// Devices that a device's line imitates, as positions in Pool::devices.
  [[nodiscard]] std::vector<std::size_t> voices_for(std::size_t device) const;
  [[nodiscard]] bool is_member(std::size_t device) const;
};

class DayPlans {
 public:
  /// `candidates`: devices in Pool::devices that may be members, ascending. The pool and its facts outlive
  /// this.
  DayPlans(const Pool& pool, const PoolFacts& facts, std::vector<std::size_t> candidates,
           const ChorusOptions& options);

  /// `today` as traffic::day_of.
  [[nodiscard]] const DayPlan& on(std::int64_t today) const;
  /// Throws where the user's own budget is too small for any set on any day.
  void check_budget() const;
  [[nodiscard]] std::vector<std::string> report() const;

 private:
  /// Days that know the same have the same: how many days are old enough, or where any day but the line's own
  /// may be used, which one that is.
  [[nodiscard]] std::size_t knowledge_of(std::int64_t today) const;
  [[nodiscard]] std::vector<std::size_t> days_with(std::size_t knowledge) const;
  [[nodiscard]] const DayPlan& with(std::size_t knowledge) const;
  [[nodiscard]] std::unique_ptr<const DayPlan> made(std::size_t knowledge, const DayPlan* before) const;
  [[nodiscard]] SetOptions limits_for(const std::vector<double>& rates) const;
  /// The plan after the last day of the pool.
  [[nodiscard]] const DayPlan& last() const { return with(pool_.days().size()); }
  /// The plans of the days of the pool that know anything, and the last one.
  [[nodiscard]] std::vector<const DayPlan*> used() const;

  [[nodiscard]] std::string names_of(const DayPlan& plan, const std::vector<std::size_t>& positions) const;
  void report_evidence(const DayPlan& plan, std::vector<std::string>& lines) const;
  void report_strangers(const DayPlan& plan, std::vector<std::string>& lines) const;
  void report_groups(const DayPlan& plan, std::vector<std::string>& lines) const;
  void report_changes(const DayPlan& plan, std::vector<std::string>& lines) const;

  const Pool& pool_;
  const PoolFacts& facts_;
  std::vector<std::size_t> candidates_;
  ChorusOptions options_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<const DayPlan>> plans_;  ///< by knowledge, made one after another
};

}  // namespace ipet::defence
