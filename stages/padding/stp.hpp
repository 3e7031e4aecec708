// Stochastic traffic padding (Apthorpe, Huang, Reisman, Narayanan and Feamster, PoPETs 2019): time is cut
// into periods; in some of them a line sends at a fixed rate throughout, in the others nothing, and an
// observer cannot tell which of the padded ones held user traffic.
//
// Periods begin at whole multiples of their length since the epoch. A period is padded when user data waits
// at its begin, and else with a probability that is drawn once per period. Cells of one size leave in each
// direction, equally spaced from the period's begin on, outgoing before incoming. User data that comes in a
// period that is not padded waits for the next one. The first period is the first one that begins at begin()
// or later, or else after the first user packet.
#pragma once

#include <chrono>

#include "stages/defence/cover_schedule.hpp"
#include "stages/defence/shaper.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

struct StpOptions {
  std::chrono::nanoseconds period = std::chrono::seconds(10);
  double rate = 5'360;               ///< bytes per second and direction in a padded period
  std::uint32_t cell = 536;          ///< bytes
  double padding_probability = 0.1;  ///< of a period without user data
  bool cover_only = false;           ///< StpCover, else Stp
  traffic::Protocol dummy_protocol = traffic::Protocol::udp;

  /// Cells of a period in one direction: rate x period / cell, rounded up.
  [[nodiscard]] std::uint64_t cells() const;
  /// Rate x factor: so many more or less cells in a padded period, and the same periods. What is sent is in
  /// proportion but for the rounding of cells(), of which there is at least one; cover is what user data
  /// leaves of that.
  [[nodiscard]] StpOptions at_intensity(double factor) const;
};

class Stp final : public Shaper {
 public:
  Stp(const StpOptions& options, traffic::StreamKey key)
      : options_(options), length_(options.period.count()), random_(key) {}
  void begin(traffic::Nanoseconds time) override;
  bool next(traffic::Nanoseconds until, Cell& cell) override;
  [[nodiscard]] traffic::Nanoseconds due() const override;
  void rest() override { begun_ = false; }

 private:
  void on_arrival(const traffic::DevicePacket& packet) override;

  StpOptions options_;
  traffic::Nanoseconds length_;  ///< of a period
  traffic::Random random_;
  bool begun_ = false, padded_ = false, decided_ = false;
  traffic::Nanoseconds period_ = 0;  ///< begin
  std::uint64_t sent_ = 0;           ///< cells of both directions
};

/// The same for lines whose user packets must not wait: they leave as they come, and cover tops each
/// direction of a padded period up to rate x period. A period is padded from its first user packet on, or by
/// chance from its begin. At each of the equally spaced times a dummy leaves unless user data has brought the
/// direction to what it should have sent by then; its size is what is missing, at most a cell. The period
/// that begin() lies in counts from there on.
class StpCover final : public CoverSchedule {
 public:
  StpCover(const StpOptions& options, traffic::StreamKey key)
      : options_(options), length_(options.period.count()), random_(key) {}
  void begin(traffic::Nanoseconds time) override;
  void user_packet(const traffic::DevicePacket& packet) override;
  bool next(traffic::Nanoseconds until, traffic::DevicePacket& dummy) override;
  [[nodiscard]] traffic::Nanoseconds due() const override;
  void rest() override { begun_ = false; }

 private:
  void begin_period(traffic::Nanoseconds begin);
  void skip_until(traffic::Nanoseconds time);

  StpOptions options_;
  traffic::Nanoseconds length_;  ///< of a period
  traffic::Random random_;
  bool begun_ = false, padded_ = false;
  traffic::Nanoseconds period_ = 0;
  std::uint64_t step_ = 0;          ///< of both directions
  std::uint64_t sent_[2] = {0, 0};  ///< bytes of the period by direction
};

}  // namespace ipet::defence
