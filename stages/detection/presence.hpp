// Which products are in a home? One tunnel carries all that is in it; each product is in with probability
// 0.5, drawn by seed for each home, day and copy. Of a product of several devices that is in, each non-empty
// choice of them is as likely as any other. The eavesdropper learns from homes of other days; defences are
// given recordings of all devices, also of those that are absent.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/detection/detection.hpp"

namespace ipet::detection {

struct PresenceOptions : DetectionOptions {
  PresenceOptions() {
    repeats = 3;
    draws = 5;
    votes = {std::chrono::days(1)};
  }
  std::uint32_t homes = 20;  ///< on each day of a copy
  /// Devices that are one product; each other device is one by itself.
  std::vector<std::vector<std::string>> products;
};

/// As that of all games.
std::pair<std::string, std::string> fault(const comparison::ComparisonInputs& inputs,
                                          const PresenceOptions& options);

class PresenceGame final : public Game {
 public:
  /// `lines`: of devices, of all roles. Throws std::invalid_argument where a product has a device without
  /// packets or one that is not to be protected.
  PresenceGame(const comparison::Lines& lines, const PresenceOptions& options);

  [[nodiscard]] evaluation::DetectionReport description() const override;
  /// "cam-1 | cam-2" of a product of two devices.
  [[nodiscard]] const std::vector<std::string>& targets() const override { return names_; }
  [[nodiscard]] defence::Topology topology() const override { return defence::Topology::home; }
  [[nodiscard]] bool draws_scenes() const override { return true; }
  /// A line for each home and day; WatchedLine::capture says which of them it is, since homes of one day are
  /// not watched together.
  [[nodiscard]] Scene scene(const comparison::Lines& lines, traffic::StreamKey key) const override;

 private:
  std::uint32_t homes_;
  std::vector<std::vector<std::string>> products_;
  std::vector<std::string> names_, notes_;
};

/// Throws as play and lines_of_devices.
evaluation::DetectionReport find_presence(const comparison::ComparisonInputs& inputs,
                                          const PresenceOptions& options, fingerprint::Observer& observer);

}  // namespace ipet::detection
