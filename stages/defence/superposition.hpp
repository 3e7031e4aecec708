// Several schedules on one line at once, the last of them perhaps thinned: how a schedule that has no rate of
// its own is made weaker or stronger.
#pragma once

#include <optional>
#include <vector>

#include "stages/defence/cover_schedule.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

/// All dummies of all parts in time order; at equal times those of earlier parts first. Of the last part a
/// dummy is sent with probability `share`, independently of all others.
class Superposition final : public CoverSchedule {
 public:
  /// `parts` is not empty.
  Superposition(std::vector<std::unique_ptr<CoverSchedule>> parts, double share, traffic::StreamKey key);

  void begin(traffic::Nanoseconds time) override;
  void user_packet(const traffic::DevicePacket& packet) override;
  bool next(traffic::Nanoseconds until, traffic::DevicePacket& dummy) override;
  [[nodiscard]] traffic::Nanoseconds due() const override;
  [[nodiscard]] traffic::Nanoseconds tail() const override { return parts_[0].schedule->tail(); }
  [[nodiscard]] bool endless() const override { return parts_[0].schedule->endless(); }
  void rest() override;
  [[nodiscard]] bool loses_last() const override { return parts_[0].schedule->loses_last(); }

 private:
  struct Part {
    std::unique_ptr<CoverSchedule> schedule;
    std::optional<traffic::DevicePacket> due = std::nullopt;  ///< taken from it, and not yet sent
  };
  void take(Part& part, traffic::Nanoseconds until);

  std::vector<Part> parts_;
  double share_;
  traffic::Random random_;
};

}  // namespace ipet::defence
