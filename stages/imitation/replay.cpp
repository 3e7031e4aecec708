#include "stages/imitation/replay.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <queue>
#include <set>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "stages/defence/periods.hpp"
#include "stages/imitation/looseness.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;
using traffic::Random;
using traffic::StreamKey;

namespace {

/// A burst of the pool, to be played at another time.
struct Placed {
  std::span<const DevicePacket> packets;
  Nanoseconds time = 0;
  Nanoseconds room = 0;  ///< it may be moved by so much
};

/// Segments of a day, by their number.
class Slots {
 public:
  explicit Slots(double seconds)
      : count_(static_cast<std::size_t>(std::max(1.0, std::round(86'400 / seconds)))) {}
  [[nodiscard]] std::size_t count() const { return count_; }
  /// After the begin of the day; begin(count()) is its end.
  [[nodiscard]] Nanoseconds begin(std::size_t slot) const {
    return static_cast<Nanoseconds>(slot) * (traffic::day / static_cast<Nanoseconds>(count_)) +
           (slot == count_ ? traffic::day % static_cast<Nanoseconds>(count_) : 0);
  }

 private:
  std::size_t count_;
};

/// Where a segment is taken from.
struct Source {
  std::size_t day = 0;  ///< in Pool::days
  std::size_t slot = 0;
  auto operator<=>(const Source&) const = default;
};

/// A day of the line is taken from so many days of the pool. With more to choose from, a pool that grows for
/// ever would make room for ever for a place that is older than the one taken so far, and go through days
/// again that the line has carried.
constexpr std::size_t most_days = 7;

/// Plans one imitation: which bursts are played when.
class Bootstrap {
 public:
  Bootstrap(const ReplayOptions& options, const Pool& pool, const Imitation& imitation)
      : options_(options),
        pool_(pool),
        imitation_(imitation),
        slots_(options.segment),
        today_(traffic::day_of(imitation.begin, pool.day_offset_hours())),
        begin_(traffic::begin_of_day(today_, pool.day_offset_hours())),
        jitter_(to_nanoseconds(options.jitter)),
        random_(imitation.key.with("segments")),
        bursts_(pool.days().size()),
        looseness_(pool.days().size()) {
    shuffle_slots();
  }

  std::vector<Placed> plan() {
    if (!imitation_.days.empty()) {
      const std::vector<Source> sources = this->sources();
      for (std::size_t slot = 0; slot < slots_.count(); ++slot) play(slot, sources[slot]);
    }
    for (Placed& each : plan_) each.time += between(-each.room, each.room);
    std::ranges::stable_sort(plan_, {}, &Placed::time);
    return std::move(plan_);
  }

 private:
  Nanoseconds between(Nanoseconds low, Nanoseconds high) {
    return low + static_cast<Nanoseconds>(random_.below(static_cast<std::uint64_t>(high - low) + 1));
  }

  /// Which time of a past day each segment of this one takes: a bijection, so that none is taken twice.
  void shuffle_slots() {
    std::size_t block = 1;
    if (options_.clock == Clock::shifted) block = slots_.count();
    if (options_.clock == Clock::near)
      block =
          static_cast<std::size_t>(std::max(1.0, std::round(options_.near_hours * 3600 / options_.segment)));
    order_.resize(slots_.count());
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    Random random(imitation_.across_days.with("slots"));
    for (std::size_t first = 0; first < order_.size(); first += block)
      for (std::size_t left = std::min(block, order_.size() - first); left > 1; --left)
        std::swap(order_[first + left - 1], order_[first + random.below(left)]);
  }

  [[nodiscard]] Nanoseconds begin_of(Source source) const {
    return traffic::begin_of_day(pool_.days()[source.day].number, pool_.day_offset_hours()) +
           slots_.begin(source.slot);
  }
  /// Whether the pool was being recorded in the middle of a segment.
  [[nodiscard]] bool recorded(Source source) const {
    return pool_.days()[source.day].recorded_at(begin_of(source) + (slots_.begin(1) - slots_.begin(0)) / 2);
  }

  /// How many days ago: of those that the pool knows, and of all since its last one.
  [[nodiscard]] std::size_t age(std::size_t day) const {
    const auto& days = pool_.days();
    const auto next = std::ranges::lower_bound(days, today_, {}, &PoolDay::number);
    auto age = static_cast<std::size_t>(next - days.begin()) - day;
    if (next == days.end() || next->number != today_)
      age += static_cast<std::size_t>(today_ - std::prev(next)->number - 1);
    return age;
  }

  /// Days on which a time of day was recorded, youngest first; after those of the past the last ones of the
  /// future, as on a circle.
  [[nodiscard]] std::vector<std::size_t> days_of(std::size_t slot) const {
    std::vector<std::size_t> found;
    for (const std::size_t day : imitation_.days)
      if (recorded({day, slot})) found.push_back(day);
    const auto future = std::ranges::partition_point(
        found, [&](std::size_t day) { return pool_.days()[day].number < today_; });
    std::reverse(found.begin(), future);
    std::reverse(future, found.end());
    found.resize(std::min(found.size(), most_days));
    return found;
  }

  /// The place with the least hash: so the same on all days, while there are as many to choose from. What a
  /// place holds moves on by one each day: a pool that rolls does it, a pool that stands still is turned.
  [[nodiscard]] std::optional<Source> source_at(std::size_t slot) const {
    const std::size_t taken = order_[slot];
    const std::vector<std::size_t> days = days_of(taken);
    if (days.empty()) return std::nullopt;
    const bool past = pool_.days()[std::ranges::max(days)].number < today_;
    const std::size_t turned = past ? age(days.front()) - 1 : 0;
    std::optional<std::pair<std::uint64_t, Source>> best;
    for (std::size_t i = 0; i < days.size(); ++i) {
      const std::uint64_t place = (i + turned) % days.size() + 1;
      const std::uint64_t rank = imitation_.across_days.with("age").with(slot).with(place).with(taken).word();
      if (!best || rank < best->first) best = {rank, {days[i], taken}};
    }
    return best->second;
  }

  /// Segments of the days that were recorded, or if there are none those where something was.
  [[nodiscard]] std::vector<Source> usable() const {
    std::vector<Source> found, parts;
    for (const std::size_t day : imitation_.days)
      for (std::size_t slot = 0; slot < slots_.count(); ++slot) {
        const Nanoseconds begin = begin_of({day, slot});
        const Nanoseconds end = begin + slots_.begin(slot + 1) - slots_.begin(slot);
        if (recorded({day, slot})) found.push_back({day, slot});
        if (std::ranges::any_of(pool_.days()[day].recorded, [&](const RecordedSpan& span) {
              return begin <= span.end && span.begin < end;
            }))
          parts.push_back({day, slot});
      }
    return found.empty() ? parts : found;
  }

  /// Where each segment of the day is from. Where nobody recorded at that time of any day, another time is
  /// nearer to the truth than silence: all are used before one comes again.
  [[nodiscard]] std::vector<Source> sources() const {
    std::vector<Source> sources(slots_.count());
    std::vector<std::size_t> open;
    std::set<Source> used;
    for (std::size_t slot = 0; slot < slots_.count(); ++slot) {
      const auto found = source_at(slot);
      if (found) used.insert(sources[slot] = *found);
      if (!found) open.push_back(slot);
    }
    if (open.empty()) return sources;
    const std::vector<Source> all = usable();
    std::vector<Source> left;
    std::ranges::set_difference(all, used, std::back_inserter(left));
    Random random(imitation_.across_days.with("elsewhere").with(static_cast<std::uint64_t>(today_)));
    for (const std::size_t slot : open) {
      if (left.empty()) left = all;
      std::swap(left[random.below(left.size())], left.back());
      sources[slot] = left.back();
      left.pop_back();
    }
    return sources;
  }

  const std::vector<Burst>& bursts(std::size_t day) {
    auto& found = bursts_[day];
    if (found == nullptr) {
      const BurstOptions options{to_nanoseconds(options_.burst_gap)};
      found = pool_.memo<Bursts>(imitation_.device, {&day, 1}, options.gap, [&] {
        return Bursts{bursts_of(pool_.packets(imitation_.device, day), options)};
      });
    }
    return found->all;
  }

  /// How far a burst of a day may be moved.
  Nanoseconds room(std::size_t day, std::size_t burst) {
    auto& found = looseness_[day];
    if (found == nullptr) {
      const auto& bursts = this->bursts(day);
      found = pool_.memo<Looseness>(imitation_.device, {&day, 1}, to_nanoseconds(options_.burst_gap), [&] {
        return looseness_of(pool_.packets(imitation_.device, day), bursts);
      });
    }
    const auto loose = options_.loosen * static_cast<double>(found->all[burst]);
    return std::max(to_nanoseconds(options_.wobble), static_cast<Nanoseconds>(loose));
  }

  void play(std::size_t slot, Source source) {
    const auto packets = pool_.packets(imitation_.device, source.day);
    const auto& bursts = this->bursts(source.day);
    auto time_of = [&](const Burst& burst) { return packets[burst.first].time; };
    const Nanoseconds from = begin_of(source);
    const Nanoseconds length = slots_.begin(slot + 1) - slots_.begin(slot);
    const auto first = std::ranges::lower_bound(bursts, from, {}, time_of);
    const auto last = std::ranges::lower_bound(bursts, from + length, {}, time_of);
    const Nanoseconds offset = begin_ + slots_.begin(slot) - from;

    const auto count = last - first;
    const Nanoseconds gap = count > 0 ? length / static_cast<Nanoseconds>(count) : 0;  // in the mean
    const bool often = count > 0 && gap <= jitter_;
    const bool follows =
        due_ && first != bursts.end() && std::abs(*due_ - time_of(*first) - offset) <= jitter_;
    Nanoseconds shift = 0;
    if (follows)
      shift = *due_ - time_of(*first) - offset;
    else
      shift = often ? between(-gap / 2, gap / 2) : between(-jitter_, jitter_);
    // What a rare device would say past the segment's end it says at its beginning: all of it, and no more.
    const bool wraps = !follows && !often;
    for (auto burst = first; burst != last; ++burst) {
      Nanoseconds at = time_of(*burst) - from + shift;
      if (wraps) at = (at % length + length) % length;
      plan_.push_back({packets.subspan(burst->first, burst->last - burst->first), from + offset + at,
                       room(source.day, static_cast<std::size_t>(burst - bursts.begin()))});
    }
    const auto next = next_after(source, from + length);
    due_ = next && !wraps ? std::optional(*next + offset + shift) : std::nullopt;
  }

  /// When the device spoke next, as far as the pool may be used.
  std::optional<Nanoseconds> next_after(Source source, Nanoseconds time) {
    for (std::size_t day = source.day; day <= source.day + 1; ++day) {
      if (!std::ranges::binary_search(imitation_.days, day)) break;
      if (pool_.days()[day].number - pool_.days()[source.day].number > 1) break;
      const auto packets = pool_.packets(imitation_.device, day);
      const auto& bursts = this->bursts(day);
      const auto found = std::ranges::lower_bound(
          bursts, time, {}, [&](const Burst& burst) { return packets[burst.first].time; });
      if (found != bursts.end()) return packets[found->first].time;
    }
    return std::nullopt;
  }

  const ReplayOptions& options_;
  const Pool& pool_;
  const Imitation& imitation_;
  Slots slots_;
  std::int64_t today_;
  Nanoseconds begin_;
  Nanoseconds jitter_;
  Random random_;
  std::vector<std::size_t> order_;
  std::vector<std::shared_ptr<const Bursts>> bursts_;  ///< by day; null where none was needed yet
  std::vector<std::shared_ptr<const Looseness>> looseness_;
  std::vector<Placed> plan_;
  std::optional<Nanoseconds> due_;  ///< when the device that is imitated would go on
};

/// Plays bursts, which may overlap.
class ReplayVoice final : public CoverSource {
 public:
  ReplayVoice(std::vector<Placed> plan, const Imitation& imitation, double stretch)
      : plan_(std::move(plan)),
        begin_(imitation.begin),
        end_(imitation.end),
        key_(imitation.key.with("gaps")),
        stretch_(stretch) {}

  bool next(Nanoseconds until, DevicePacket& packet) override {
    const Nanoseconds limit = std::min(until, end_);
    for (;;) {
      const bool starts =
          started_ < plan_.size() && (playing_.empty() || plan_[started_].time <= playing_.top().time);
      if (starts) {
        if (plan_[started_].time >= limit) return false;
        playing_.push({plan_[started_].time, started_, 0, Random(key_.with(started_))});
        ++started_;
        continue;
      }
      if (playing_.empty() || playing_.top().time >= limit) return false;
      Player player = playing_.top();
      playing_.pop();
      packet = plan_[player.burst].packets[player.position];
      packet.time = player.time;
      packet.dummy = true;
      go_on(std::move(player));
      if (packet.time >= begin_) return true;
    }
  }

 private:
  struct Player {
    Nanoseconds time = 0;
    std::size_t burst = 0, position = 0;
    Random random;
    bool operator<(const Player& other) const {
      return std::tie(time, burst) > std::tie(other.time, other.burst);
    }
  };

  void go_on(Player player) {
    const auto packets = plan_[player.burst].packets;
    if (++player.position == packets.size()) return;
    const auto gap = static_cast<double>(packets[player.position].time - packets[player.position - 1].time);
    player.time += std::llround(gap * player.random.uniform(1 - stretch_, 1 + stretch_));
    playing_.push(std::move(player));
  }

  std::vector<Placed> plan_;
  Nanoseconds begin_, end_;
  StreamKey key_;
  double stretch_;
  std::size_t started_ = 0;
  std::priority_queue<Player> playing_;  ///< the earliest on top
};

void check(const ReplayOptions& options) {
  if (!(options.segment >= 1 && options.segment <= 86'400))
    throw std::invalid_argument("replay: 'segment' must be from 1 to 86,400 s");
  if (!(options.stretch >= 0 && options.stretch < 1))
    throw std::invalid_argument("replay: 'stretch' must be at least 0 and below 1");
  if (!(options.jitter >= 0 && options.wobble >= 0 && options.loosen >= 0 && options.loosen <= 1 &&
        options.near_hours >= 0 && options.burst_gap > 0))
    throw std::invalid_argument(
        "replay: times must not be negative, 'burst_gap' not 0, and 'loosen' from 0 to 1");
}

}  // namespace

Replay::Replay(const Options& options) : options_(options) {
  check(options_);
}

std::unique_ptr<CoverSource> Replay::imitate(const Pool& pool, const Imitation& imitation) const {
  return std::make_unique<ReplayVoice>(Bootstrap(options_, pool, imitation).plan(), imitation,
                                       options_.stretch);
}

}  // namespace ipet::defence
