#include "stages/attack/assignment.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace ipet::attack {

namespace {

std::vector<std::size_t> shuffled(std::size_t count, traffic::Random random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

/// Lines are added one after another, each by the path of least reduced cost to a free device.
class Assignment {
 public:
  explicit Assignment(std::size_t lines, std::size_t devices)
      : of_line_(lines), price_(devices), line_of_(devices, none), devices_(devices) {}

  /// `score` (line, device).
  template <class Score>
  void add(std::size_t line, const Score& score) {
    std::vector<double> distance(devices_, std::numeric_limits<double>::infinity());
    std::vector<std::size_t> from(devices_, none);  // the device before it on the path
    std::vector<bool> done(devices_, false);
    std::size_t at = none, last = none;
    double length = 0;
    for (std::size_t current = line; current != none; current = line_of_[last]) {
      for (std::size_t d = 0; d < devices_; ++d) {
        const double way = length + price_[d] - score(current, d) - of_line_[current];
        if (done[d] || way >= distance[d]) continue;
        distance[d] = way;
        from[d] = at;
      }
      last = none;
      for (std::size_t d = 0; d < devices_; ++d)
        if (!done[d] && (last == none || distance[d] < distance[last])) last = d;
      done[last] = true;
      length = distance[last];
      at = last;
    }
    reprice(line, distance, done, length);
    while (from[last] != none) {
      line_of_[last] = line_of_[from[last]];
      last = from[last];
    }
    line_of_[last] = line;
  }

  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  /// [device]; none where it is free.
  [[nodiscard]] const std::vector<std::size_t>& line_of() const { return line_of_; }

 private:
  /// Keeps reduced costs at 0 on what is assigned and at 0 or more elsewhere.
  void reprice(std::size_t line, const std::vector<double>& distance, const std::vector<bool>& done,
               double length) {
    of_line_[line] += length;
    for (std::size_t d = 0; d < devices_; ++d) {
      if (!done[d] || distance[d] == length) continue;
      price_[d] += length - distance[d];
      if (line_of_[d] != none) of_line_[line_of_[d]] += length - distance[d];
    }
  }

  std::vector<double> of_line_, price_;
  std::vector<std::size_t> line_of_;
  std::size_t devices_;
};

}  // namespace

std::vector<std::size_t> one_to_one(std::span<const double> scores, std::size_t devices,
                                    traffic::StreamKey key) {
  const std::size_t lines = devices == 0 ? 0 : scores.size() / devices;
  if (lines * devices != scores.size() || lines > devices)
    throw std::invalid_argument(
        "an assignment needs a score per line and device, and at most as many lines as devices");
  if (!std::ranges::all_of(scores, [](double score) { return std::isfinite(score); }))
    throw std::invalid_argument("the scores of an assignment must be finite");
  const std::vector<std::size_t> line = shuffled(lines, traffic::Random(key.with("lines")));
  const std::vector<std::size_t> device = shuffled(devices, traffic::Random(key.with("devices")));
  Assignment assignment(lines, devices);
  for (std::size_t i = 0; i < lines; ++i)
    assignment.add(i, [&](std::size_t l, std::size_t d) { return scores[line[l] * devices + device[d]]; });
  std::vector<std::size_t> found(lines);
  for (std::size_t d = 0; d < devices; ++d)
    if (const std::size_t l = assignment.line_of()[d]; l != Assignment::none) found[line[l]] = device[d];
  return found;
}

}  // namespace ipet::attack
