// What splits keep whole: captures and days.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "stages/dataset/split.hpp"

namespace ipet::fingerprint {

/// Captures or days that a split needs: one for each part, and one for each fold.
std::size_t fewest_units(const SplitOptions& options);

/// How many of n units a part gets: at least one, unless `fraction` is 0.
std::size_t share_of(double fraction, std::size_t n);

/// Which devices have windows on each day.
using ActiveDevices = std::map<std::int64_t, std::set<std::uint16_t>>;
ActiveDevices active_days(const windows::RowSet& windows, double day_offset_hours);

/// Captures that are divided among each other: those with the same most frequent device (the first one of
/// equals).
struct CaptureGroup {
  std::string name;  ///< of the device; "" where captures of several devices are pooled
  std::vector<std::string> captures;
};
struct CaptureGroups {
  std::vector<CaptureGroup> groups;  ///< by device; the pooled one last, where there is one
  std::vector<std::string> pooled;   ///< devices with too few captures, which are divided together: captures
                                     ///< of a whole home differ in who is busiest
};
CaptureGroups group_captures(const windows::RowSet& windows, std::size_t fewest);

/// The group's captures, in an order drawn by a stream of random numbers of its own.
std::vector<std::string> shuffled_captures(CaptureGroup group, std::uint64_t seed);

}  // namespace ipet::fingerprint
