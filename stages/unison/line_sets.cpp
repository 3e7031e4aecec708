#include "stages/unison/line_sets.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "stages/traffic/day.hpp"

namespace ipet::defence {

namespace {

ChorusOptions planning_options(const UnisonOptions& options) {
  ChorusOptions made;
  made.budget = options.budget;
  made.smallest_set = options.smallest_set;
  made.over_budget = options.over_budget;
  made.pool_days = options.pool_days;
  made.day_offset_hours = options.day_offset_hours;
  return made;
}

std::vector<std::size_t> protected_devices(const traffic::Traces& traces) {
  std::vector<std::size_t> devices;
  for (const traffic::Trace& trace : traces.traces)
    if (trace.protect && !trace.packets.empty()) devices.push_back(trace.device);
  std::ranges::sort(devices);
  devices.erase(std::ranges::unique(devices).begin(), devices.end());
  return devices;
}

}  // namespace

PlannedSets::PlannedSets(std::shared_ptr<const traffic::Traces> traces, const UnisonOptions& options)
    : traces_(std::move(traces)), pool_(Pool::of(traces_, options.day_offset_hours)), facts_(*pool_) {
  std::vector<std::size_t> devices = protected_devices(*traces_);
  if (devices.empty())
    throw std::runtime_error(
        "unison: the pool has no packet of a device that is to be protected, by which sets could be planned; "
        "leave out 'budget', and all devices form one set");
  plans_.emplace(*pool_, facts_, std::move(devices), planning_options(options));
}

std::vector<std::vector<std::string>> PlannedSets::on(std::int64_t day) const {
  const DayPlan& plan = plans_->on(day);
  std::vector<std::vector<std::string>> sets;
  for (const auto& set : plan.plan.sets) {
    auto& names = sets.emplace_back();
    for (const std::size_t position : set) names.push_back(pool_->devices()[plan.members[position]]);
  }
  return sets;
}

std::size_t PlannedSets::for_strangers(std::int64_t day) const {
  const DayPlan& plan = plans_->on(day);
  const auto weight = [&](const std::vector<std::size_t>& set) {
    double sum = 0;
    for (const std::size_t position : set) sum += plan.rates[position];
    return std::pair(set.size() == 1, sum);
  };
  const auto& sets = plan.plan.sets;
  return static_cast<std::size_t>(std::ranges::min_element(sets, {}, weight) - sets.begin());
}

std::vector<std::string> PlannedSets::report() const {
  const DayPlan& plan = plans_->on(pool_->days().back().number + 1);
  std::vector<std::string> names;
  for (const std::size_t member : plan.members) names.push_back(pool_->devices()[member]);
  return report_of(plan.plan, names, plan.rates, plan.limits);
}

LineSets::LineSets(std::span<const Line> lines, const UnisonOptions& options,
                   std::shared_ptr<const PlannedSets> planned)
    : planned_(std::move(planned)), day_offset_hours_(options.day_offset_hours) {
  for (const Line& line : lines) devices_.push_back(line.device);
  if (planned_ != nullptr) return;
  divide(options.sets, options.sets.empty() ? std::optional<std::size_t>(0) : std::nullopt);
}

/// Devices that are in no set join that one, or have each a set of their own.
void LineSets::divide(const std::vector<std::vector<std::string>>& sets,
                      std::optional<std::size_t> for_others) {
  const std::size_t shared = std::max<std::size_t>(sets.size(), for_others ? 1 : 0);
  sets_.assign(shared, {});
  set_of_.assign(devices_.size(), 0);
  named_.clear();
  for (std::size_t set = 0; set < sets.size(); ++set)
    for (const std::string& device : sets[set]) named_.emplace(device, set);
  for (std::size_t line = 0; line < devices_.size(); ++line) {
    const auto found = named_.find(devices_[line]);
    set_of_[line] = found != named_.end() ? found->second : for_others.value_or(sets_.size());
    if (set_of_[line] == sets_.size()) sets_.emplace_back();
    sets_[set_of_[line]].push_back(line);
  }
}

void LineSets::plan(std::int64_t day) {
  const auto sets = planned_->on(day);
  divide(sets, sets.empty() ? 0 : planned_->for_strangers(day));
}

void LineSets::follow(traffic::Nanoseconds time) {
  if (planned_ == nullptr) return;
  const std::int64_t day = traffic::day_of(time, day_offset_hours_);
  if (day_ != day) plan(day);
  day_ = day;
}

const LineSets::Set& LineSets::at(traffic::Nanoseconds time, std::size_t line) {
  follow(time);
  return sets_[set_of_.at(line)];
}

const LineSets::Set& LineSets::of(traffic::Nanoseconds time, const std::string& device) {
  follow(time);
  const auto found = named_.find(device);
  if (found != named_.end() && !sets_[found->second].empty()) return sets_[found->second];
  return *std::ranges::find_if(sets_, [](const Set& set) { return !set.empty(); });
}

}  // namespace ipet::defence
