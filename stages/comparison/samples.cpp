#include "stages/comparison/samples.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace ipet::comparison {

using attack::Rows;
using traffic::Nanoseconds;

std::uint16_t most_probable(const float* probabilities, std::size_t classes) {
  return static_cast<std::uint16_t>(std::max_element(probabilities, probabilities + classes) - probabilities);
}

bool for_validation(const Rows& rows, std::size_t row, const std::vector<Realisation>& realisations,
                    traffic::StreamKey key) {
  constexpr double share = 0.15;
  const WatchedLine& line = *realisations[rows.line[row]].line;
  const Nanoseconds piece = std::clamp<Nanoseconds>((line.interval.end - line.interval.begin) / 8,
                                                    traffic::second, 3600 * traffic::second);
  traffic::Random random(
      key.with(line.device)
          .with(static_cast<std::uint64_t>(line.interval.begin))
          .with(static_cast<std::uint64_t>((rows.start[row] - line.interval.begin_of_day) / piece)));
  return random.uniform() < share;
}

TrainingParts divide(const Rows& rows, const std::vector<std::size_t>& positions,
                     const std::vector<Realisation>& realisations, traffic::StreamKey key,
                     std::size_t classes) {
  std::vector<bool> validates(positions.size()), trained_on(classes);
  for (std::size_t n = 0; n < positions.size(); ++n) {
    validates[n] = for_validation(rows, positions[n], realisations, key);
    if (!validates[n]) trained_on[rows.label[positions[n]]] = true;
  }
  TrainingParts parts;
  for (std::size_t n = 0; n < positions.size(); ++n)
    (validates[n] && trained_on[rows.label[positions[n]]] ? parts.validation : parts.training)
        .push_back(positions[n]);
  return parts;
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
    if (!rows.home.empty()) chosen.home.push_back(rows.home[i]);
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
