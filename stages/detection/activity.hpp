// In which minutes does a device have an event? What an event is, stages/activity/event_rule.hpp says, from
// all undefended days of the device; the eavesdropper watches the device's own line, or the one tunnel of the
// home (LineOptions::topology).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "stages/detection/detection.hpp"

namespace ipet::detection {

struct ActivityOptions : DetectionOptions {};

/// As that of all games; attackers have to look at minutes.
std::pair<std::string, std::string> fault(const comparison::ComparisonInputs& inputs,
                                          const ActivityOptions& options);

class ActivityGame final : public Game {
 public:
  /// `lines`: of devices, of all roles.
  ActivityGame(const comparison::Lines& lines, defence::Topology topology);

  /// Its notes are the base rates.
  [[nodiscard]] evaluation::DetectionReport description() const override;
  [[nodiscard]] const std::vector<std::string>& targets() const override { return devices_; }
  [[nodiscard]] defence::Topology topology() const override { return topology_; }
  [[nodiscard]] Scene scene(const comparison::Lines& lines, traffic::StreamKey key) const override;

 private:
  /// Of a device's line: minutes are counted as bins of attackers are (attack::bin_of).
  struct Minutes {
    traffic::Nanoseconds begin = 0;
    std::vector<bool> event;
  };
  using Place = std::pair<std::uint32_t, traffic::Nanoseconds>;  ///< capture, begin of day
  [[nodiscard]] Answer truth(std::size_t device, const comparison::WatchedLine& line,
                             traffic::Nanoseconds start) const;

  defence::Topology topology_;
  std::vector<std::string> devices_, base_rates_;
  std::vector<std::map<Place, Minutes>> minutes_;  ///< [device]
};

/// Throws as play and lines_of_devices.
evaluation::DetectionReport find_activity(const comparison::ComparisonInputs& inputs,
                                          const ActivityOptions& options, fingerprint::Observer& observer);

}  // namespace ipet::detection
