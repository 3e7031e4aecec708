// Which lines of a home carry each other's packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stages/chorus/day_plans.hpp"
#include "stages/defence/defence.hpp"
#include "stages/pool/pool.hpp"
#include "stages/unison/unison_options.hpp"

namespace ipet::defence {

/// Sets of devices on each day, by the mean rates of days before (day_plans.hpp).
class PlannedSets {
 public:
  /// Throws std::runtime_error where no device of the pool is to be protected.
  PlannedSets(std::shared_ptr<const traffic::Traces> traces, const UnisonOptions& options);

  [[nodiscard]] const std::shared_ptr<const traffic::Traces>& traces() const { return traces_; }
  /// By name. None before there is a day to plan by.
  [[nodiscard]] std::vector<std::vector<std::string>> on(std::int64_t day) const;
  /// Where a device without a past goes, in on(day): to the set whose members send least, of those with
  /// several members if there is one.
  [[nodiscard]] std::size_t for_strangers(std::int64_t day) const;
  [[nodiscard]] std::vector<std::string> report() const;

 private:
  std::shared_ptr<const traffic::Traces> traces_;
  std::shared_ptr<const Pool> pool_;
  PoolFacts facts_;
  std::optional<DayPlans> plans_;
};

/// The sets of some lines.
class LineSets {
 public:
  using Set = std::vector<std::size_t>;

  /// `planned`: null where they are not planned.
  LineSets(std::span<const Line> lines, const UnisonOptions& options,
           std::shared_ptr<const PlannedSets> planned);

  /// The lines that carry a packet of this line, which is one of them, ascending.
  [[nodiscard]] const Set& at(traffic::Nanoseconds time, std::size_t line);
  /// Those that would carry the packets of a device of that name, which need not be there: of the set that it
  /// is named in, or else the first one.
  [[nodiscard]] const Set& of(traffic::Nanoseconds time, const std::string& device);

 private:
  void follow(traffic::Nanoseconds time);
  void divide(const std::vector<std::vector<std::string>>& sets, std::optional<std::size_t> for_others);
  void plan(std::int64_t day);

  std::vector<std::string> devices_;  ///< by line
  std::shared_ptr<const PlannedSets> planned_;
  double day_offset_hours_;
  std::optional<std::int64_t> day_;  ///< that the sets are of
  std::vector<Set> sets_;
  std::vector<std::size_t> set_of_;                ///< by line
  std::map<std::string, std::size_t> named_ = {};  ///< set of devices that are named in one
};

}  // namespace ipet::defence
