#include "stages/device_model/imitated_home.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <utility>

#include "stages/defence/periods.hpp"
#include "stages/imitation/poisson.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::device_model {

using defence::to_nanoseconds;
using traffic::Nanoseconds;
using traffic::Random;
using traffic::StreamKey;

namespace {

/// A burst that began before somebody asked may still go on.
constexpr Nanoseconds longest_burst = 3600 * traffic::second;

class Moments final : public BurstSource {
 public:
  Moments(RepertoireOfDay repertoire, StreamKey key, Nanoseconds from, double day_offset_hours, Hours hours,
          double rare, std::size_t first)
      : of_day_(std::move(repertoire)),
        key_(key),
        offset_(day_offset_hours),
        hours_(hours),
        rare_(rare),
        first_(first),
        day_(traffic::day_of(from - longest_burst, day_offset_hours)) {}

  std::optional<Begin> next(Nanoseconds until) override {
    while (traffic::begin_of_day(day_, offset_) < until) draw(day_++);
    if (begins_.empty() || begins_.front().time >= until) return std::nullopt;
    const Begin begin = begins_.front();
    begins_.pop_front();
    return begin;
  }
  [[nodiscard]] Nanoseconds due() const override {
    const Nanoseconds tomorrow = traffic::begin_of_day(day_, offset_);
    return begins_.empty() ? tomorrow : std::min(tomorrow, begins_.front().time);
  }

 private:
  void draw(std::int64_t day) {
    const auto repertoire = of_day_(day);
    if (repertoire == nullptr || repertoire->moments().empty()) return;
    const StreamKey today = key_.with(static_cast<std::uint64_t>(day));
    Random random(today);
    std::uint64_t number = 0;
    for (std::uint64_t left = defence::poisson(repertoire->per_day(), random); left > 0; --left) {
      const Moment& moment = repertoire->draw(random);
      const Nanoseconds time = traffic::begin_of_day(day, offset_) + time_of_day(moment, *repertoire, random);
      const double pace = random.uniform(0.9, 1.1);
      for (const Moment::Part& part : moment.parts)
        begins_.push_back({time + std::llround(static_cast<double>(part.after) * pace), first_ + part.model,
                           repertoire, part.model, part.burst, today.with("burst").with(number++)});
    }
    std::ranges::stable_sort(begins_, {}, &Begin::time);
  }
  Nanoseconds time_of_day(const Moment& moment, const Repertoire& repertoire, Random& random) const {
    const double share = rare_ / (rare_ + static_cast<double>(repertoire.moments().size()));
    const double any = random.uniform(), moved = random.normal();
    if (hours_ == Hours::uniform || random.uniform() < share)
      return static_cast<Nanoseconds>(any * static_cast<double>(traffic::day));
    const Nanoseconds time = (moment.time + to_nanoseconds(3600 * moved)) % traffic::day;
    return time < 0 ? time + traffic::day : time;
  }

  RepertoireOfDay of_day_;
  StreamKey key_;
  double offset_;
  Hours hours_;
  double rare_;
  std::size_t first_;
  std::int64_t day_;  ///< that is drawn next
  std::deque<Begin> begins_;
};

class Beats final : public BurstSource {
 public:
  Beats(std::shared_ptr<const Repertoire> repertoire, std::size_t timer, StreamKey key, Nanoseconds from,
        std::size_t device)
      : repertoire_(std::move(repertoire)),
        timer_(repertoire_->models()[0].timers[timer]),
        key_(key),
        device_(device),
        random_(key) {
    const auto& bursts = repertoire_->models()[0].bursts;
    for (std::size_t burst = 0; burst < bursts.size(); ++burst)
      if (bursts[burst].timer == timer) beats_.push_back(burst);
    // The last one of a day is followed by none.
    for (std::size_t beat = 0; beat + 1 < beats_.size(); ++beat)
      if (bursts[beats_[beat]].time / traffic::day == bursts[beats_[beat + 1]].time / traffic::day)
        followed_.push_back(beat);
    const auto shift = static_cast<Nanoseconds>(random_.uniform() * static_cast<double>(life));
    life_end_ = defence::period_begin(from - longest_burst - shift, life) + shift;
    while (!beats_.empty() && time_ < from - longest_burst) advance();
  }

  std::optional<Begin> next(Nanoseconds until) override {
    if (beats_.empty() || time_ >= until) return std::nullopt;
    const Begin begin{time_, device_,       repertoire_,
                      0,     beats_[beat_], key_.with("burst").with(static_cast<std::uint64_t>(time_))};
    advance();
    return begin;
  }
  [[nodiscard]] Nanoseconds due() const override {
    return beats_.empty() ? std::numeric_limits<Nanoseconds>::max() : time_;
  }

