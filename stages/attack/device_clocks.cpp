#include "stages/attack/device_clocks.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "stages/activity/timers.hpp"

namespace ipet::attack {

using activity::Begins;
using traffic::Nanoseconds;

namespace {

/// The bursts of one kind, by recording.
struct Kind {
  Phrase phrase;
  std::vector<Begins> begins;
  std::size_t count = 0;
  bool taken = false;
};

/// Of one class, the most frequent first.
std::vector<Kind> kinds_of(std::span<const CleanRecording> recordings, std::size_t label) {
  std::map<Phrase, Kind> found;
  for (std::size_t r = 0; r < recordings.size(); ++r) {
    if (recordings[r].label != label) continue;
    for (const Spoken& spoken : phrases_of(recordings[r].packets)) {
      Kind& kind = found[spoken.phrase];
      kind.begins.resize(recordings.size());
      kind.begins[r].push_back(spoken.begin);
      ++kind.count;
    }
  }
  std::vector<Kind> kinds;
  for (auto& [phrase, kind] : found) {
    kind.phrase = phrase;
    kinds.push_back(std::move(kind));
  }
  std::ranges::stable_sort(kinds, std::ranges::greater{}, &Kind::count);
  return kinds;
}

/// Distance of a time from the nearest of some.
Nanoseconds nearest(const Begins& times, Nanoseconds time) {
  const auto next = std::ranges::lower_bound(times, time);
  Nanoseconds distance = traffic::day;
  if (next != times.end()) distance = *next - time;
  if (next != times.begin()) distance = std::min(distance, time - *std::prev(next));
  return distance;
}

/// How far bursts are from one of `kind` a period before or after, those that are further than half a second
/// left out.
std::vector<Nanoseconds> deviations(const Kind& bursts, const Kind& kind, Nanoseconds period) {
  std::vector<Nanoseconds> near;
  for (std::size_t r = 0; r < bursts.begins.size(); ++r)
    for (const Nanoseconds begin : bursts.begins[r]) {
      const Nanoseconds distance =
          std::min(nearest(kind.begins[r], begin - period), nearest(kind.begins[r], begin + period));
      if (distance <= traffic::second / 2) near.push_back(distance);
    }
  return near;
}

bool begins_with(const Phrase& phrase, const Phrase& begin) {
  return phrase.size() >= begin.size() && std::equal(begin.begin(), begin.end(), phrase.begin());
}

Nanoseconds tolerance_of(std::vector<Nanoseconds> deviations, Nanoseconds most) {
  const auto ninth = deviations.begin() + std::ssize(deviations) * 9 / 10;
  std::ranges::nth_element(deviations, ninth);
  return std::clamp(*ninth * 3 / 2, traffic::second / 100, most);
}

void add_clocks(std::vector<Kind> kinds, std::uint16_t label, Clocks& clocks,
                std::map<Phrase, std::size_t>& places) {
  constexpr std::size_t most_kinds = 32, most_clocks = 8, fewest_bursts = 3;
  if (kinds.size() > most_kinds) kinds.resize(most_kinds);
  activity::TimerOptions options;
  options.most_timers = 1;
  std::size_t count = 0;
  for (Kind& kind : kinds) {
    if (kind.taken || kind.count < options.fewest || count == most_clocks) continue;
    const activity::Timers timers(kind.begins, options);
    if (timers.periods().empty()) continue;
    ++count;
    Clock clock{label, timers.periods()[0], 0, {}};
    clock.tolerance = tolerance_of(deviations(kind, kind, clock.period), options.tolerance);
    for (Kind& other : kinds) {
      if (other.taken || other.count < fewest_bursts) continue;
      if (&other != &kind && 2 * deviations(other, kind, clock.period).size() < other.count) continue;
      other.taken = true;
      if (&other != &kind && begins_with(other.phrase, kind.phrase)) continue;
      const auto [at, added] = places.try_emplace(other.phrase, clocks.phrases.size());
      if (added) clocks.phrases.push_back(other.phrase);
      clock.phrases.push_back(at->second);
    }
    clocks.all.push_back(std::move(clock));
  }
}

}  // namespace

Clocks clocks_of(std::span<const CleanRecording> recordings, std::size_t classes) {
  Clocks clocks;
  clocks.classes = classes;
  std::map<Phrase, std::size_t> places;
  for (std::size_t label = 0; label < classes; ++label)
    add_clocks(kinds_of(recordings, label), static_cast<std::uint16_t>(label), clocks, places);
  return clocks;
}

BeatTrains::BeatTrains(const Clock& clock)
    : period_(static_cast<double>(clock.period)),
      tolerance_(static_cast<double>(clock.tolerance)),
      loose_(std::min(period_ / 60, 4e9)) {
  // Errors add up as those of independent beats; they may come to a three-hundredth of a period.
  const double exact = period_ / 300 / tolerance_;
  reach_ = std::clamp(exact * exact, 4.0, 30.0);
}

BeatTrains::Expectation BeatTrains::expectation(Nanoseconds time) const {
  Expectation best;
  for (std::size_t i = 0; i < trains_.size(); ++i) {
    const BeatTrain& train = trains_[i];
    const auto since = static_cast<double>(time - train.last);
    const double periods = std::round(since / train.period);
    if (periods < 1 || periods > std::min(reach_, 4 + static_cast<double>(train.beats))) continue;
    const double late = since - periods * train.period;
    double misfit = std::abs(late) / (tolerance_ * std::sqrt(periods));
    if (misfit >= 1) misfit = periods == 1 && late > 0 ? 1 + late / loose_ : unexpected;
    if (misfit < best.misfit) best = {i, misfit, periods, std::abs(late)};
  }
  return best;
}

const BeatTrain& BeatTrains::beat(Nanoseconds time) {
  const Expectation best = expectation(time);
  if (best.misfit >= unexpected) {
    constexpr std::size_t most = 64;
    if (trains_.size() == most) trains_.erase(std::ranges::min_element(trains_, {}, &BeatTrain::beats));
    return trains_.emplace_back(BeatTrain{time, time, 1, period_, 1, {}});
  }
  BeatTrain& train = trains_[best.train];
  // As if the clock's period had been seen four times before; of the last 36 beats or so.
  if (best.misfit < 1)
    train.period += (static_cast<double>(time - train.last) / best.periods - train.period) /
                    (4 + static_cast<double>(std::min<std::size_t>(train.beats, 32)));
  train.last = time;
  ++train.beats;
  ++train.recent;
  train.deviations.push_back(static_cast<Nanoseconds>(best.deviation));
  return train;
}

void BeatTrains::turn(Nanoseconds now) {
  std::erase_if(trains_, [&](const BeatTrain& train) {
    return static_cast<double>(now - train.last) >
           1.1 * period_ * std::min(reach_, 4 + static_cast<double>(train.beats));
  });
  for (BeatTrain& train : trains_) {
    train.recent = 0;
    train.deviations.clear();
  }
}

}  // namespace ipet::attack
