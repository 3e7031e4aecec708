#include "stages/defence/chorus.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "stages/defence/no_cover.hpp"
#include "stages/defence/set_planner.hpp"
#include "stages/traffic/day.hpp"

namespace ipet::defence {

using traffic::DevicePacket;
using traffic::Nanoseconds;
using traffic::StreamKey;

/// Fixed once made; shared by the lines of a run.
class Choir {
 public:
  Choir(std::shared_ptr<const traffic::Traces> traces, const ChorusOptions& options)
      : options_(options), traces_(std::move(traces)), pool_(traces_, options.day_offset_hours) {
    for (const std::string& name : options_.without)
      if (traces_->device_index(name) == traces_->devices.size())
        throw std::runtime_error("chorus: the pool has no device '" + name + "' to leave out" +
                                 known_devices());
    for (const std::size_t day : options_.only_days)
      if (day >= pool_.days().size())
        throw std::runtime_error("chorus: only_days names day " + std::to_string(day) +
                                 ", but the pool has " + std::to_string(pool_.days().size()) +
                                 " days, counted from 0");
    for (std::size_t device = 0; device < traces_->devices.size(); ++device)
      if (is_member(device)) members_.push_back(device);
    for (const traffic::Trace& trace : traces_->traces)
      for (const DevicePacket& packet : trace.packets)
        while (packet.time % resolution_ != 0) resolution_ /= 1'000;
    if (members_.size() < 2)
      throw std::runtime_error(
          "chorus needs recordings of at least two protected devices, whose lines it makes alike; the pool "
          "has " +
          std::to_string(members_.size()));
  }

  [[nodiscard]] const std::shared_ptr<const traffic::Traces>& traces() const { return traces_; }
  [[nodiscard]] const Pool& pool() const { return pool_; }
  /// Of the times in the pool.
  [[nodiscard]] Nanoseconds resolution() const { return resolution_; }
  [[nodiscard]] std::size_t day_count() const { return pool_.days().size(); }

  /// What may be imitated on a day, ascending.
  [[nodiscard]] std::vector<std::size_t> days_for(std::int64_t today) const {
    std::vector<std::size_t> days = old_days(today);
    if (options_.pool_days > 0 && days.size() > options_.pool_days)
      days.erase(days.begin(), days.end() - static_cast<std::ptrdiff_t>(options_.pool_days));
    return days;
  }

  /// Whom a device's line imitates on a day.
  [[nodiscard]] std::vector<std::size_t> voices_for(std::size_t device, std::int64_t today) const {
    const auto plan = plan_for(today);
    const auto at = std::ranges::find(members_, device) - members_.begin();
    const auto position = static_cast<std::size_t>(at);
    std::vector<std::size_t> others;
    for (const std::size_t other :
         plan->sets[position < members_.size() ? plan->set_of[position] : lightest(*plan)])
      if (other != position) others.push_back(members_[other]);
    return others;
  }

  /// How long a device may be silent before something stands in for it; none: for ever.
  [[nodiscard]] std::optional<Nanoseconds> patience(std::size_t device, std::int64_t today) const {
    const bool known = std::ranges::find(members_, device) != members_.end();
    if (!known || options_.stand_in <= 0) return std::nullopt;
    Nanoseconds longest = 0;
    std::optional<Nanoseconds> last;  // packet, or begin of what was recorded without a gap
    std::optional<std::int64_t> day_before;
    bool spoke = false;
    for (const std::size_t day : old_days(today)) {
      const PoolDay& recorded = pool_.days()[day];
      if (!last || !day_before || *day_before + 1 != recorded.number) last = recorded.begin;
      for (const DevicePacket& packet : pool_.packets(device, day)) {
        longest = std::max(longest, packet.time - std::exchange(last, packet.time).value_or(packet.time));
        spoke = true;
      }
      longest = std::max(longest, recorded.end - *last);
      day_before = recorded.number;
    }
    if (!spoke) return std::nullopt;
    return static_cast<Nanoseconds>(static_cast<double>(longest) * options_.stand_in);
  }

  [[nodiscard]] std::vector<std::string> report() const {
    const std::int64_t after = pool_.days().back().number + static_cast<std::int64_t>(options_.pool_age_days);
    std::vector<std::string> names;
    for (const std::size_t member : members_) names.push_back(pool_.devices()[member]);
    const auto rates = rates_before(after);
    const auto plan = plan_for(after);
    auto lines = report_of(*plan, names, rates, set_options(rates));
    for (std::size_t device = 0; device < pool_.devices().size(); ++device)
      if (std::ranges::find(members_, device) == members_.end())
        lines.push_back(pool_.devices()[device] +
                        ": nobody imitates it, since the pool has no recordings of it or it is left out");
    std::size_t changes = 0, days = 0;
    for (const PoolDay& day : pool_.days()) {
      if (days_for(day.number).empty()) continue;
      ++days;
      if (plan_for(day.number)->sets != plan->sets) ++changes;
    }
    if (changes > 0)
      lines.push_back("the sets were others on " + std::to_string(changes) + " of " + std::to_string(days) +
                      " days, when less was known");
    return lines;
  }

