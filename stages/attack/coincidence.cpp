#include "stages/attack/coincidence.hpp"

#include <algorithm>
#include <cmath>

namespace ipet::attack {

using traffic::Nanoseconds;

namespace {

double share(std::span<const Nanoseconds> followers, std::span<const Nanoseconds> leaders,
             Nanoseconds window) {
  std::size_t after = 0;
  for (const Nanoseconds time : followers) {
    const auto next = std::ranges::upper_bound(leaders, time);
    after += next != leaders.begin() && time - *std::prev(next) <= window ? 1 : 0;
  }
  return static_cast<double>(after) / static_cast<double>(followers.size());
}

/// `by_chance` gives the share after each of so many shifts, from 1 on.
template <class Share>
Coincidence beyond_chance(double observed, std::size_t shifts, const Share& by_chance) {
  Coincidence result{observed, 0, 0};
  double squares = 0;
  for (std::size_t shift = 1; shift <= shifts; ++shift) {
    const double found = by_chance(shift);
    result.expected += found;
    squares += found * found;
  }
  const auto count = static_cast<double>(shifts);
  result.expected /= count;
  result.deviation = std::sqrt(std::max(0.0, squares / count - result.expected * result.expected));
  return result;
}

}  // namespace

std::vector<Nanoseconds> events_of(std::span<const traffic::DevicePacket> packets, Nanoseconds silence) {
  std::vector<Nanoseconds> events;
  for (std::size_t i = 0; i < packets.size(); ++i)
    if (i == 0 || packets[i].time - packets[i - 1].time >= silence) events.push_back(packets[i].time);
  return events;
}

Coincidence coincidence(std::span<const Nanoseconds> followers, std::span<const Nanoseconds> leaders,
                        Nanoseconds begin, Nanoseconds end, Nanoseconds window, std::size_t shifts) {
  if (followers.empty() || leaders.empty() || shifts == 0) return {};
  std::vector<Nanoseconds> shifted(leaders.size());
  const Nanoseconds step = (end - begin) / static_cast<Nanoseconds>(shifts + 1);
  return beyond_chance(share(followers, leaders, window), shifts, [&](std::size_t shift) {
    const Nanoseconds by = step * static_cast<Nanoseconds>(shift);
    std::ranges::transform(leaders, shifted.begin(),
                           [&](Nanoseconds time) { return begin + (time - begin + by) % (end - begin); });
    std::ranges::sort(shifted);
    return share(followers, shifted, window);
  });
}

Coincidence coincidence(std::span<const std::size_t> followers, const std::vector<bool>& leaders,
                        std::size_t before, std::size_t after, std::size_t shifts) {
  const std::size_t slots = leaders.size();
  if (followers.empty() || std::ranges::find(leaders, true) == leaders.end() || shifts == 0) return {};
  std::vector<bool> near(slots);
  for (std::size_t slot = 0; slot < slots; ++slot)
    for (std::size_t i = 0; leaders[slot] && i <= std::min(before + after, slots); ++i)
      near[(slot + slots - after % slots + i) % slots] = true;
  const auto observed = [&](std::size_t by) {
    std::size_t found = 0;
    for (const std::size_t slot : followers) found += near[(slot + by) % slots] ? 1 : 0;
    return static_cast<double>(found) / static_cast<double>(followers.size());
  };
  return beyond_chance(observed(0), shifts,
                       [&](std::size_t shift) { return observed(slots * shift / (shifts + 1)); });
}

}  // namespace ipet::attack
