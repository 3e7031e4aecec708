#include "stages/attack/repeats.hpp"

#include <algorithm>
#include <tuple>

#include "stages/traffic/random.hpp"

namespace ipet::attack {
namespace {

using traffic::DevicePacket;
using traffic::Nanoseconds;

constexpr Nanoseconds pair_gap = 2 * traffic::second, pause = 5 * traffic::second;
constexpr std::size_t partners = 2;          // packets behind one that it makes a pair with
constexpr std::size_t most_places = 64;      // of a pair that still says something
constexpr std::size_t most_alignments = 64;  // of a block

std::uint64_t token_of(const DevicePacket& packet) {
  return std::uint64_t{packet.size} << 2 | (packet.direction == traffic::Direction::in ? 2U : 0U) |
         (packet.protocol == traffic::Protocol::udp ? 1U : 0U);
}

/// Calls `take` with the key and the time of every pair.
template <class Realisation>
void for_each_pair(std::span<const DevicePacket> packets, const Realisation& take) {
  for (std::size_t i = 0; i < packets.size(); ++i)
    for (std::size_t j = i + 1; j < packets.size() && j <= i + partners; ++j) {
      if (packets[j].time - packets[i].time > pair_gap) break;
      take(traffic::mix(traffic::mix(token_of(packets[i])) + token_of(packets[j])), packets[i].time);
    }
}

/// Groups of times that are less than a burst's gap apart.
std::uint32_t count_bursts(std::vector<Nanoseconds>& times) {
  std::ranges::sort(times);
  std::uint32_t bursts = times.empty() ? 0 : 1;
  for (std::size_t i = 1; i < times.size(); ++i) bursts += times[i] - times[i - 1] >= pause ? 1 : 0;
  return bursts;
}

}  // namespace

void Recordings::add(std::span<const DevicePacket> packets) {
  const auto number = static_cast<std::uint32_t>(lines_.size());
  Line& line = lines_.emplace_back();
  for (const DevicePacket& packet : packets) {
    line.time.push_back(packet.time);
    line.token.push_back(token_of(packet));
  }
  for_each_pair(packets, [&](std::uint64_t key, Nanoseconds time) { pairs_.push_back({key, number, time}); });
}

void Recordings::finish() {
  std::ranges::sort(pairs_, {}, [](const Pair& p) { return std::tuple(p.key, p.line, p.time); });
  std::vector<Pair> rare;
  for (auto first = pairs_.begin(); first != pairs_.end();) {
    const auto end =
        std::find_if(first, pairs_.end(), [key = first->key](const Pair& p) { return p.key != key; });
    if (static_cast<std::size_t>(end - first) <= most_places) rare.insert(rare.end(), first, end);
    first = end;
  }
  pairs_ = std::move(rare);
}

std::vector<Recordings::Vote> Recordings::votes(std::span<const DevicePacket> block) const {
  std::vector<Vote> votes;
  // A dense block has much to say: only what is rarest is asked.
  const std::size_t most =
      std::clamp<std::size_t>(500'000 / std::max<std::size_t>(block.size(), 1), 4, most_places);
  for_each_pair(block, [&](std::uint64_t key, Nanoseconds time) {
    const auto places = std::ranges::equal_range(pairs_, key, {}, &Pair::key);
    if (places.size() > most) return;
    for (const Pair& place : places)
      if (time - place.time >= options_.least_age) votes.push_back({place.line, time - place.time, time});
  });
  return votes;
}

std::vector<Recordings::Alignment> Recordings::alignments(std::vector<Vote> votes) const {
  std::ranges::sort(votes, {}, [](const Vote& v) { return std::tuple(v.line, v.shift, v.time); });
  std::vector<Alignment> found;
  std::vector<Nanoseconds> times;
  std::size_t end = 0;
  for (std::size_t first = 0; first < votes.size(); ++first) {
    const auto near = [&](std::size_t i) {
      return votes[i].line == votes[first].line &&
             votes[i].shift - votes[first].shift <= options_.tolerance.count();
    };
    end = std::max(end, first + 1);
    while (end < votes.size() && near(end)) ++end;
    if (end - first < 2) continue;
    times.clear();
    for (std::size_t i = first; i < end; ++i) times.push_back(votes[i].time);
    const std::uint32_t bursts = count_bursts(times);
    if (bursts < 2) continue;
    const Alignment here{votes[first].line, bursts, (votes[first].shift + votes[end - 1].shift) / 2};
    // Of windows that overlap, the one with most bursts.
    const bool overlaps = !found.empty() && found.back().line == here.line &&
                          here.shift - found.back().shift <= options_.tolerance.count();
    if (!overlaps)
      found.push_back(here);
    else if (here.bursts > found.back().bursts)
      found.back() = here;
  }
  std::ranges::stable_sort(found, std::ranges::greater{}, &Alignment::bursts);
  if (found.size() > most_alignments) found.resize(most_alignments);
  return found;
}

bool Recordings::has(const Line& line, const DevicePacket& packet, Nanoseconds shift) const {
  const std::uint64_t token = token_of(packet);
  const Nanoseconds tolerance = options_.tolerance.count();
  const Nanoseconds from = packet.time - shift - tolerance, to = from + 2 * tolerance;
  auto at = static_cast<std::size_t>(std::ranges::lower_bound(line.time, from) - line.time.begin());
  for (; at < line.time.size() && line.time[at] <= to; ++at)
    if (line.token[at] == token) return true;
  return false;
}

std::vector<std::uint32_t> Recordings::explain(std::span<const DevicePacket> block) const {
  std::vector<std::uint32_t> explained(block.size());
  for (const Alignment& alignment : alignments(votes(block)))
    for (std::size_t i = 0; i < block.size(); ++i)
      if (explained[i] < alignment.bursts && has(lines_[alignment.line], block[i], alignment.shift))
        explained[i] = alignment.bursts;
  return explained;
}

}  // namespace ipet::attack
