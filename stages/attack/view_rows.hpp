// What attackers learn from and are asked about: rows of numbers, each from one stretch of one line.
#pragma once

#include <cstdint>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::attack {

struct Rows {
  std::size_t width = 0;            ///< numbers per row
  std::vector<float> values;        ///< [row, column]
  std::vector<std::uint32_t> line;  ///< [row], which line of the evaluation; rows of a line lie together
  std::vector<traffic::Nanoseconds> start;  ///< [row], ascending within a line
  std::vector<std::uint16_t> label;         ///< [row], class of the line's device
  /// [row]; rows of lines that are watched together, those of one home, day and copy, have one number. Empty
  /// where nobody knows.
  std::vector<std::uint32_t> home;

  [[nodiscard]] std::size_t size() const { return start.size(); }
  [[nodiscard]] const float* row(std::size_t i) const { return values.data() + i * width; }
};

}  // namespace ipet::attack
