#include "stages/dataset/split_units.hpp"

#include <algorithm>
#include <cmath>

#include "stages/traffic/day.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::fingerprint {

std::size_t fewest_units(const SplitOptions& options) {
  const std::size_t parts = options.validation_fraction > 0 ? 3 : 2;
  return std::max<std::size_t>(parts, options.folds);
}

std::size_t share_of(double fraction, std::size_t n) {
  if (fraction <= 0) return 0;
  return static_cast<std::size_t>(std::max(1.0, std::round(fraction * static_cast<double>(n))));
}

ActiveDevices active_days(const windows::RowSet& windows, double day_offset_hours) {
  ActiveDevices active;
  for (std::size_t i = 0; i < windows.size(); ++i)
    active[traffic::day_of(windows.start[i], day_offset_hours)].insert(windows.device[i]);
  return active;
}

CaptureGroups group_captures(const windows::RowSet& windows, std::size_t fewest) {
  std::map<std::uint32_t, std::map<std::uint16_t, std::size_t>> counts;
  for (std::size_t i = 0; i < windows.size(); ++i) ++counts[windows.capture[i]][windows.device[i]];
  std::map<std::uint16_t, std::vector<std::string>> by_device;
  for (const auto& [capture, devices] : counts) {
    const auto most = std::max_element(devices.begin(), devices.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    by_device[most->first].push_back(windows.captures.at(capture));
  }
  CaptureGroups result;
  CaptureGroup pooled;
  for (auto& [device, captures] : by_device) {
    const std::string& name = windows.devices.at(device);
    if (captures.size() >= fewest) {
      result.groups.push_back({name, std::move(captures)});
      continue;
    }
    pooled.captures.insert(pooled.captures.end(), captures.begin(), captures.end());
    result.pooled.push_back(name);
  }
  if (!pooled.captures.empty()) result.groups.push_back(std::move(pooled));
  return result;
}

std::vector<std::string> shuffled_captures(CaptureGroup group, std::uint64_t seed) {
  traffic::Random random(traffic::StreamKey(seed).with("split").with(group.name));
  std::vector<std::string>& captures = group.captures;
  std::sort(captures.begin(), captures.end());
  for (std::size_t i = captures.size(); i > 1; --i) std::swap(captures[i - 1], captures[random.below(i)]);
  return std::move(captures);
}

}  // namespace ipet::fingerprint
