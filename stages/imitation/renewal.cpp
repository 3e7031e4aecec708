#include "stages/imitation/renewal.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include "stages/defence/periods.hpp"
#include "stages/imitation/event_model.hpp"
#include "stages/imitation/poisson.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;
using traffic::Random;

namespace {

/// Where and when the next event begins.
struct Onset {
  std::size_t event = 0;  ///< of the model: where the walk begins
  Nanoseconds time = 0;
};

/// Tells events one after another, in the order of their times.
class Script {
 public:
  virtual ~Script() = default;
  /// `seconds`: how long the event took that was told last.
  virtual std::optional<Onset> next(double seconds) = 0;
};

/// For devices with many or regular events.
class Chain final : public Script {
 public:
  Chain(const RenewalOptions& options, const EventModel& model, const Imitation& imitation,
        Nanoseconds midnight)
      : options_(options),
        model_(model),
        midnight_(midnight),
        end_(imitation.end),
        random_(imitation.key.with("chain")) {
    // Begins some events early, so that nothing tells where it began, but where days were recorded.
    const double mean = model_.recorded_seconds() / static_cast<double>(model_.events().size());
    const double early = std::clamp(20 * mean, 3600.0, 2.0 * 86'400);
    const Nanoseconds dawn =
        std::min(imitation.begin, midnight_ + to_nanoseconds(model_.first_recorded() * 3600));
    at_ = {random_.below(model_.events().size()), dawn - to_nanoseconds(early * random_.uniform(0.5, 1))};
  }

  std::optional<Onset> next(double seconds) override {
    if (begun_) advance(seconds);
    begun_ = true;
    return at_.time < end_ ? std::optional(at_) : std::nullopt;
  }

 private:
  void advance(double seconds) {
    const std::size_t like = analogue();
    const Event& event = model_.events()[like];
    const double gap = smoothed_gap(like) + (event.from_end ? seconds : 0);
    at_ = {event.next, at_.time + std::max<Nanoseconds>(1, to_nanoseconds(gap))};
  }

  /// The current event, or one of its kind at about this time of day, which took as long and came after
  /// about the same time.
  std::size_t analogue() {
    const Event& now = model_.events()[at_.event];
    if (random_.uniform() >= options_.jump) return at_.event;
    const auto& members = model_.of_kind(now.kind);
    // Sorted by the time before them: those near there.
    const auto near = std::ranges::lower_bound(members, now.before, {},
                                               [&](std::size_t i) { return model_.events()[i].before; }) -
                      members.begin();
    const auto wide = static_cast<std::ptrdiff_t>(std::max<std::size_t>(20, members.size() / 20));
    const std::ptrdiff_t first = std::max<std::ptrdiff_t>(0, near - wide);
    const auto last = std::min(static_cast<std::ptrdiff_t>(members.size()), near + wide);
    constexpr std::ptrdiff_t most = 150;  // of so many, a sample stands for all
    candidates_.clear();
    double total = 0;
    for (std::ptrdiff_t i = 0; i < std::min(most, last - first); ++i) {
      const std::ptrdiff_t at =
          last - first <= most
              ? first + i
              : first + static_cast<std::ptrdiff_t>(random_.below(static_cast<std::uint64_t>(last - first)));
      const std::size_t member = members[static_cast<std::size_t>(at)];
      total += weight(model_.events()[member], now);
      candidates_.emplace_back(total, member);
    }
    const double drawn = random_.uniform(0, total);
    const auto found =
        std::ranges::lower_bound(candidates_, drawn, {}, &std::pair<double, std::size_t>::first);
    return found == candidates_.end() ? candidates_.back().second : found->second;
  }

  /// The weight of an analogue.
  [[nodiscard]] double weight(const Event& event, const Event& now) const {
    const double clock =
        std::fmod(static_cast<double>(at_.time - midnight_) / traffic::second / 3600 + 72, 24);
    const double hours = std::abs(event.clock - clock);
    const double clock_distance = std::min(hours, 24 - hours) / std::max(options_.clock_hours, 1e-3);
    // By rank, so that the spread of a timer counts, and by length, so that two timers are not taken for one.
    const double before_distance = (event.before - now.before) / 0.03;
    const double since_distance = std::log((event.since + 0.1) / (now.since + 0.1)) / 0.05;
    const double length_distance = (event.length - now.length) / 0.1;
    // Never 0, so that there is always something to choose from.
    return 1e-9 + std::exp(-0.5 * (clock_distance * clock_distance + before_distance * before_distance +
                                   length_distance * length_distance + since_distance * since_distance));
  }

  /// The gap of an event, moved towards the nearest one among a few others that go on alike.
  double smoothed_gap(std::size_t like) {
    const Event& event = model_.events()[like];
    const std::size_t kind = model_.events()[event.next].kind;
    const auto& members = model_.of_kind(event.kind);
    // Timers that run beside each other keep their distance, so only a little.
    double most = 0.001 * event.gap;
    for (std::size_t tries = 0; tries < 8; ++tries) {
      const Event& other = model_.events()[members[random_.below(members.size())]];
      if (model_.events()[other.next].kind != kind || other.from_end != event.from_end || &other == &event)
        continue;
      most = std::min(most, std::abs(other.gap - event.gap));
    }
    return event.gap + random_.uniform(-0.5, 0.5) * std::max(most, 1e-6);
  }

  const RenewalOptions& options_;
  const EventModel& model_;
  Nanoseconds midnight_, end_;
  Random random_;
  bool begun_ = false;
  Onset at_;
  std::vector<std::pair<double, std::size_t>> candidates_;  ///< sum of weights up to each
};

/// For devices with few events.
class Sessions final : public Script {
 public:
  Sessions(const RenewalOptions& options, const EventModel& model, const Imitation& imitation,
           Nanoseconds midnight)
      : random_(imitation.key.with("sessions")), end_(imitation.end) {
    const auto& events = model.events();
    for (std::size_t first = 0; first < events.size();) {
      std::size_t last = first + 1;
      while (last < events.size() && model.interval(events[last - 1]) < options.session_gap) ++last;
      const auto days = static_cast<double>(model.days_recorded_at(events[first].clock));
      for (std::uint64_t copies = poisson(1 / days, random_); copies > 0; --copies) {
        const double clock = moved(model, events[first].clock, options.clock_hours / 2);
        play(model, first, last, midnight + to_nanoseconds(clock * 3600));
      }
      first = last;
    }
    std::ranges::stable_sort(onsets_, {}, &Onset::time);
  }

