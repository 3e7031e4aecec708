#include "stages/imitation/event_model.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "stages/traffic/day.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;
using traffic::StreamKey;

namespace {

constexpr std::size_t fewest = 5;  ///< events of a kind
constexpr std::size_t memory = 3;  ///< packets that must be the same where a walk changes events
/// The newest packets of a kind are enough to walk through.
constexpr std::size_t most_walked = 200'000;

double seconds(Nanoseconds time) {
  return static_cast<double>(time) / traffic::second;
}

std::uint64_t symbol(const DevicePacket& packet) {
  return std::uint64_t{packet.size} * 512 + static_cast<std::uint64_t>(packet.protocol) * 2 +
         static_cast<std::uint64_t>(packet.direction);
}

/// Kinds from the finest to the coarsest; an event takes the first one that has enough events.
std::vector<std::uint64_t> signatures(const Event& event) {
  double bytes = 1;
  StreamKey exact(1);
  for (const DevicePacket& packet : event.packets) {
    bytes += packet.size;
    if (event.packets.size() <= longest_exact_event) exact = exact.with(symbol(packet));
  }
  const auto count = static_cast<double>(event.packets.size());
  const auto level = [](double value) {
    return static_cast<std::uint64_t>(std::llround(std::log2(value) / 2));
  };
  const std::uint64_t amount = StreamKey(2).with(level(count)).with(level(bytes)).word();
  return {event.packets.size() <= longest_exact_event ? exact.word() : amount, amount, StreamKey(3).word()};
}

}  // namespace

EventModel::EventModel(const Pool& pool, std::size_t device, const std::vector<std::size_t>& days,
                       const BurstOptions& options) {
  cut(pool, device, days, options);
  if (events_.empty()) return;
  find_kinds();
  rank();
  index_contexts();
  sparse_ = is_sparse();
}

std::size_t EventModel::byte_size() const {
  std::size_t bytes = events_.capacity() * sizeof(Event) + contexts_.capacity() * sizeof(Context);
  for (const auto& members : kinds_) bytes += sizeof members + members.capacity() * sizeof(std::size_t);
  return bytes;
}

bool EventModel::is_sparse() const {
  const double per_day = static_cast<double>(events_.size()) / (recorded_ / 86'400);
  if (per_day >= 48) return false;
  std::vector<double> intervals;
  for (const Event& event : events_) intervals.push_back(interval(event));
  std::ranges::sort(intervals);
  const std::size_t n = intervals.size();
  return n < 8 || intervals[n * 3 / 4] - intervals[n / 4] > 0.2 * intervals[n / 2];
}

void EventModel::cut(const Pool& pool, std::size_t device, const std::vector<std::size_t>& days,
                     const BurstOptions& options) {
  std::vector<double> times;  // on a clock that stands still where nothing was recorded
  for (std::size_t i = 0; i < days.size(); ++i) {
    const PoolDay& day = pool.days()[days[i]];
    const Nanoseconds midnight = traffic::begin_of_day(day.number, pool.day_offset_hours());
    const bool follows = i > 0 && days[i - 1] + 1 == days[i] && day.continues;
    if (follows) recorded_ += seconds(day.begin - pool.days()[days[i - 1]].end);
    const auto packets = pool.packets(device, days[i]);
    for (const Burst& burst : bursts_of(packets, options)) {
      Event event;
      event.packets = packets.subspan(burst.first, burst.last - burst.first);
      event.clock = seconds(event.packets.front().time - midnight) / 3600;
      times.push_back(recorded_ + day.recorded_seconds_before(event.packets.front().time));
      events_.push_back(event);
    }
    recorded_ += day.recorded_seconds();
    for (const RecordedSpan& span : day.recorded)
      recorded_hours_.emplace_back(seconds(span.begin - midnight) / 3600,
                                   seconds(span.end - midnight) / 3600);
  }
  // Of two packets within a second, nobody knows a rate: an imitation must not take it for a flood.
  recorded_ = std::max(recorded_, 60.0);
  for (std::size_t i = 0; i < events_.size(); ++i) {
    Event& event = events_[i];
    event.next = i + 1 == events_.size() ? 0 : i + 1;
    event.gap = times[event.next] - times[i] + (event.next == 0 ? recorded_ : 0);
    // Where an event takes long, the silence after it says more than when it began.
    event.from_end = event.seconds() > 0.2 * event.gap;
    if (event.from_end) event.gap = std::max(0.0, event.gap - event.seconds());
  }
}

std::size_t EventModel::days_recorded_at(double clock) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      recorded_hours_, [&](const auto& hours) { return hours.first <= clock && clock <= hours.second; }));
}

