#include "stages/comparison/samples.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ipet::comparison {

using attack::Rows;

std::uint16_t most_probable(const float* probabilities, std::size_t classes) {
  return static_cast<std::uint16_t>(std::max_element(probabilities, probabilities + classes) - probabilities);
}

Rows pick(const Rows& rows, std::span<const std::size_t> positions) {
  Rows chosen;
  chosen.width = rows.width;
  chosen.values.reserve(positions.size() * rows.width);
  for (const std::size_t i : positions) {
    chosen.values.insert(chosen.values.end(), rows.row(i), rows.row(i) + rows.width);
    chosen.line.push_back(rows.line[i]);
    chosen.start.push_back(rows.start[i]);
    chosen.label.push_back(rows.label[i]);
  }
  return chosen;
}

std::vector<std::size_t> at_most_per_class(const Rows& rows, std::vector<std::size_t> positions,
                                           std::size_t most, traffic::StreamKey key) {
  if (most == 0) return positions;
  std::map<std::uint16_t, std::vector<std::pair<std::uint64_t, std::size_t>>> drawn;
  for (const std::size_t i : positions) {
    const auto number = key.with(rows.line[i]).with(static_cast<std::uint64_t>(rows.start[i])).word();
    drawn[rows.label[i]].emplace_back(number, i);
  }
  positions.clear();
  for (auto& [label, candidates] : drawn) {
    std::ranges::sort(candidates);
    if (candidates.size() > most) candidates.resize(most);
    for (const auto& [number, i] : candidates) positions.push_back(i);
  }
  std::ranges::sort(positions);
  return positions;
}

void permute_labels(Rows& rows, traffic::StreamKey key) {
  traffic::Random random(key);
  for (std::size_t left = rows.label.size(); left > 1; --left)
    std::swap(rows.label[left - 1], rows.label[random.below(left)]);
}

}  // namespace ipet::comparison
