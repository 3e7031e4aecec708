#include "stages/gan/alphabet.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

namespace ipet::gan {

using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

/// At equal ranks: all of a few, and enough for the law of many.
std::vector<Nanoseconds> sample_of(std::span<const Nanoseconds> sorted) {
  constexpr std::size_t most = 4'096;
  if (sorted.size() <= most) return {sorted.begin(), sorted.end()};
  std::vector<Nanoseconds> sample;
  for (std::size_t i = 0; i < most; ++i) sample.push_back(sorted[i * (sorted.size() - 1) / (most - 1)]);
  return sample;
}

}  // namespace

Alphabet::Alphabet(std::span<const Recording> recordings, std::size_t most_kinds, Nanoseconds event_gap) {
  count_kinds(recordings, most_kinds);
  std::vector<Nanoseconds> gaps;
  for (const Recording& recording : recordings) {
    Nanoseconds last = recording.begin;
    for (const DevicePacket& packet : recording.packets) {
      gaps.push_back(std::max<Nanoseconds>(0, packet.time - last));
      last = packet.time;
    }
    if (recording.silence() >= event_gap) gaps.push_back(recording.silence());
  }
  std::ranges::sort(gaps);
  const auto split = std::ranges::lower_bound(gaps, event_gap);
  add_gaps({gaps.begin(), split}, short_gaps);
  within_ = gaps_.size();
  add_gaps({split, gaps.end()}, long_gaps);
}

void Alphabet::count_kinds(std::span<const Recording> recordings, std::size_t most) {
  std::map<Kind, std::size_t> counts;
  for (const Recording& recording : recordings)
    for (const DevicePacket& packet : recording.packets)
      ++counts[{packet.direction, packet.protocol, packet.size}];
  std::vector<std::pair<std::size_t, Kind>> ranked;
  for (const auto& [kind, count] : counts) ranked.emplace_back(count, kind);
  std::ranges::stable_sort(ranked, std::greater(), &std::pair<std::size_t, Kind>::first);
  kinds_.resize(std::min(most, ranked.size()));
  kind_counts_.resize(kinds_.size());
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const std::size_t symbol = std::min(i, kinds_.size() - 1);
    const auto count = static_cast<double>(ranked[i].first);
    symbols_[ranked[i].second] = static_cast<std::uint16_t>(symbol);
    kinds_[symbol].emplace_back(ranked[i].second, count);
    kind_counts_[symbol] += count;
  }
  for (std::size_t symbol = 0; symbol < kinds_.size(); ++symbol)
    for (auto& [kind, share] : kinds_[symbol]) share /= kind_counts_[symbol];
}

/// Equal gaps stay in one bin.
void Alphabet::add_gaps(std::span<const Nanoseconds> sorted, std::size_t most) {
  const std::size_t per_bin = std::max<std::size_t>(1, (sorted.size() + most - 1) / most);
  for (std::size_t first = 0; first < sorted.size();) {
    std::size_t end = std::min(sorted.size(), first + per_bin);
    while (end < sorted.size() && sorted[end] == sorted[end - 1]) ++end;
    gaps_.push_back(sample_of(sorted.subspan(first, end - first)));
    gap_counts_.push_back(static_cast<double>(end - first));
    first = end;
  }
}

std::uint16_t Alphabet::kind_of(const DevicePacket& packet) const {
  const auto known = symbols_.find({packet.direction, packet.protocol, packet.size});
  if (known != symbols_.end()) return known->second;
  auto nearest = static_cast<std::uint16_t>(kinds_.size() - 1);
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const auto& [kind, symbol] : symbols_) {
    const auto& [direction, protocol, size] = kind;
    const std::int64_t away = std::abs(static_cast<std::int64_t>(size) - std::int64_t{packet.size});
    if (direction != packet.direction || away >= least) continue;
    least = away;
    nearest = symbol;
  }
  return nearest;
}

std::uint16_t Alphabet::gap_of(Nanoseconds gap) const {
  // The last bin that begins at the gap or before it.
  const auto after = std::ranges::upper_bound(gaps_, gap, {}, [](const auto& bin) { return bin.front(); });
  return static_cast<std::uint16_t>(std::max<std::ptrdiff_t>(0, after - gaps_.begin() - 1));
}

DevicePacket Alphabet::packet(std::size_t kind, traffic::Random& random) const {
  const auto& among = kinds_[kind];
  std::size_t which = 0;
  if (among.size() > 1)
    for (double left = random.uniform(); which + 1 < among.size() && (left -= among[which].second) >= 0;)
      ++which;
  const auto& [direction, protocol, size] = among[which].first;
  return {0, size, direction, protocol, true};
}

Nanoseconds Alphabet::gap(std::size_t bin, traffic::Random& random) const {
  const auto& recorded = gaps_[bin];
  // Of a lone gap the neighbourhood is not known: 2 % either way.
  if (recorded.size() == 1)
    return std::llround(static_cast<double>(recorded[0]) * random.uniform(0.98, 1.02));
  const std::size_t i = random.below(recorded.size() - 1);
  return recorded[i] + std::llround(static_cast<double>(recorded[i + 1] - recorded[i]) * random.uniform());
}

}  // namespace ipet::gan
