// Table models to attack with, and how often they are right.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "stages/attack/view_rows.hpp"
#include "stages/forest/gradient_boosting.hpp"

namespace ipet::attack::test {

inline std::shared_ptr<const fingerprint::ModelFactory> boosting() {
  forest::GradientBoostingOptions options;
  options.rounds = 30;
  return std::make_shared<forest::GradientBoosting>(options);
}

/// Appends the rows of another line; its number and its class are this one.
inline void append(Rows& rows, const Rows& line, std::size_t device) {
  rows.width = line.width;
  rows.values.insert(rows.values.end(), line.values.begin(), line.values.end());
  rows.start.insert(rows.start.end(), line.start.begin(), line.start.end());
  rows.line.resize(rows.start.size(), static_cast<std::uint32_t>(device));
  rows.label.resize(rows.start.size(), static_cast<std::uint16_t>(device));
}

inline double accuracy(const std::vector<float>& probabilities, const Rows& rows, std::size_t classes) {
  double right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes);
    right += std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row == rows.label[i] ? 1 : 0;
  }
  return right / static_cast<double>(rows.size());
}

}  // namespace ipet::attack::test
