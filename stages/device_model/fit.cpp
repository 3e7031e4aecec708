#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "stages/activity/event_rule.hpp"
#include "stages/device_model/device_model.hpp"
#include "stages/imitation/bursts.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::device_model {

using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

double seconds(Nanoseconds time) {
  return static_cast<double>(time) / traffic::second;
}

/// Times as those of the packets.
std::vector<Burst> cut(std::span<const DevicePacket> packets, const activity::EventRule& rule) {
  std::vector<Burst> bursts;
  for (const defence::Burst& run :
       defence::bursts_of(packets, {rule.gap, std::numeric_limits<Nanoseconds>::max()})) {
    Burst& burst = bursts.emplace_back(Burst{.time = packets[run.first].time});
    for (std::size_t i = run.first; i < run.last; ++i)
      burst.packets.push_back({i == run.first ? 0 : packets[i].time - packets[i - 1].time, packets[i].size,
                               packets[i].direction, packets[i].protocol});
  }
  return bursts;
}

void mark_events(std::vector<Burst>& bursts, std::span<const activity::Event> events) {
  for (const activity::Event& event : events) {
    const auto after = std::ranges::upper_bound(bursts, event.begin, {}, &Burst::time);
    if (after != bursts.begin()) std::prev(after)->event = true;
  }
}

/// Whether they look alike.
class Kind {
 public:
  explicit Kind(const Burst& burst) : packets_(filled(burst)) {}

  [[nodiscard]] bool has(const Kind& other) const {
    const std::vector<BurstPacket>& others = other.packets_;
    const bool alike =
        is_long() ? 5 * others.size() >= 4 * packets_.size() && 4 * others.size() <= 5 * packets_.size()
                  : others.size() == packets_.size();
    const std::size_t compared = is_long() ? 3 : packets_.size();
    return alike && std::equal(packets_.begin(), packets_.begin() + static_cast<std::ptrdiff_t>(compared),
                               others.begin(), &Kind::same);
  }

 private:
  static std::vector<BurstPacket> filled(const Burst& burst) {
    std::vector<BurstPacket> packets;
    std::ranges::copy_if(burst.packets, std::back_inserter(packets),
                         [](const BurstPacket& packet) { return packet.size > 0; });
    return packets.empty() ? burst.packets : packets;
  }
  static bool same(const BurstPacket& a, const BurstPacket& b) {
    const std::uint32_t apart = std::max(a.size, b.size) - std::min(a.size, b.size);
    return a.direction == b.direction && a.protocol == b.protocol && apart <= std::max(8U, a.size / 3);
  }
  [[nodiscard]] bool is_long() const { return packets_.size() >= activity::EventRule{}.large; }

  std::vector<BurstPacket> packets_;
};

using Members = std::vector<Burst*>;  ///< in time order

std::vector<Members> kinds_of(std::vector<std::vector<Burst>>& days) {
  std::vector<Kind> kinds;
  std::vector<Members> members;
  for (std::vector<Burst>& bursts : days)
    for (Burst& burst : bursts) {
      const Kind own(burst);
      const auto found = std::ranges::find_if(kinds, [&](const Kind& kind) { return kind.has(own); });
      const auto kind = static_cast<std::size_t>(found - kinds.begin());
      if (found == kinds.end()) kinds.push_back(own);
      members.resize(kinds.size());
      members[kind].push_back(&burst);
    }
  return members;
}