  /// Throws where the user's own budget is too small for anything.
  void check_budget() const {
    const auto rates =
        rates_before(pool_.days().back().number + static_cast<std::int64_t>(options_.pool_age_days));
    const SetOptions set_options = this->set_options(rates);
    if (options_.intensity != 1 || set_options.budget <= 0 || !set_options.keep_budget) return;
    const SetPlan plan = plan_sets(rates, set_options);
    if (std::ranges::any_of(plan.sets,
                            [&](const auto& set) { return set.size() >= set_options.smallest_set; }))
      return;
    std::vector<double> lightest = rates;
    std::ranges::sort(lightest);
    lightest.resize(std::min(lightest.size(), set_options.smallest_set));
    double cost = 0;
    for (const double rate : lightest) cost += rate;
    if (!lightest.empty()) cost -= lightest.front();
    throw std::runtime_error("chorus: no set of " + std::to_string(set_options.smallest_set) +
                             " devices keeps the budget of " + std::to_string(set_options.budget) +
                             " bytes/s; " +
                             (members_.size() < set_options.smallest_set
                                  ? "the pool has " + std::to_string(members_.size()) + " devices"
                                  : "the cheapest one costs " + std::to_string(cost)));
  }

 private:
  [[nodiscard]] std::vector<std::size_t> old_days(std::int64_t today) const {
    std::vector<std::size_t> days;
    for (std::size_t day = 0; day < pool_.days().size(); ++day) {
      const std::int64_t age = today - pool_.days()[day].number;
      const bool old = options_.causal ? age >= static_cast<std::int64_t>(options_.pool_age_days) : age != 0;
      const bool wanted = options_.only_days.empty() ||
                          std::ranges::find(options_.only_days, day) != options_.only_days.end();
      if (old && wanted) days.push_back(day);
    }
    return days;
  }
  [[nodiscard]] std::string known_devices() const {
    std::string text;
    for (const std::string& name : traces_->devices) text += (text.empty() ? "; it has " : ", ") + name;
    return text;
  }
  [[nodiscard]] bool is_member(std::size_t device) const {
    if (std::ranges::find(options_.without, traces_->devices[device]) != options_.without.end()) return false;
    return std::ranges::any_of(traces_->traces, [&](const traffic::Trace& trace) {
      return trace.device == device && trace.protect && !trace.packets.empty();
    });
  }

  /// Mean payload bytes per second of each member on all days that are old enough.
  [[nodiscard]] std::vector<double> rates_before(std::int64_t today) const {
    std::vector<double> rates(members_.size());
    double seconds = 0;
    for (const std::size_t day : old_days(today)) {
      const PoolDay& recorded = pool_.days()[day];
      seconds += std::max(1.0, static_cast<double>(recorded.end - recorded.begin) / traffic::second);
      for (std::size_t i = 0; i < members_.size(); ++i)
        for (const DevicePacket& packet : pool_.packets(members_[i], day)) rates[i] += packet.size;
    }
    for (double& rate : rates) rate /= std::max(1.0, seconds);
    return rates;
  }

  [[nodiscard]] SetOptions set_options(const std::vector<double>& rates) const {
    SetOptions made{options_.budget * options_.intensity, options_.smallest_set, options_.keep_budget};
    if (options_.budget <= 0 && options_.intensity < 1) {
      double sum = 0;
      for (const double rate : rates) sum += rate;
      // Not 0, which would mean no limit.
      made.budget = std::max((sum - *std::ranges::min_element(rates)) * options_.intensity, 1e-9);
    }
    return made;
  }

  [[nodiscard]] std::shared_ptr<const SetPlan> plan_for(std::int64_t today) const {
    const std::lock_guard lock(mutex_);
    auto& plan = plans_[today];
    if (plan == nullptr) {
      const auto rates = rates_before(today);
      plan = std::make_shared<const SetPlan>(plan_sets(rates, set_options(rates)));
    }
    return plan;
  }

  /// The set with the least cover.
  static std::size_t lightest(const SetPlan& plan) {
    auto cost = [&](const std::vector<std::size_t>& set) {
      double sum = 0;
      for (const std::size_t device : set) sum += plan.cost[device];
      return sum / static_cast<double>(set.size());
    };
    auto lighter = [&](const auto& a, const auto& b) {
      // A set of one has no cost, but what it sends is not little.
      if ((a.size() == 1) != (b.size() == 1)) return b.size() == 1;
      return cost(a) < cost(b);
    };
    return static_cast<std::size_t>(std::ranges::min_element(plan.sets, lighter) - plan.sets.begin());
  }

