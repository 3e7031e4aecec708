#include "stages/pool/pool_facts.hpp"

#include <algorithm>

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

constexpr Nanoseconds shortest_pause = 3'600 * traffic::second;
constexpr std::size_t most_pauses_a_day = 2;  // more are the home's way

}  // namespace

PoolFacts::PoolFacts(const Pool& pool) {
  for (std::size_t day = 0; day < pool.days().size(); ++day) {
    const PoolDay& recorded = pool.days()[day];
    days_.push_back({recorded.number, recorded.begin, recorded.end, recorded.recorded_seconds()});
    find_pauses(pool, day);
  }
  for (std::size_t device = 0; device < pool.devices().size(); ++device) {
    first_days_.push_back(days_.size());
    for (std::size_t day = 0; day < days_.size(); ++day) {
      voices_.push_back(listen(pool.packets(device, day)));
      if (voices_.back().spoke) first_days_.back() = std::min(first_days_.back(), day);
    }
  }
}

void PoolFacts::find_pauses(const Pool& pool, std::size_t day) {
  std::vector<Nanoseconds> times;
  for (std::size_t device = 0; device < pool.devices().size(); ++device)
    for (const DevicePacket& packet : pool.packets(device, day)) times.push_back(packet.time);
  std::ranges::sort(times);
  const auto note = [&](Nanoseconds begin, Nanoseconds end, Day& begins_on) {
    if (end - begin <= shortest_pause) return;
    pauses_.push_back({begin, end});
    ++begins_on.pauses;
  };
  if (day > 0) note(days_[day - 1].end, days_[day].begin, days_[day - 1]);
  Nanoseconds& resolution = days_[day].resolution;
  for (std::size_t i = 0; i < times.size(); ++i) {
    while (times[i] % resolution != 0) resolution /= 1'000;
    if (i > 0) note(times[i - 1], times[i], days_[day]);
  }
}

PoolFacts::Voice PoolFacts::listen(std::span<const DevicePacket> packets) const {
  Voice heard;
  for (const DevicePacket& packet : packets) {
    if (!heard.spoke) heard.first = heard.last = packet.time;
    heard.spoke = true;
    heard.longest[0] = std::max(heard.longest[0], packet.time - heard.last);
    heard.longest[1] = std::max(heard.longest[1], outside_pauses(heard.last, packet.time));
    heard.last = packet.time;
    heard.bytes[static_cast<std::size_t>(packet.direction)] += packet.size;
  }
  return heard;
}

Nanoseconds PoolFacts::outside_pauses(Nanoseconds begin, Nanoseconds end) const {
  Nanoseconds longest = 0;
  for (auto pause = std::ranges::lower_bound(pauses_, begin, {}, &Pause::begin);
       pause != pauses_.end() && pause->end <= end; ++pause) {
    longest = std::max(longest, pause->begin - begin);
    begin = pause->end;
  }
  return std::max(longest, end - begin);
}

double PoolFacts::rate(std::size_t device, std::span<const std::size_t> days, bool outgoing_only) const {
  double bytes = 0, seconds = 0;
  for (const std::size_t day : days) {
    if (day < first_day(device)) continue;
    const Voice& heard = voice(device, day);
    bytes += heard.bytes[0] + (outgoing_only ? 0 : heard.bytes[1]);
    seconds += std::max(1.0, days_[day].seconds);
  }
  return bytes / std::max(1.0, seconds);
}

std::optional<Nanoseconds> PoolFacts::longest_silence(std::size_t device,
                                                      std::span<const std::size_t> days) const {
  std::size_t pauses = 0;
  for (const std::size_t day : days) pauses += days_[day].pauses;
  const bool quiet_home = pauses > most_pauses_a_day * days.size();
  const auto silence = [&](Nanoseconds begin, Nanoseconds end) {
    return quiet_home ? end - begin : outside_pauses(begin, end);
  };
  Nanoseconds longest = 0;
  Nanoseconds last = 0;  // packet, or begin of what was recorded without a gap
  std::optional<std::int64_t> day_before;
  bool spoke = false;
  for (const std::size_t day : days) {
    if (day < first_day(device)) continue;
    const Voice& heard = voice(device, day);
    if (!day_before || *day_before + 1 != days_[day].number)
      last = day == first_day(device) ? heard.first : days_[day].begin;
    if (heard.spoke) {
      longest = std::max({longest, silence(last, heard.first), heard.longest[quiet_home ? 0 : 1]});
      last = heard.last;
      spoke = true;
    }
    longest = std::max(longest, silence(last, days_[day].end));
    day_before = days_[day].number;
  }
  return spoke ? std::optional(longest) : std::nullopt;
}

Nanoseconds PoolFacts::resolution(std::span<const std::size_t> days) const {
  Nanoseconds finest = Day().resolution;
  for (const std::size_t day : days) finest = std::min(finest, days_[day].resolution);
  return finest;
}

}  // namespace ipet::defence
