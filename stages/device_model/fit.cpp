#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
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

activity::Begins begins_of(std::span<const Burst> bursts) {
  activity::Begins begins;
  for (const Burst& burst : bursts) begins.push_back(burst.time);
  return begins;
}

/// BeatStatistics, and what chains begin with.
void give_timers(std::vector<Burst>& bursts, const activity::Timers& timers, Nanoseconds recorded_from,
                 Nanoseconds tolerance) {
  const activity::Begins begins = begins_of(bursts);
  const auto which = timers.which(begins, recorded_from);
  for (std::size_t i = 0; i < bursts.size(); ++i) bursts[i].timer = which[i];
  for (std::size_t i = 0; i < bursts.size(); ++i) {
    if (!which[i]) continue;
    const Nanoseconds before = begins[i] - timers.periods()[*which[i]];
    for (auto at = std::ranges::lower_bound(begins, before - tolerance) - begins.begin();
         static_cast<std::size_t>(at) < i && begins[static_cast<std::size_t>(at)] <= before + tolerance; ++at)
      if (auto& timer = bursts[static_cast<std::size_t>(at)].timer; !timer) timer = which[i];
  }
}

/// A timer as its beats show it, day by day.
class BeatStatistics {
 public:
  BeatStatistics(Nanoseconds period, Nanoseconds tolerance) : period_(period), tolerance_(tolerance) {}

  void end_of_day() { last_.reset(); }
  void add(Nanoseconds time) {
    if (const auto last = std::exchange(last_, time)) {
      const Nanoseconds interval = time - *last;
      if (std::abs(interval - period_) <= tolerance_)
        chains_.back().push_back(seconds(interval));
      else
        breaks_.push_back(seconds(interval));
      if (std::abs(interval - period_) <= tolerance_) return;
    }
    chains_.emplace_back();
  }
  [[nodiscard]] Timer timer() const {
    double sum = 0, count = 0;
    for (const auto& chain : chains_) {
      sum += std::accumulate(chain.begin(), chain.end(), 0.0);
      count += static_cast<double>(chain.size());
    }
    Timer timer{.period = count > 0 ? sum / count : seconds(period_), .breaks = breaks_};
    timer.lasts = count > 0 ? count / (count + static_cast<double>(breaks_.size())) : 0;
    double squares = 0, products = 0, pairs = 0;
    for (const auto& chain : chains_)
      for (std::size_t i = 0; i < chain.size(); ++i) {
        const double difference = chain[i] - timer.period;
        squares += difference * difference;
        if (i == 0) continue;
        products += difference * (chain[i - 1] - timer.period);
        ++pairs;
      }
    const double variance = count > 0 ? squares / count : 0;
    const double jitter = pairs > 0 ? std::clamp(-products / pairs, 0.0, variance / 2) : 0;
    timer.jitter = std::sqrt(jitter);
    timer.walk = std::sqrt(std::max(0.0, variance - 2 * jitter));
    return timer;
  }

 private:
  Nanoseconds period_, tolerance_;
  std::optional<Nanoseconds> last_;
  std::vector<std::vector<double>> chains_;  ///< intervals
  std::vector<double> breaks_;
};

}  // namespace

Nanoseconds Burst::end() const {
  return std::accumulate(packets.begin(), packets.end(), time,
                         [](Nanoseconds at, const BurstPacket& packet) { return at + packet.after; });
}

std::size_t Burst::filled() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(packets, [](const BurstPacket& packet) { return packet.size > 0; }));
}

std::size_t DeviceModel::days_recorded_at(Nanoseconds time) const {
  std::size_t days = 0;
  if (recorded.empty()) return days;
  for (Nanoseconds at = time % traffic::day; at <= recorded.back().end; at += traffic::day)
    days +=
        std::ranges::any_of(recorded, [&](const auto& span) { return span.begin <= at && at <= span.end; })
            ? 1
            : 0;
  return days;
}

DeviceModel fit(const defence::Pool& pool, std::size_t device, std::span<const std::size_t> days) {
  const activity::EventRule rule;
  DeviceModel model{.device = pool.devices()[device]};
  std::vector<activity::Recording> recordings;
  std::vector<std::vector<Burst>> bursts;
  std::vector<activity::Begins> begins;
  for (const std::size_t day : days) {
    const auto packets = pool.packets(device, day);
    recordings.push_back({pool.days()[day].begin, pool.days()[day].end, packets});
    bursts.push_back(cut(packets, rule));
    begins.push_back(begins_of(bursts.back()));
  }
  const activity::Activity activity = activity::activity_of(recordings, rule);
  const activity::Timers timers(begins, rule.timers);
  std::vector<BeatStatistics> beats;
  for (const Nanoseconds period : timers.periods()) beats.emplace_back(period, rule.timers.tolerance);
  for (std::size_t d = 0; d < days.size(); ++d) {
    mark_events(bursts[d], activity.events[d]);
    give_timers(bursts[d], timers, recordings[d].begin, rule.timers.tolerance);
    const Nanoseconds midnight =
        traffic::begin_of_day(pool.days()[days.front()].number, pool.day_offset_hours());
    for (defence::RecordedSpan span : pool.days()[days[d]].recorded)
      model.recorded.push_back({span.begin - midnight, span.end - midnight});
    for (Burst& burst : bursts[d]) {
      if (burst.timer) beats[*burst.timer].add(burst.time);
      burst.time -= midnight;
      model.bursts.push_back(std::move(burst));
    }
    std::ranges::for_each(beats, &BeatStatistics::end_of_day);
  }
  for (const BeatStatistics& each : beats) model.timers.push_back(each.timer());
  return model;
}

DeviceModel abridged(DeviceModel model, std::size_t beats, std::size_t packets) {
  std::vector<std::size_t> kept(model.timers.size());
  std::vector<Burst> bursts;
  std::size_t others = 0, kept_others = 0, used = 0;
  for (auto burst = model.bursts.rbegin(); burst != model.bursts.rend(); ++burst) {
    others += burst->timer ? 0 : 1;
    const bool fits = burst->timer ? kept[*burst->timer]++ < beats
                                   : kept_others == 0 || used + burst->packets.size() <= packets;
    if (!fits) continue;
    kept_others += burst->timer ? 0 : 1;
    used += burst->timer ? 0 : burst->packets.size();
    bursts.push_back(std::move(*burst));
  }
  std::ranges::reverse(bursts);
  if (kept_others > 0) model.times *= static_cast<double>(others) / static_cast<double>(kept_others);
  for (Timer& timer : model.timers)
    if (timer.breaks.size() > beats)
      timer.breaks.erase(timer.breaks.begin(), timer.breaks.end() - static_cast<std::ptrdiff_t>(beats));
  model.bursts = std::move(bursts);
  return model;
}

}  // namespace ipet::device_model
