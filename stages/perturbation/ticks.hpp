// The "ticks" schedule of stages/perturbation/README.md: cover around activity only, on a fixed grid.
//
//  - begin() changes nothing: a line without user packets has no cover.
//  - The device is active from a packet until PerturbationOptions::active after the last one; a
//  packet that comes
//    that late or later begins a new active period. Cover is sent in active periods only.
//  - From the first packet of a period on, one vector follows another, each for one window. Slot k of the
//    period begins at k x omega after that packet: all its incoming dummies are sent at its begin, all its
//    outgoing ones at its middle (k x omega + omega / 2, whole nanoseconds).
//  - Sizes of a slot and direction are equal, whole, and sum exactly to the slot's bytes: the first
//    bytes mod packets dummies are one byte larger. A row with fewer bytes than packets sends one dummy per
//    byte, and one without bytes none: no dummy is empty.
//
// With `published_defects`, as the release has it:
//  - Both directions share one row counter, so that a vector's rows 0, 2, 4 ... serve incoming dummies only
//    and rows 1, 3, 5 ... outgoing ones only: half of each row is lost, and a vector lasts half a window.
//  - Every dummy of a row has the size bytes / packets. The release sends it as a fraction; sizes are whole
//    here, so it is rounded to the nearest (halves to the even number). Bytes may then exceed the row's, and
//    dummies may be empty.
//  - The last packet of each trace is lost: the mixer does that (mixer.hpp).
#pragma once

#include "stages/defence/cover_schedule.hpp"
#include "stages/perturbation/perturbation_options.hpp"
#include "stages/perturbation/vectors.hpp"

namespace ipet::defence {

class Ticks final : public CoverSchedule {
 public:
  Ticks(const PerturbationOptions& options, VectorSequence vectors);

  void user_packet(const traffic::DevicePacket& packet) override;
  bool next(traffic::Nanoseconds until, traffic::DevicePacket& dummy) override;
  [[nodiscard]] traffic::Nanoseconds due() const override;
  [[nodiscard]] traffic::Nanoseconds tail() const override { return active_; }
  [[nodiscard]] bool endless() const override { return false; }
  void rest() override { begun_ = false; }
  [[nodiscard]] bool loses_last() const override { return options_.published_defects; }

 private:
  [[nodiscard]] traffic::Nanoseconds tick_time() const;
  /// Takes the row of the current tick, and before it a fresh vector where the last one is used up.
  void begin_tick(traffic::Nanoseconds time);
  [[nodiscard]] std::uint32_t size() const;
  [[nodiscard]] traffic::Direction direction() const {
    return tick_ % 2 == 0 ? traffic::Direction::in : traffic::Direction::out;
  }

  PerturbationOptions options_;
  traffic::Nanoseconds active_;
  VectorSequence vectors_;
  bool begun_ = false;
  traffic::Nanoseconds last_user_ = 0, period_begin_ = 0;
  std::uint64_t tick_ = 0;  ///< of the period, half a slot each: even incoming, odd outgoing
  bool taken_ = false;      ///< row_ is that of tick_
  generator::Row row_;
  std::uint32_t sent_ = 0, dummies_ = 0;  ///< of the tick
};

}  // namespace ipet::defence
