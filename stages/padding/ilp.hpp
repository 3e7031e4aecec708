// Independent link padding: a cell of one size per direction and period, full or not, as long as the line is
// up (Syverson, Goldschlag and Reed 1997; Dyer et al. 2012 as "BuFLO" without an end). Nothing depends on the
// user's traffic but where the line begins and ends, so this is the ceiling of what shaping can hide.
//
// Cells leave at whole multiples of the period since the epoch, outgoing before incoming. They begin with the
// first one that is not before begin(): where a driver says when lines are up, all lines look the same.
// Without begin() it is the first one after the first user packet.
#pragma once

#include <chrono>

#include "stages/defence/shaper.hpp"

namespace ipet::defence {

struct IlpOptions {
  std::uint32_t cell = 536;                                          ///< bytes
  std::chrono::nanoseconds period = std::chrono::milliseconds(100);  ///< between cells of a direction

  /// Period / factor, cells as they are: `factor` times as many of them, and user data that waits shorter or
  /// longer. What is sent is in proportion; cover is what user data leaves of that.
  [[nodiscard]] IlpOptions at_intensity(double factor) const;
};

class Ilp final : public Shaper {
 public:
  using Options = IlpOptions;
  explicit Ilp(const IlpOptions& options) : cell_(options.cell), period_(options.period.count()) {}
  void begin(traffic::Nanoseconds time) override;
  bool next(traffic::Nanoseconds until, Cell& cell) override;
  [[nodiscard]] traffic::Nanoseconds due() const override { return begun_ ? tick_ : CoverSchedule::never; }
  void rest() override { begun_ = false; }

 private:
  void on_arrival(const traffic::DevicePacket& packet) override;

  std::uint32_t cell_;
  traffic::Nanoseconds period_;
  bool begun_ = false;
  traffic::Nanoseconds tick_ = 0;
  traffic::Direction direction_ = traffic::Direction::out;
};

}  // namespace ipet::defence