  std::optional<Onset> next(double) override {
    if (told_ == onsets_.size() || onsets_[told_].time >= end_) return std::nullopt;
    return onsets_[told_++];
  }

 private:
  /// A time of day near another one, at which days were recorded.
  double moved(const EventModel& model, double clock, double hours) {
    for (int tries = 0; tries < 1'000; ++tries) {
      const double other = std::fmod(clock + hours * random_.normal() + 48, 24);
      if (model.days_recorded_at(other) > 0) return other;
    }
    return clock;
  }
  void play(const EventModel& model, std::size_t first, std::size_t last, Nanoseconds time) {
    for (std::size_t i = first; i < last; ++i) {
      // Another event of the kind, so that not even their order comes again.
      const auto& kin = model.of_kind(model.events()[i].kind);
      onsets_.push_back({kin[random_.below(kin.size())], time});
      time += to_nanoseconds(model.interval(model.events()[i]) * random_.uniform(0.8, 1.2));
    }
  }

  Random random_;
  Nanoseconds end_;
  std::vector<Onset> onsets_;
  std::size_t told_ = 0;
};

/// All lines of a day imitate the device from the same days.
std::shared_ptr<const EventModel> model_of(const RenewalOptions& options, const Pool& pool,
                                           const Imitation& imitation) {
  const BurstOptions bursts{to_nanoseconds(options.burst_gap)};
  return pool.memo<EventModel>(imitation.device, imitation.days, bursts.gap,
                               [&] { return EventModel(pool, imitation.device, imitation.days, bursts); });
}

class RenewalVoice final : public CoverSource {
 public:
  RenewalVoice(const RenewalOptions& options, const Pool& pool, const Imitation& imitation)
      : options_(options),
        kept_model_(model_of(options, pool, imitation)),
        model_(*kept_model_),
        random_(imitation.key.with("packets")),
        begin_(imitation.begin),
        end_(imitation.end) {
    if (model_.events().empty() || model_.recorded_seconds() <= 0) return;
    const double offset = pool.day_offset_hours();
    const Nanoseconds midnight = traffic::begin_of_day(traffic::day_of(begin_, offset), offset);
    if (model_.sparse())
      script_ = std::make_unique<Sessions>(options_, model_, imitation, midnight);
    else
      script_ = std::make_unique<Chain>(options_, model_, imitation, midnight);
    upcoming_ = script_->next(0);
  }
  RenewalVoice(const RenewalVoice&) = delete;  // the script refers to the model
  RenewalVoice& operator=(const RenewalVoice&) = delete;