  ChorusOptions options_;
  std::shared_ptr<const traffic::Traces> traces_;
  Pool pool_;
  std::vector<std::size_t> members_;  ///< in Pool::devices
  Nanoseconds resolution_ = 1'000'000;
  mutable std::mutex mutex_;
  mutable std::map<std::int64_t, std::shared_ptr<const SetPlan>> plans_;  ///< by day
};

namespace {

/// The cover of one line.
class ChorusSchedule final : public Schedule {
 public:
  ChorusSchedule(std::shared_ptr<const Choir> choir, std::shared_ptr<const Imitator> imitator,
                 const Resources& resources, const Line& line, bool relay)
      : choir_(std::move(choir)),
        imitator_(std::move(imitator)),
        relay_(relay),
        key_(line.key(resources, "chorus")),
        across_days_(StreamKey(resources.seed).with("defence").with("chorus").with(line.device)),
        device_(choir_->traces()->device_index(line.device)),
        end_(line.up ? line.up->end : std::numeric_limits<Nanoseconds>::max()) {}

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
      if (!stands_in_ && patience_ && heard_ + *patience_ < std::min({until, coming, day_end_, end_})) {
        stand_in(heard_ + *patience_);
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
  void rest() override {
    parts_.clear();
    stand_in_ = {};
    begun_ = stands_in_ = false;
  }

 private:
  /// One imitation, and its next packet.
  struct Part {
    std::unique_ptr<Voice> voice;
    DevicePacket packet;
  };

  void open(Nanoseconds time) {
    const double offset = choir_->pool().day_offset_hours();
    const std::int64_t today = traffic::day_of(time, offset);
    day_end_ = traffic::begin_of_day(today + 1, offset);
    parts_.clear();
    stand_in_ = {};
    patience_.reset();
    days_ = choir_->days_for(today);
    if (days_.empty()) return;
    patience_ = choir_->patience(device_, today);
    if (stands_in_) stand_in(time);
    for (const std::size_t device : choir_->voices_for(device_, today)) {
      parts_.push_back(part_of(device, time));
      advance(parts_.back());
    }
    std::erase_if(parts_, [](const Part& part) { return part.voice == nullptr; });
  }

  [[nodiscard]] Part part_of(std::size_t device, Nanoseconds time) const {
    const Pool& pool = choir_->pool();
    const std::string& name = pool.devices()[device];
    const auto today = static_cast<std::uint64_t>(traffic::day_of(time, pool.day_offset_hours()));
    return {imitator_->imitate(pool, {device, days_, time, std::min(day_end_, end_),
                                      key_.with(name).with(today), across_days_.with(name)}),
            {}};
  }
  void stand_in(Nanoseconds time) {
    stands_in_ = true;
    stand_in_ = part_of(device_, time);
    advance(stand_in_);
  }
  void advance(Part& part) const {
    const Nanoseconds end = std::min(day_end_, end_);
    const bool more = part.voice->next(end, part.packet);
    // Captures with whole microseconds would give away dummies with fractions of one.
    part.packet.time +=
        (choir_->resolution() - part.packet.time % choir_->resolution()) % choir_->resolution();
    if (!more || part.packet.time >= end) part.voice.reset();
  }
  Part* earliest() {
    Part* first = stand_in_.voice ? &stand_in_ : nullptr;
    for (Part& part : parts_)
      if (part.voice && (first == nullptr || part.packet.time < first->packet.time)) first = &part;
    return first;
  }

  std::shared_ptr<const Choir> choir_;
  std::shared_ptr<const Imitator> imitator_;
  bool relay_;
  StreamKey key_, across_days_;
  std::size_t device_;  ///< in Pool::devices, or their number
  Nanoseconds end_;     ///< of the line
  Nanoseconds day_end_ = 0;
  std::vector<std::size_t> days_;        ///< of the pool, for today
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

std::shared_ptr<const Choir> Chorus::choir(const Resources& resources) const {
  if (resources.pool == nullptr)
    throw std::runtime_error(
        "chorus needs recordings of this home: connect the input 'pool' to the devices' packets");
  const std::lock_guard lock(mutex_);
  for (const auto& known : choirs_)
    if (known->traces() == resources.pool) return known;
  constexpr std::size_t most = 4;  // an evaluation uses one or two
  if (choirs_.size() == most) choirs_.erase(choirs_.begin());
  choirs_.push_back(std::make_shared<const Choir>(resources.pool, options_));
  return choirs_.back();
}

void Chorus::check(const Resources& resources) const {
  choir(resources)->check_budget();
}

std::shared_ptr<const Defence> Chorus::at_intensity(double intensity) const {
  if (intensity <= 0) return std::make_shared<const NoCover>();
  ChorusOptions options = options_;
  options.intensity *= intensity;
  return std::make_shared<const Chorus>(std::move(options));
}

std::vector<std::string> Chorus::report(const Resources& resources) const {
  return choir(resources)->report();
}

Nanoseconds Chorus::ready_from(const Resources& resources) const {
  const auto made = choir(resources);
  if (!options_.causal) return std::numeric_limits<Nanoseconds>::min();
  const std::size_t first = options_.only_days.empty() ? 0 : *std::ranges::min_element(options_.only_days);
  return traffic::begin_of_day(
      made->pool().days()[first].number + static_cast<std::int64_t>(options_.pool_age_days),
      options_.day_offset_hours);
}

std::unique_ptr<Schedule> Chorus::schedule(const Resources& resources, const Line& line) const {
  return std::make_unique<ChorusSchedule>(choir(resources), options_.imitator, resources, line,
                                          options_.relay);
}

}  // namespace ipet::defence
