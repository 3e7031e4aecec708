// The perturbations ("vectors") that a schedule plays for one device in one capture, one after another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stages/generator/perturbation_rows.hpp"
#include "stages/generator/perturbations.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defence {

/// Random streams are keyed by (seed, device, capture, day, window), where `window` counts the vectors that
/// begin within a day: no two days share a sequence.
class VectorSequence {
 public:
  /// `perturbations` must have passed Perturbations::check. Throws std::out_of_range for a device that is not
  /// in the set. A day begins `day_offset_hours` after midnight UTC. `capture` is any word.
  VectorSequence(std::shared_ptr<const Perturbations> perturbations, std::string device,
                 std::uint64_t capture, double day_offset_hours);

  [[nodiscard]] std::uint32_t slots() const { return slots_; }
  [[nodiscard]] traffic::Nanoseconds omega() const { return omega_; }

  /// Goes on to a fresh vector, which begins at `time`.
  void draw(traffic::Nanoseconds time);
  /// What one slot of the current vector may send in one direction.
  [[nodiscard]] generator::Row row(std::uint32_t slot, traffic::Direction direction) const {
    const std::uint16_t* at =
        vector_.data() + std::size_t{slot} * 4 + (direction == traffic::Direction::in ? 2 : 0);
    return {at[0], at[1]};
  }
  /// A stream for other random decisions about the current vector.
  [[nodiscard]] traffic::Random random() const;

 private:
  std::shared_ptr<const Perturbations> perturbations_;
  std::string device_;
  std::size_t device_index_;
  std::uint64_t capture_;
  double day_offset_hours_;
  std::uint32_t slots_;
  traffic::Nanoseconds omega_;
  std::vector<std::uint16_t> vector_;  ///< [slot, column]
  std::int64_t day_ = 0;
  std::uint64_t window_ = 0, vectors_of_day_ = 0;
};

}  // namespace ipet::defence