 private:
  static constexpr Nanoseconds life = 28 * traffic::day;
  static constexpr double blur = 0.001;  ///< seconds, so that no interval comes again

  void advance() {
    state_ += interval();
    if (state_ >= life_end_) be_switched_on();
    const Nanoseconds time = state_ + to_nanoseconds(timer_.jitter * random_.normal());
    time_ = std::max(time_, time);
  }
  void be_switched_on() {
    random_ = Random(key_.with(static_cast<std::uint64_t>(life_end_)));
    state_ = life_end_ + to_nanoseconds(timer_.period * random_.uniform());
    life_end_ += life;
    at_ = followed_.empty() ? 0 : random_.below(followed_.size());
  }
  /// To the next beat, which is mostly the recorded one; after the last one comes the first.
  Nanoseconds interval() {
    if (!followed_.empty()) {
      at_ = random_.uniform() < 0.125 ? random_.below(followed_.size()) : (at_ + 1) % followed_.size();
      beat_ = followed_[at_] + 1;
    }
    double seconds = timer_.period;
    if (timer_.keeps_time) {
      while (random_.uniform() >= timer_.sent) seconds += timer_.period;
    } else if (!followed_.empty()) {
      const auto& bursts = repertoire_->models()[0].bursts;
      seconds =
          static_cast<double>(bursts[beats_[beat_]].time - bursts[beats_[beat_ - 1]].time) / traffic::second +
          blur * random_.normal();
    }
    return std::max(traffic::second, to_nanoseconds(seconds));
  }

  std::shared_ptr<const Repertoire> repertoire_;
  const Timer& timer_;
  StreamKey key_;
  std::size_t device_;
  Random random_;
  std::vector<std::size_t> beats_;     ///< bursts of the model, in time order
  std::vector<std::size_t> followed_;  ///< those of beats_ after which the next one came, ascending
  std::size_t at_ = 0;                 ///< in followed_
  std::size_t beat_ = 0;               ///< in beats_
  Nanoseconds life_end_ = 0;
  Nanoseconds state_ = std::numeric_limits<Nanoseconds>::max() / 2;  ///< without jitter; it is not on yet
  Nanoseconds time_ = std::numeric_limits<Nanoseconds>::min();
};

}  // namespace

std::unique_ptr<BurstSource> moments_source(RepertoireOfDay repertoire, StreamKey key, Nanoseconds from,
                                            double day_offset_hours, Hours hours, double rare,
                                            std::size_t first) {
  return std::make_unique<Moments>(std::move(repertoire), key, from, day_offset_hours, hours, rare, first);
}

std::unique_ptr<BurstSource> timer_source(std::shared_ptr<const Repertoire> repertoire, std::size_t timer,
                                          StreamKey key, Nanoseconds from, std::size_t device) {
  return std::make_unique<Beats>(std::move(repertoire), timer, key, from, device);
}

Nanoseconds ImitatedHome::due() const {
  Nanoseconds first =
      waiting_.empty() ? std::numeric_limits<Nanoseconds>::max() : waiting_.top().packet.packet.time;
  for (const Part& part : parts_) first = std::min(first, part.begin ? part.begin->time : part.source->due());
  return first;
}

bool ImitatedHome::next(Nanoseconds until, ImitatedPacket& packet) {
  for (;;) {
    begin_bursts(until);
    if (waiting_.empty() || waiting_.top().packet.packet.time >= until) return false;
    packet = waiting_.top().packet;
    waiting_.pop();
    if (packet.packet.time >= from_) return true;
  }
}

/// Those that begin before what waits.
void ImitatedHome::begin_bursts(Nanoseconds until) {
  for (;;) {
    Part* earliest = nullptr;
    for (Part& part : parts_) {
      look_ahead(part, until);
      if (part.begin && (earliest == nullptr || part.begin->time < earliest->begin->time)) earliest = &part;
    }
    if (earliest == nullptr || earliest->begin->time >= until) return;
    if (!waiting_.empty() && waiting_.top().packet.packet.time < earliest->begin->time) return;
    begin_burst(*std::exchange(earliest->begin, std::nullopt));
  }
}

void ImitatedHome::look_ahead(Part& part, Nanoseconds until) const {
  while (!part.begin) {
    part.begin = part.source->next(until);
    if (!part.begin) return;
    if (part.begin->time < part.not_before)
      part.begin.reset();
    else
      part.begin->time = defence::period_begin_from(part.begin->time, resolution_);
  }
}

void ImitatedHome::begin_burst(const BurstSource::Begin& begin) {
  Random random(begin.key);
  for (traffic::DevicePacket packet :
       begin.repertoire->player(begin.model).play(begin.burst, begin.time, random)) {
    packet.time = begin.time + (packet.time - begin.time) / resolution_ * resolution_;
    waiting_.push({{begin.device, packet}, number_++});
  }
}

}  // namespace ipet::device_model
