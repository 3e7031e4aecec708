#include "stages/chorus/chorus.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include "stages/chorus/day_plans.hpp"
#include "stages/defence/none.hpp"
#include "stages/pool/pool_facts.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;
using traffic::StreamKey;

namespace {

constexpr Nanoseconds never = std::numeric_limits<Nanoseconds>::max();

}  // namespace

/// What chorus makes of a pool: never changed once it is made, and shared by the lines of a run.
class ChorusState {
 public:
  ChorusState(std::shared_ptr<const traffic::Traces> traces, const ChorusOptions& options)
      : options_(options),
        traces_(std::move(traces)),
        kept_pool_(Pool::of(traces_, options.day_offset_hours)),
        pool_(*kept_pool_) {
    for (const std::string& name : options_.without)
      if (traces_->device_index(name) == traces_->devices.size())
        throw std::runtime_error("chorus: the pool has no device '" + name + "' to leave out" +
                                 known_devices());
    for (const std::size_t day : options_.only_days)
      if (day >= pool_.days().size())
        throw std::runtime_error("chorus: only_days names day " + std::to_string(day) +
                                 ", but the pool has " + std::to_string(pool_.days().size()) +
                                 " days, counted from 0");
    std::vector<std::size_t> members;
    for (std::size_t device = 0; device < traces_->devices.size(); ++device)
      if (may_be_member(device)) members.push_back(device);
    if (members.size() < 2)
      throw std::runtime_error(
          "chorus needs recordings of at least two protected devices, whose lines it makes alike; the pool "
          "has " +
          std::to_string(members.size()));
    facts_.emplace(pool_);
    plans_.emplace(pool_, *facts_, std::move(members), options_);
  }

  [[nodiscard]] const std::shared_ptr<const traffic::Traces>& traces() const { return traces_; }
  [[nodiscard]] const Pool& pool() const { return pool_; }
  [[nodiscard]] const DayPlans& plans() const { return *plans_; }

  /// Resolution of the times in what may be imitated.
  [[nodiscard]] Nanoseconds resolution(const DayPlan& today) const { return facts_->resolution(today.days); }

  /// What a device is imitated from: nothing from before it was there.
  [[nodiscard]] std::vector<std::size_t> days_of(std::size_t device, const DayPlan& today) const {
    std::vector<std::size_t> days = today.days;
    std::erase_if(days, [&](std::size_t day) { return day < facts_->first_day(device); });
    return days;
  }

  /// How long a device may be silent before something stands in for it; none: for ever.
  [[nodiscard]] std::optional<Nanoseconds> patience(std::size_t device, const DayPlan& today) const {
    // Alone on its line, it is known by it anyway.
    if (options_.stand_in <= 0 || !today.is_member(device) || today.voices_for(device).empty())
      return std::nullopt;
    const auto longest = facts_->longest_silence(device, today.days);
    if (!longest) return std::nullopt;
    const double patience = static_cast<double>(*longest) * options_.stand_in;
    if (patience >= static_cast<double>(never)) return std::nullopt;
    return static_cast<Nanoseconds>(patience);
  }

 private:
  [[nodiscard]] std::string known_devices() const {
    std::string text;
    for (const std::string& name : traces_->devices) text += (text.empty() ? "; it has " : ", ") + name;
    return text;
  }
  [[nodiscard]] bool may_be_member(std::size_t device) const {
    if (std::ranges::find(options_.without, traces_->devices[device]) != options_.without.end()) return false;
    return std::ranges::any_of(traces_->traces, [&](const traffic::Trace& trace) {
      return trace.device == device && trace.protect && !trace.packets.empty();
    });
  }

  ChorusOptions options_;
  std::shared_ptr<const traffic::Traces> traces_;
  std::shared_ptr<const Pool> kept_pool_;
  const Pool& pool_;
  std::optional<PoolFacts> facts_;
  std::optional<DayPlans> plans_;
};

namespace {

/// The cover of one line.
class ChorusSchedule final : public CoverSchedule {
 public:
  ChorusSchedule(std::shared_ptr<const ChorusState> state, std::shared_ptr<const Imitator> imitator,
                 const Resources& resources, const Line& line, bool relay)
      : state_(std::move(state)),
        imitator_(std::move(imitator)),
        relay_(relay),
        key_(line.key(resources, "chorus")),
        across_days_(StreamKey(resources.seed).with("defence").with("chorus").with(line.device)),
        device_(state_->traces()->device_index(line.device)),
        end_(line.up ? line.up->end : std::numeric_limits<Nanoseconds>::max()),
        resources_(resources) {}

  void begin(Nanoseconds time) override {
    if (!begun_) {
      heard_ = time;
      open(time);
    }
    begun_ = true;
  }
  void user_packet(const DevicePacket& packet) override {
    begin(packet.time);
    heard_ = packet.time;
    stand_in_ = {};
    stands_in_ = false;
  }
  bool next(Nanoseconds until, DevicePacket& dummy) override {
    while (begun_) {
      Part* const part = earliest();
      const Nanoseconds coming = part == nullptr ? day_end_ : part->packet.time;
      if (const Nanoseconds due = stand_in_due(); due < std::min({until, coming, day_end_, end_})) {
        stand_in(due);
        continue;
      }
      if (part != nullptr && part->packet.time < until) {
        dummy = part->packet;
        advance(*part);
        if (!relay_ && dummy.direction == traffic::Direction::in) continue;
        return true;
      }
      if (part != nullptr || until <= day_end_ || end_ <= day_end_) return false;
      open(day_end_);
    }
    return false;
  }
  [[nodiscard]] Nanoseconds due() const override {
    if (!begun_) return CoverSchedule::never;
    Nanoseconds first = std::min(day_end_, stand_in_due());
    if (stand_in_.source) first = std::min(first, stand_in_.packet.time);
    for (const Part& part : parts_)
      if (part.source) first = std::min(first, part.packet.time);
    return first;
  }
  void rest() override {
    parts_.clear();
    stand_in_ = {};
    begun_ = stands_in_ = false;
  }

