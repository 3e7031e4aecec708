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
  Coincidence result;
  result.observed = share(followers, leaders, window);
  double sum = 0, squares = 0;
  std::vector<Nanoseconds> shifted(leaders.size());
  for (std::size_t s = 1; s <= shifts; ++s) {
    const Nanoseconds by = (end - begin) / static_cast<Nanoseconds>(shifts + 1) * static_cast<Nanoseconds>(s);
    std::ranges::transform(leaders, shifted.begin(),
                           [&](Nanoseconds time) { return begin + (time - begin + by) % (end - begin); });
    std::ranges::sort(shifted);
    const double by_chance = share(followers, shifted, window);
    sum += by_chance;
    squares += by_chance * by_chance;
  }
  const auto count = static_cast<double>(shifts);
  result.expected = sum / count;
  result.deviation = std::sqrt(std::max(0.0, squares / count - result.expected * result.expected));
  return result;
}

}  // namespace ipet::attack