/// Seconds from one to the next, but over midnight.
std::vector<double> intervals_of(const Members& members, std::span<const Nanoseconds> day_ends) {
  std::vector<double> intervals;
  for (std::size_t i = 1; i < members.size(); ++i) {
    const auto end = std::ranges::upper_bound(day_ends, members[i - 1]->time);
    if (end == day_ends.end() || members[i]->time < *end)
      intervals.push_back(seconds(members[i]->time - members[i - 1]->time));
  }
  return intervals;
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

/// Those of about this length.
std::vector<double> near(const std::vector<double>& intervals, double period, double tolerance) {
  std::vector<double> found;
  std::ranges::copy_if(intervals, std::back_inserter(found),
                       [&](double each) { return std::abs(each - period) <= tolerance; });
  return found;
}

Timer timer_of(const std::vector<double>& intervals, double period) {
  Timer timer{.period = period};
  double squares = 0, products = 0, count = 0, beats = 0, last = 0;
  bool follows = false;
  for (const double interval : intervals) {
    const double periods = std::round(interval / timer.period);
    const double difference = interval - periods * timer.period;
    const bool on_grid = periods >= 1 && periods <= 5 && std::abs(difference) <= timer.period / 4;
    if (on_grid) {
      squares += difference * difference;
      products += follows ? difference * last : 0;
      ++count;
      beats += periods;
    }
    follows = on_grid;
    last = difference;
  }
  if (squares <= 0 || products / squares > -0.35) return timer;
  timer.keeps_time = true;
  timer.jitter = std::sqrt(squares / count / 2);
  timer.sent = count / beats;
  return timer;
}

constexpr std::size_t fewest_intervals = 9;

/// Where a beat is missing, a burst without a timer that goes on when the beat was due has it among its
/// packets, and is the beat.
void adopt(std::vector<std::vector<Burst>>& days, std::size_t timer, double period) {
  const Nanoseconds half = traffic::second / 2;
  for (std::vector<Burst>& bursts : days) {
    std::optional<Nanoseconds> due;
    for (Burst& burst : bursts) {
      const bool has_it = due && !burst.timer && burst.time - half <= *due && *due <= burst.end() + half;
      if (has_it) burst.timer = timer;
      if (burst.timer == timer) due = burst.time + std::llround(period * traffic::second);
    }
  }
}

/// Kinds of bursts that come regularly.
void find_timers_of_kinds(DeviceModel& model, std::vector<std::vector<Burst>>& days,
                          std::span<const Nanoseconds> day_ends) {
  for (const Members& members : kinds_of(days)) {
    const std::vector<double> intervals = intervals_of(members, day_ends);
    if (intervals.size() < fewest_intervals) continue;
    const double about = median(intervals);
    const std::vector<double> regular = near(intervals, about, std::max(0.5, about / 10));
    if (2 * regular.size() < intervals.size()) continue;
    const double period = median(regular);
    for (Burst* burst : members) burst->timer = model.timers.size();
    adopt(days, model.timers.size(), period);
    model.timers.push_back(timer_of(intervals, period));
  }
}

/// Periods in what is left, whatever it looks like.
void find_other_timers(DeviceModel& model, std::vector<std::vector<Burst>>& days,
                       std::span<const Nanoseconds> day_begins, std::span<const Nanoseconds> day_ends,
                       const activity::TimerOptions& options) {
  std::vector<Members> left(days.size());
  std::vector<activity::Begins> begins(days.size());
  for (std::size_t day = 0; day < days.size(); ++day)
    for (Burst& burst : days[day])
      if (!burst.timer) {
        left[day].push_back(&burst);
        begins[day].push_back(burst.time);
      }
  const activity::Timers timers(begins, options);
  std::vector<Members> beats(timers.periods().size());
  for (std::size_t day = 0; day < days.size(); ++day) {
    const auto which = timers.which(begins[day], day_begins[day]);
    for (std::size_t i = 0; i < which.size(); ++i)
      if (which[i]) beats[*which[i]].push_back(left[day][i]);
  }
  for (std::size_t timer = 0; timer < beats.size(); ++timer) {
    const std::vector<double> intervals = intervals_of(beats[timer], day_ends);
    const std::vector<double> regular =
        near(intervals, seconds(timers.periods()[timer]), seconds(options.tolerance));
    if (intervals.size() < fewest_intervals || 10 * regular.size() < 3 * intervals.size()) continue;
    for (Burst* burst : beats[timer]) burst->timer = model.timers.size();
    model.timers.push_back(timer_of(intervals, median(regular)));
  }
}

}  // namespace

DeviceModel fit(const defence::Pool& pool, std::size_t device, std::span<const std::size_t> days) {
  const activity::EventRule rule;
  DeviceModel model{.device = pool.devices()[device]};
  std::vector<activity::Recording> recordings;
  std::vector<std::vector<Burst>> bursts;
  std::vector<Nanoseconds> begins, ends;
  for (const std::size_t day : days) {
    const auto packets = pool.packets(device, day);
    recordings.push_back({pool.days()[day].begin, pool.days()[day].end, packets});
    bursts.push_back(cut(packets, rule));
    begins.push_back(pool.days()[day].begin);
    ends.push_back(traffic::begin_of_day(pool.days()[day].number + 1, pool.day_offset_hours()));
  }
  const activity::Activity activity = activity::activity_of(recordings, rule);
  for (std::size_t d = 0; d < days.size(); ++d) mark_events(bursts[d], activity.events[d]);
  find_timers_of_kinds(model, bursts, ends);
  find_other_timers(model, bursts, begins, ends, rule.timers);
  const Nanoseconds midnight =
      days.empty() ? 0 : traffic::begin_of_day(pool.days()[days.front()].number, pool.day_offset_hours());
  for (std::size_t d = 0; d < days.size(); ++d) {
    for (const defence::RecordedSpan& span : pool.days()[days[d]].recorded)
      model.recorded.push_back({span.begin - midnight, span.end - midnight});
    for (Burst& burst : bursts[d]) {
      burst.time -= midnight;
      model.bursts.push_back(std::move(burst));
    }
  }
  return model;
}

DeviceModel abridged(DeviceModel model, std::size_t beats, std::size_t packets) {
  std::vector<std::size_t> kept(model.timers.size());
  std::vector<Burst> bursts;
  std::size_t others = 0, kept_others = 0, used = 0;
  for (auto burst = model.bursts.rbegin(); burst != model.bursts.rend(); ++burst) {
    if (burst->timer) {
      if (kept[*burst->timer]++ < beats) bursts.push_back(std::move(*burst));
      continue;
    }
    used += burst->packets.size();
    if (others++ > kept_others || (kept_others > 0 && used > packets)) continue;
    ++kept_others;
    bursts.push_back(std::move(*burst));
  }
  std::ranges::reverse(bursts);
  if (kept_others > 0) model.times *= static_cast<double>(others) / static_cast<double>(kept_others);
  model.bursts = std::move(bursts);
  return model;
}

}  // namespace ipet::device_model
