// Made-up aggregates of devices that are easy to tell apart.
#pragma once

#include <algorithm>
#include <exception>
#include <functional>
#include <string>

#include "stages/model/table_model.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::forest::test {

/// `columns` features, of which the first two tell the device: it is at one of the corners of a grid, blurred
/// by `blur`; the others are noise.
inline fingerprint::FeatureTable corners(std::size_t devices, std::size_t rows, std::size_t columns,
                                         double blur, std::uint64_t seed) {
  fingerprint::FeatureTable table;
  for (std::size_t c = 0; c < columns; ++c) table.columns.push_back(std::string("f") + std::to_string(c));
  traffic::Random random(traffic::StreamKey(seed).with("corners"));
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t device = i % devices;
    const double place[] = {static_cast<double>(device % 2), static_cast<double>(device / 2)};
    for (std::size_t c = 0; c < columns; ++c)
      table.values.push_back(
          static_cast<float>(c < 2 ? place[c] + blur * random.normal() : random.uniform(0, 1000)));
    table.label.push_back(static_cast<std::uint16_t>(device));
  }
  return table;
}

/// Share of the rows whose most probable class is theirs.
inline double accuracy(const std::vector<float>& probabilities, const fingerprint::FeatureTable& table,
                       std::size_t classes) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto row = probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes);
    const auto best = std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row;
    right += best == table.label[i] ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(table.size());
}

/// Of the error that a call ends with.
inline std::string message(const std::function<void()>& call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace ipet::forest::test
