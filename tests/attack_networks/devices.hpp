// Lines of devices for networks to tell apart, and how well they do.
#pragma once

#include <algorithm>

#include <gtest/gtest.h>

#include "stages/attack/attacker.hpp"
#include "tests/attack/lines.hpp"

namespace ipet::attack::test {

/// Devices whose packets all have one size: 40 of the first, 640 of the second; two minutes each.
inline Rows lines(const View& view, std::size_t devices, std::uint64_t seed) {
  Rows rows;
  rows.width = view.columns().size();
  traffic::Random random(seed);
  for (std::size_t d = 0; d < devices; ++d) {
    std::vector<DevicePacket> packets;
    for (Nanoseconds time = noon; time < noon + 2 * minute;
         time += static_cast<Nanoseconds>(random.exponential(2e8)))
      packets.push_back(
          {time, 40U << (4 * d), static_cast<Direction>(random.below(2)), Protocol::tcp, false});
    const Rows line = look(view, {noon, noon + 2 * minute, noon}, packets);
    rows.values.insert(rows.values.end(), line.values.begin(), line.values.end());
    rows.start.insert(rows.start.end(), line.start.begin(), line.start.end());
    rows.line.resize(rows.start.size(), static_cast<std::uint32_t>(d));
    rows.label.resize(rows.start.size(), static_cast<std::uint16_t>(d));
  }
  return rows;
}

inline void permute(Rows& rows, std::size_t classes, std::uint64_t seed) {
  traffic::Random random(seed);
  for (std::uint16_t& label : rows.label) label = static_cast<std::uint16_t>(random.below(classes));
}

inline double accuracy(const Attacker& attacker, const Rows& training, const Rows& validation,
                       const Rows& test, std::size_t classes) {
  fingerprint::Observer observer;
  const std::vector<float> p =
      attacker.train(training, validation, classes, 7, observer)->probabilities(test);
  EXPECT_EQ(p.size(), test.size() * classes);
  double right = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const float* const row = p.data() + i * classes;
    right += std::max_element(row, row + classes) - row == test.label[i] ? 1 : 0;
    float sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += row[c];
    EXPECT_NEAR(sum, 1, 1e-5);
  }
  return right / static_cast<double>(test.size());
}

}  // namespace ipet::attack::test