double EventModel::first_recorded() const {
  return std::ranges::min(recorded_hours_).first;
}

void EventModel::find_kinds() {
  std::vector<std::vector<std::uint64_t>> named;
  std::map<std::uint64_t, std::size_t> counts;
  for (const Event& event : events_) {
    named.push_back(signatures(event));
    std::uint64_t last = 0;
    for (const std::uint64_t name : named.back())
      if (name != std::exchange(last, name)) ++counts[name];
  }
  std::map<std::uint64_t, std::size_t> numbers;
  for (std::size_t i = 0; i < events_.size(); ++i) {
    std::uint64_t chosen = named[i].back();
    for (const std::uint64_t name : named[i])
      if (counts[name] >= fewest) {
        chosen = name;
        break;
      }
    events_[i].kind = numbers.try_emplace(chosen, numbers.size()).first->second;
    kinds_.resize(numbers.size());
    kinds_[events_[i].kind].push_back(i);
  }
}

void EventModel::rank() {
  for (const Event& event : events_) events_[event.next].since = interval(event);
  std::vector<double> sorted;
  auto rank_in = [&](auto value_of, const std::vector<std::size_t>& members, double Event::*rank) {
    sorted.clear();
    for (const std::size_t i : members) sorted.push_back(value_of(i));
    std::ranges::sort(sorted);
    for (const std::size_t i : members) {
      const auto [low, high] = std::ranges::equal_range(sorted, value_of(i));
      events_[i].*rank = 0.5 * static_cast<double>((low - sorted.begin()) + (high - sorted.begin())) /
                         static_cast<double>(sorted.size());
    }
  };
  for (auto& members : kinds_) {
    rank_in([&](std::size_t i) { return events_[i].since; }, members, &Event::before);
    rank_in([&](std::size_t i) { return events_[i].seconds(); }, members, &Event::length);
    std::ranges::stable_sort(members, {}, [&](std::size_t i) { return events_[i].before; });
  }
}

std::uint64_t EventModel::context(std::size_t kind, std::span<const DevicePacket> packets,
                                  std::size_t packet) const {
  StreamKey key = StreamKey(kind);
  for (std::size_t back = 0; back < memory && back <= packet; ++back)
    key = key.with(symbol(packets[packet - back]));
  return key.word();
}

void EventModel::index_contexts() {
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    std::size_t walked = 0;
    std::vector<std::size_t> newest = kinds_[kind];
    std::ranges::sort(newest, std::greater());
    for (auto i = newest.begin(); i != newest.end() && walked < most_walked; ++i) {
      const auto packets = events_[*i].packets;
      walked += packets.size();
      for (std::size_t packet = 0; packet < packets.size(); ++packet)
        contexts_.push_back({context(kind, packets, packet), static_cast<std::uint32_t>(packet),
                             static_cast<std::uint32_t>(*i)});
    }
  }
  std::ranges::sort(contexts_);
}

EventModel::Position EventModel::kin(Position at, std::size_t spread, traffic::Random& random) const {
  const Event& event = events_[at.event];
  const std::uint64_t key = context(event.kind, event.packets, at.packet);
  const auto low = static_cast<std::uint32_t>(at.packet - std::min(at.packet, spread));
  const auto high = static_cast<std::uint32_t>(at.packet + spread + 1);
  const auto first = std::ranges::lower_bound(contexts_, Context{key, low, 0});
  const auto last = std::ranges::lower_bound(contexts_, Context{key, high, 0});
  if (first == last) return at;
  const auto& chosen =
      *(first + static_cast<std::ptrdiff_t>(random.below(static_cast<std::uint64_t>(last - first))));
  return {chosen.event, chosen.packet};
}

}  // namespace ipet::defence
