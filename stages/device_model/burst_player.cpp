#include "stages/device_model/burst_player.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stages/activity/event_rule.hpp"

namespace ipet::device_model {

using traffic::Nanoseconds;

namespace {

// Standard deviations of logarithms of gaps.
constexpr double stretch = 0.02, noise = 0.01, small = 0.002;
constexpr std::size_t tries = 16;

}  // namespace

BurstPlayer::BurstPlayer(const DeviceModel& model) : model_(model) {
  for (const Burst& burst : model.bursts) large_.push_back(burst.filled() >= activity::EventRule{}.large);
  count_sizes();
  find_new_sizes();
}

std::pair<BurstPlayer::Symbol, BurstPlayer::Symbol> BurstPlayer::last_two(const Place& place) const {
  return {symbol(at({place.burst, place.packet - 1})), symbol(at(place))};
}

void BurstPlayer::count_sizes() {
  for (std::size_t burst = 0; burst < large_.size(); ++burst) {
    if (!large_[burst]) continue;
    for (std::size_t packet = 0; packet < model_.bursts[burst].packets.size(); ++packet) {
      const Place place{burst, packet};
      if (at(place).size > 0) ++sent_[symbol(at(place))];
      if (packet > 0) same_two_[last_two(place)].push_back(place);
    }
  }
}

void BurstPlayer::find_new_sizes() {
  // What was rare after a packet, by it and by direction and protocol.
  std::map<std::tuple<Symbol, traffic::Direction, traffic::Protocol>, std::vector<Symbol>> rare;
  const auto kind = [](const std::pair<Symbol, Symbol>& two) {
    return std::tuple(two.first, std::get<1>(two.second), std::get<2>(two.second));
  };
  for (const auto& [two, places] : same_two_)
    if (const auto sent = sent_.find(two.second); sent != sent_.end() && sent->second <= 2)
      rare[kind(two)].push_back(two.second);
  for (const auto& [two, places] : same_two_)
    if (const auto sent = sent_.find(two.second); sent != sent_.end() && sent->second == 1)
      if (auto sizes = never_sent(rare[kind(two)]); !sizes.empty()) new_sizes_.emplace(two, std::move(sizes));
}

/// Sizes among the rare ones, which are ascending, of one direction and protocol.
std::vector<std::uint32_t> BurstPlayer::never_sent(const std::vector<Symbol>& rare) const {
  std::vector<std::uint32_t> sizes;
  if (rare.size() < 3) return sizes;
  const std::uint32_t first = std::get<0>(rare.front()), last = std::get<0>(rare.back());
  std::uint32_t step = 0;
  for (const Symbol& each : rare) step = std::gcd(step, std::get<0>(each) - first);
  for (std::uint32_t size = first; size < last; size += step)
    if (!sent_.contains({size, std::get<1>(rare.front()), std::get<2>(rare.front())})) sizes.push_back(size);
  return sizes;
}

double BurstPlayer::novelty() const {
  double once = 0, all = 0;
  for (const auto& [symbol, times] : sent_) {
    once += times == 1 ? 1 : 0;
    all += static_cast<double>(times);
  }
  return all > 0 ? once / all : 0;
}

/// A place after the same two packets and about as many, perhaps the same one.
BurstPlayer::Place BurstPlayer::moved(const Place& place, traffic::Random& random) const {
  const std::vector<Place>& others = same_two_.at(last_two(place));
  for (std::size_t left = tries; left > 0; --left) {
    const Place& other = others[random.below(others.size())];
    const std::size_t apart = std::max(other.packet, place.packet) - std::min(other.packet, place.packet);
    if (apart <= std::max<std::size_t>(2, place.packet / 10)) return other;
  }
  return place;
}

std::uint32_t BurstPlayer::size_of(const Place& place, traffic::Random& random) const {
  if (!large_[place.burst] || place.packet == 0) return at(place).size;
  const auto found = new_sizes_.find(last_two(place));
  return found == new_sizes_.end() ? at(place).size : found->second[random.below(found->second.size())];
}

std::vector<traffic::DevicePacket> BurstPlayer::play(std::size_t burst, Nanoseconds time,
                                                     traffic::Random& random) const {
  std::vector<traffic::DevicePacket> packets;
  const double pace = std::exp((large_[burst] ? stretch : small) * random.normal());
  const double jump = large_[burst] ? 2 / static_cast<double>(model_.bursts[burst].packets.size()) : 0;
  for (Place place{burst, 0};;) {
    const BurstPacket& packet = at(place);
    packets.push_back({time, size_of(place, random), packet.direction, packet.protocol, true});
    if (place.packet > 0 && random.uniform() < jump) place = moved(place, random);
    if (++place.packet == model_.bursts[place.burst].packets.size()) return packets;
    time += std::llround(static_cast<double>(at(place).after) * pace *
                         std::exp((large_[burst] ? noise : small) * random.normal()));
  }
}

}  // namespace ipet::device_model
