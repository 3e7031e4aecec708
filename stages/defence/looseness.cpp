#include "stages/defence/looseness.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

/// How many of the sorted lengths are in [low, high].
std::size_t count(std::span<const Nanoseconds> sorted, Nanoseconds low, Nanoseconds high) {
  const auto begin = std::ranges::lower_bound(sorted, low);
  return static_cast<std::size_t>(std::ranges::upper_bound(begin, sorted.end(), high) - begin);
}

/// Half of the others of about this length are no farther from it.
Nanoseconds typical_difference(std::span<const Nanoseconds> sorted, Nanoseconds length) {
  const Nanoseconds tenth = length / 10;
  const std::size_t others = count(sorted, length - tenth, length + tenth) - 1;
  if (others == 0) return length / 20;
  Nanoseconds low = 0, high = tenth;
  while (low < high) {
    const Nanoseconds middle = low + (high - low) / 2;
    if ((count(sorted, length - middle, length + middle) - 1) * 2 >= others)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

}  // namespace

Looseness looseness_of(std::span<const DevicePacket> packets, std::span<const Burst> bursts) {
  std::map<std::tuple<std::uint32_t, traffic::Direction, traffic::Protocol>, std::vector<std::size_t>> kinds;
  for (std::size_t i = 0; i < bursts.size(); ++i) {
    const DevicePacket& first = packets[bursts[i].first];
    kinds[{first.size, first.direction, first.protocol}].push_back(i);
  }
  Looseness looseness{std::vector<Nanoseconds>(bursts.size())};
  for (const auto& [kind, members] : kinds) {
    std::vector<Nanoseconds> lengths;
    for (std::size_t m = 1; m < members.size(); ++m)
      lengths.push_back(packets[bursts[members[m]].first].time - packets[bursts[members[m - 1]].first].time);
    std::vector<Nanoseconds> sorted = lengths;
    std::ranges::sort(sorted);
    Nanoseconds before = std::numeric_limits<Nanoseconds>::max();
    for (std::size_t m = 0; m < members.size() && members.size() > 1; ++m) {
      const Nanoseconds after = m < lengths.size() ? typical_difference(sorted, lengths[m])
                                                   : std::numeric_limits<Nanoseconds>::max();
      looseness.all[members[m]] = std::min(before, after);
      before = after;
    }
  }
  return looseness;
}

}  // namespace ipet::defence