  bool next(Nanoseconds until, DevicePacket& packet) override {
    const Nanoseconds limit = std::min(until, end_);
    for (;;) {
      if (upcoming_ && (waiting_.empty() || upcoming_->time <= waiting_.front().time)) {
        if (upcoming_->time >= limit) return false;
        play(*upcoming_);
        continue;
      }
      if (waiting_.empty() || waiting_.front().time >= limit) return false;
      packet = waiting_.front();
      waiting_.pop_front();
      return true;
    }
  }

 private:
  void play(const Onset& onset) {
    const auto old = static_cast<std::ptrdiff_t>(waiting_.size());
    Nanoseconds time = onset.time;
    EventModel::Position at{onset.event, 0};
    const std::size_t count = model_.events()[at.event].packets.size();
    const bool walks = count > longest_exact_event;
    // Once in an event the walk goes on from a place before or after its own, so that lengths are new. More
    // often would make events longer: fewer are long than short, so more walks would go back than on.
    std::size_t moves = walks ? count / 4 + random_.below(count / 2) : 0;
    for (std::size_t sent = 1; time < end_; ++sent) {
      const auto packets = model_.events()[at.event].packets;
      if (time >= begin_) {
        waiting_.push_back(packets[at.packet]);
        waiting_.back().time = time;
        waiting_.back().dummy = true;
      }
      if (walks && random_.uniform() < options_.splice) {
        const bool moved = sent >= moves;
        at = model_.kin(at, moved ? std::max<std::size_t>(2, at.packet / 10) : 0, random_);
        if (moved) moves = std::numeric_limits<std::size_t>::max();
      }
      const auto source = model_.events()[at.event].packets;
      if (++at.packet == source.size()) break;
      const auto gap = static_cast<double>(source[at.packet].time - source[at.packet - 1].time);
      time += std::llround(gap * std::exp(options_.noise * random_.normal()));
    }
    std::inplace_merge(waiting_.begin(), waiting_.begin() + old, waiting_.end(),
                       [](const DevicePacket& a, const DevicePacket& b) { return a.time < b.time; });
    upcoming_ = script_->next(static_cast<double>(time - onset.time) / traffic::second);
  }

  RenewalOptions options_;
  std::shared_ptr<const EventModel> kept_model_;
  const EventModel& model_;
  Random random_;
  Nanoseconds begin_, end_;
  std::unique_ptr<Script> script_;  ///< null for a device that was silent
  std::optional<Onset> upcoming_;
  std::deque<DevicePacket> waiting_;  ///< of events that have begun, in time order
};

}  // namespace

Renewal::Renewal(const Options& options) : options_(options) {
  if (!(options.burst_gap > 0 && options.session_gap >= 0 && options.clock_hours >= 0))
    throw std::invalid_argument("renewal: times must not be negative, and 'burst_gap' not 0");
  if (!(options.jump >= 0 && options.jump <= 1))
    throw std::invalid_argument("renewal: 'jump' must be from 0 to 1");
  if (!(options.splice >= 0 && options.splice <= 1 && options.noise >= 0 && options.noise <= 2))
    throw std::invalid_argument("renewal: 'splice' must be from 0 to 1 and 'noise' from 0 to 2");
}

std::unique_ptr<CoverSource> Renewal::imitate(const Pool& pool, const Imitation& imitation) const {
  return std::make_unique<RenewalVoice>(options_, pool, imitation);
}

}  // namespace ipet::defence
