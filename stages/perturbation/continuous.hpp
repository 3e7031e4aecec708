// The "continuous" schedule of stages/perturbation/README.md: one vector (perturbation) after another, also
// in silence.
//
// From begin(), or else the device's first packet, to the end of the line, or else the last packet:
//  - A vector plays for one window: `slots` slots of omega; slot s begins at the vector's begin + s x omega.
//  - A slot has 20 sub-ticks, the first at its begin, omega / 20 apart. At each, outgoing before incoming, a
//    dummy is due with probability packets / 20 (at most 1) while the slot's bytes are not used up. Its size
//    is uniform over the whole numbers 0 .. 2 (bytes / packets + 1) - 1 with a whole-number division, 0 means
//    no dummy, and is cut to what is left of the slot's bytes.
//  - The device becomes active with its first packet, and with each that comes one window or more after the
//    packet before it. Then the current vector is abandoned, and a fresh one begins at that packet. So a
//    vector that answers activity always plays for one whole window: the next activity is at least that far
//    away.
//  - The last vector is cut at the end: dummies are sent before it only.
//
// Here a slot stops at its packets, so that none exceeds packets or bytes. With `published_defects` the
// number of dummies of a slot is what chance gives and may exceed the vector's packets.
#pragma once

#include <array>

#include "stages/defence/cover_schedule.hpp"
#include "stages/perturbation/perturbation_options.hpp"
#include "stages/perturbation/vectors.hpp"

namespace ipet::defence {

class Continuous final : public CoverSchedule {
 public:
  static constexpr unsigned sub_ticks = 20;  ///< per slot

  Continuous(const PerturbationOptions& options, VectorSequence vectors);

  void begin(traffic::Nanoseconds time) override;
  void user_packet(const traffic::DevicePacket& packet) override;
  bool next(traffic::Nanoseconds until, traffic::DevicePacket& dummy) override;
  [[nodiscard]] traffic::Nanoseconds due() const override;
  void rest() override { begun_ = false; }

 private:
  void begin_vector(traffic::Nanoseconds time);
  void begin_slot();

  PerturbationOptions options_;
  VectorSequence vectors_;
  traffic::Nanoseconds window_;
  bool begun_ = false;
  traffic::Nanoseconds last_user_ = 0, vector_begin_ = 0;
  std::uint32_t slot_ = 0;
  traffic::Random random_{0};

  /// Dummies of the current slot in time order; those from next_ on are still to be sent.
  std::array<traffic::DevicePacket, 2 * sub_ticks> dummies_{};
  std::size_t next_ = 0, end_ = 0;
};

}  // namespace ipet::defence