 private:
  /// One imitation, and its next packet.
  struct Part {
    std::unique_ptr<CoverSource> source;
    DevicePacket packet;
  };

  void open(Nanoseconds time) {
    const double offset = state_->pool().day_offset_hours();
    const std::int64_t today = traffic::day_of(time, offset);
    day_end_ = traffic::begin_of_day(today + 1, offset);
    opened_ = time;
    today_ = &state_->plans().on(today);
    parts_.clear();
    stand_in_ = {};
    patience_ = state_->patience(device_, *today_);
    resolution_ = state_->resolution(*today_);
    stands_in_ = stands_in_ && patience_;
    if (stands_in_) stand_in(time);
    for (const std::size_t device : today_->voices_for(device_)) {
      parts_.push_back(part_of(device, time));
      advance(parts_.back());
    }
    std::erase_if(parts_, [](const Part& part) { return part.source == nullptr; });
  }

  [[nodiscard]] Part part_of(std::size_t device, Nanoseconds time) const {
    const Pool& pool = state_->pool();
    const std::string& name = pool.devices()[device];
    const auto today = static_cast<std::uint64_t>(traffic::day_of(time, pool.day_offset_hours()));
    return {imitator_->imitate(
                pool, {device, state_->days_of(device, *today_), time, std::min(day_end_, end_),
                       key_.with(name).with(today), across_days_.with(name), resources_.check, &resources_}),
            {}};
  }
  /// Never before what is open now.
  [[nodiscard]] Nanoseconds stand_in_due() const {
    if (stands_in_ || !patience_ || (heard_ > 0 && *patience_ > never - heard_)) return never;
    return std::max(opened_, heard_ + *patience_);
  }
  void stand_in(Nanoseconds time) {
    stands_in_ = true;
    stand_in_ = part_of(device_, time);
    advance(stand_in_);
  }
  void advance(Part& part) const {
    const Nanoseconds end = std::min(day_end_, end_);
    const bool more = part.source->next(end, part.packet);
    // Captures with whole microseconds would give away dummies with fractions of one.
    part.packet.time += (resolution_ - part.packet.time % resolution_) % resolution_;
    if (!more || part.packet.time >= end) part.source.reset();
  }
  Part* earliest() {
    Part* first = stand_in_.source ? &stand_in_ : nullptr;
    for (Part& part : parts_)
      if (part.source && (first == nullptr || part.packet.time < first->packet.time)) first = &part;
    return first;
  }

  std::shared_ptr<const ChorusState> state_;
  std::shared_ptr<const Imitator> imitator_;
  bool relay_;
  StreamKey key_, across_days_;
  std::size_t device_;  ///< in Pool::devices, or their number
  Nanoseconds end_;     ///< of the line
  Resources resources_;
  Nanoseconds day_end_ = 0;
  Nanoseconds opened_ = 0;               ///< what is open now: the day, or the line on it
  const DayPlan* today_ = nullptr;       ///< of the state
  Nanoseconds resolution_ = 1;           ///< of the times of dummies
  std::optional<Nanoseconds> patience_;  ///< with the device's silence
  Nanoseconds heard_ = 0;                ///< when the device spoke last, or the line came up
  bool stands_in_ = false;               ///< something speaks in its place
  Part stand_in_;
  bool begun_ = false;
  std::vector<Part> parts_;
};

}  // namespace

Chorus::Chorus(ChorusOptions options) : options_(std::move(options)) {
  if (options_.imitator == nullptr) throw std::invalid_argument("chorus needs an imitator");
  if (options_.pool_age_days < 1) throw std::invalid_argument("chorus: 'pool_age_days' must be at least 1");
}

std::shared_ptr<const ChorusState> Chorus::state(const Resources& resources) const {
  const auto recordings = resources.get<traffic::Traces>("pool");
  if (recordings == nullptr)
    throw std::runtime_error("the defence 'chorus' needs recordings of this home: the input 'pool' has none");
  const std::lock_guard lock(mutex_);
  for (const auto& known : states_)
    if (known->traces() == recordings) return known;
  constexpr std::size_t most = 4;  // an evaluation uses one or two
  if (states_.size() == most) states_.erase(states_.begin());
  states_.push_back(std::make_shared<const ChorusState>(recordings, options_));
  return states_.back();
}

void Chorus::check(const Resources& resources) const {
  state(resources)->plans().check_budget();
}

std::shared_ptr<const Defence> Chorus::at_intensity(double intensity) const {
  if (intensity <= 0) return std::make_shared<const None>();
  ChorusOptions options = options_;
  options.intensity *= intensity;
  return std::make_shared<const Chorus>(std::move(options));
}

std::vector<std::string> Chorus::report(const Resources& resources) const {
  return state(resources)->plans().report();
}

Nanoseconds Chorus::ready_from(const Resources& resources) const {
  const auto made = state(resources);
  if (!options_.causal) return std::numeric_limits<Nanoseconds>::min();
  const std::size_t first = options_.only_days.empty() ? 0 : *std::ranges::min_element(options_.only_days);
  return traffic::begin_of_day(
      made->pool().days()[first].number + static_cast<std::int64_t>(options_.pool_age_days),
      options_.day_offset_hours);
}

std::unique_ptr<CoverSchedule> Chorus::schedule(const Resources& resources, const Line& line) const {
  return std::make_unique<ChorusSchedule>(state(resources), options_.imitator, resources, line,
                                          options_.relay);
}

}  // namespace ipet::defence
