// The rolling pool as defences that learn from past days want it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include "stages/defence/defence.hpp"
#include "stages/traffic/device_file.hpp"
#include "stages/traffic/traces.hpp"

namespace ipet::gateway {

/// What the pool holds of days before this one (as traffic::day_of), one capture a day, after those of
/// `earlier`, if it is not null. Files that end in the middle of a record are read up to there. Throws
/// std::runtime_error that begins with "pool: " and the place.
std::shared_ptr<const traffic::Traces> read_pool(
    const std::filesystem::path& folder, const traffic::DeviceFile& devices, std::int64_t before_day,
    const std::shared_ptr<const traffic::Traces>& earlier = nullptr);

/// The pool of one day after the other: at midnight the next one is read by a thread, while what is at work
/// goes on with the last one.
class PoolOfToday {
 public:
  /// Reads that of the day of `now`, if there is a folder. The rest as read_pool and PoolSettings have it.
  PoolOfToday(std::filesystem::path folder, traffic::DeviceFile devices, double day_offset_hours,
              std::shared_ptr<const traffic::Traces> earlier, traffic::Nanoseconds now);

  /// Whether it is read from a folder, so that there will be more.
  [[nodiscard]] bool grows() const { return !folder_.empty(); }
  /// Null where there is nothing.
  [[nodiscard]] const std::shared_ptr<const traffic::Traces>& traces() const { return traces_; }
  /// Whether a new day has begun and its pool is read: then traces() is it. To be asked now and then. Where
  /// it cannot be read, the one before stays, and `failure` gets the reason, once a day.
  bool has_next(traffic::Nanoseconds now, std::string& failure);

 private:
  [[nodiscard]] std::shared_ptr<const traffic::Traces> read(std::int64_t day) const;

  std::filesystem::path folder_;
  traffic::DeviceFile devices_;
  double day_offset_hours_;
  std::shared_ptr<const traffic::Traces> earlier_, traces_;
  std::int64_t day_;
  std::future<std::shared_ptr<const traffic::Traces>> next_;
};

/// What is to be done today, and whether the pool of another day may change that.
struct DefenceOfToday {
  std::shared_ptr<const defence::Defence> defence;
  bool learns = false;
  bool suffices = true;  ///< it is the one that was asked for
};
/// Gives the pool to `resources`. A defence for which it does not suffice yet is replaced by none: `say` gets
/// the reason. Throws what the defence's check does where there is no folder from which it could learn.
DefenceOfToday defence_of_today(const std::shared_ptr<const defence::Defence>& defence,
                                defence::Resources& resources, const PoolOfToday& pool,
                                const std::function<void(const std::string&)>& say);

}  // namespace ipet::gateway
