#include "stages/chorus/day_plans.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include "stages/traffic/value_text.hpp"

namespace ipet::defence {

namespace {

std::string formatted(const char* format, double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string rate_text(double rate) {
  return formatted(rate < 10 ? "%.2g" : "%.0f", rate) + " B/s";
}

// Macro F1 of outside attacks on `replay` (stages/comparison/RESULTS.md has the same).
constexpr const char* outside_attacks =
    "chorus is broken: attacks from outside on days 5 to 7 of a real home (chance 0.14, no defence 0.70 to "
    "0.71) named one line with a macro F1 of 0.30 (renewal: 0.20) from 15 minutes, 0.34 (0.35) from 60, 0.61 "
    "to 0.65 (0.63 to 0.73) from a day, and 0.69 (0.71) from 60 and the midnight before where seven lines "
    "were named as seven different devices";
constexpr const char* no_bound = "what our own attackers score bounds no other classifier";

}  // namespace

bool DayPlan::is_member(std::size_t device) const {
  return std::ranges::binary_search(members, device);
}

std::vector<std::size_t> DayPlan::voices_for(std::size_t device) const {
  const auto position = static_cast<std::size_t>(std::ranges::lower_bound(members, device) - members.begin());
  const bool member = is_member(device);
  std::vector<std::size_t> voices;
  for (const std::size_t other : member ? plan.sets[plan.set_of[position]] : for_strangers)
    if (!member || other != position) voices.push_back(members[other]);
  return voices;
}

DayPlans::DayPlans(const Pool& pool, const PoolFacts& facts, std::vector<std::size_t> candidates,
                   const ChorusOptions& options)
    : pool_(pool), facts_(facts), candidates_(std::move(candidates)), options_(options) {}

const DayPlan& DayPlans::on(std::int64_t today) const {
  return with(knowledge_of(today));
}

std::size_t DayPlans::knowledge_of(std::int64_t today) const {
  const auto& days = pool_.days();
  if (!options_.causal) {
    const auto own = std::ranges::lower_bound(days, today, {}, &PoolDay::number);
    return own != days.end() && own->number == today ? static_cast<std::size_t>(own - days.begin())
                                                     : days.size();
  }
  const std::int64_t youngest = today - static_cast<std::int64_t>(options_.pool_age_days);
  return static_cast<std::size_t>(std::ranges::upper_bound(days, youngest, {}, &PoolDay::number) -
                                  days.begin());
}

std::vector<std::size_t> DayPlans::days_with(std::size_t knowledge) const {
  std::vector<std::size_t> days;
  for (std::size_t day = 0; day < (options_.causal ? knowledge : pool_.days().size()); ++day) {
    const bool own = !options_.causal && day == knowledge;
    const bool wanted =
        options_.only_days.empty() || std::ranges::find(options_.only_days, day) != options_.only_days.end();
    if (!own && wanted) days.push_back(day);
  }
  if (options_.pool_days > 0 && days.size() > options_.pool_days)
    days.erase(days.begin(), days.end() - static_cast<std::ptrdiff_t>(options_.pool_days));
  return days;
}

const DayPlan& DayPlans::with(std::size_t knowledge) const {
  const std::lock_guard lock(mutex_);
  while (plans_.size() <= knowledge)
    plans_.push_back(made(plans_.size(), plans_.empty() ? nullptr : plans_.back().get()));
  return *plans_[knowledge];
}

std::unique_ptr<const DayPlan> DayPlans::made(std::size_t knowledge, const DayPlan* before) const {
  auto day = std::make_unique<DayPlan>();
  day->days = days_with(knowledge);
  for (const std::size_t device : candidates_) {
    if (std::ranges::none_of(day->days, [&](std::size_t d) { return facts_.speaks(device, d); })) continue;
    day->members.push_back(device);
    day->rates.push_back(facts_.rate(device, day->days, !options_.relay));
  }
  day->limits = limits_for(day->rates);
  const bool same = before != nullptr && before->members == day->members;
  day->plan = same ? plan_again(before->plan, day->rates, day->limits) : plan_sets(day->rates, day->limits);
  day->for_strangers = lightest_company(day->plan, day->rates, day->limits);
  return day;
}

SetOptions DayPlans::limits_for(const std::vector<double>& rates) const {
  SetOptions made{options_.budget * options_.intensity, options_.smallest_set,
                  options_.over_budget == OverBudget::alone};
  if (options_.budget <= 0) {
    made.budget = 0;
    if (options_.intensity >= 1 || rates.empty()) return made;
    double sum = 0;
    for (const double rate : rates) sum += rate;
    made.budget = (sum - *std::ranges::min_element(rates)) * options_.intensity;
  }
  // Scaled down to nothing is not 0, which means no limit.
  made.budget = std::max(made.budget, 1e-9);
  return made;
}

std::vector<const DayPlan*> DayPlans::used() const {
  std::vector<const DayPlan*> plans;
  for (const PoolDay& day : pool_.days())
    if (const DayPlan& plan = on(day.number); !plan.days.empty()) plans.push_back(&plan);
  plans.push_back(&last());
  return plans;
}

void DayPlans::check_budget() const {
  if (options_.intensity != 1 || options_.budget <= 0 || options_.over_budget == OverBudget::shared) return;
  const std::size_t smallest = options_.smallest_set;
  for (const DayPlan* day : used())
    if (std::ranges::any_of(day->plan.sets, [&](const auto& set) { return set.size() >= smallest; })) return;
  std::vector<double> lightest = last().rates;
  std::ranges::sort(lightest);
  lightest.resize(std::min(lightest.size(), smallest));
  double cost = 0;
  for (const double rate : lightest) cost += rate;
  if (!lightest.empty()) cost -= lightest.front();
  throw std::runtime_error("chorus: no set of " + std::to_string(smallest) + " devices keeps the budget of " +
                           traffic::number_text(options_.budget) + " bytes/s; " +
                           (lightest.size() < smallest
                                ? "the pool has " + std::to_string(lightest.size()) + " devices"
                                : "the cheapest one costs " + std::to_string(cost)));
}

std::vector<std::string> DayPlans::report() const {
  const DayPlan& plan = last();
  std::vector<std::string> names;
  for (const std::size_t member : plan.members) names.push_back(pool_.devices()[member]);
  auto lines = report_of(plan.plan, names, plan.rates, plan.limits);
  report_evidence(plan, lines);
  report_strangers(plan, lines);
  report_groups(plan, lines);
  report_changes(plan, lines);
  return lines;
}

std::string DayPlans::names_of(const DayPlan& plan, const std::vector<std::size_t>& positions) const {
  std::string text;
  for (const std::size_t position : positions)
    text += (text.empty() ? "" : ", ") + pool_.devices()[plan.members[position]];
  return text;
}

void DayPlans::report_evidence(const DayPlan& plan, std::vector<std::string>& lines) const {
  const std::size_t sets = plan.plan.sets.size(), devices = plan.members.size();
  if (devices == 0) return;
  const auto share = [&](std::size_t of) {
    return formatted("%.2f", static_cast<double>(of) / static_cast<double>(devices));
  };
  lines.push_back("blind guesses within the sets are right with a probability of " + share(sets) +
                  " on average: " + std::to_string(sets) + (sets == 1 ? " set of " : " sets of ") +
                  std::to_string(devices) + " devices");
  lines.emplace_back(outside_attacks);
  lines.emplace_back(no_bound);
  if (sets == 1) return;
  double sum = 0;
  for (const double rate : plan.rates) sum += rate;
  lines.push_back("one set of all devices would lower this to chance, " + share(1) + ", and cost up to " +
                  rate_text(sum - *std::ranges::min_element(plan.rates)));
}

void DayPlans::report_strangers(const DayPlan& plan, std::vector<std::string>& lines) const {
  std::string company = plan.for_strangers.empty() ? "nobody" : names_of(plan, plan.for_strangers);
  double sum = 0;
  for (const std::size_t position : plan.for_strangers) sum += plan.rates[position];
  company += " (" + rate_text(sum) + ")";
  const bool whole = std::ranges::find(plan.plan.sets, plan.for_strangers) != plan.plan.sets.end();
  if (!whole && !plan.members.empty()) company += ", as many of a set as the budget allows";
  for (std::size_t device = 0; device < pool_.devices().size(); ++device)
    if (!plan.is_member(device))
      lines.push_back(pool_.devices()[device] +
                      ": nobody imitates it, since it is left out or the days used have no recordings of it; "
                      "its line carries " +
                      company);
}

void DayPlans::report_groups(const DayPlan& plan, std::vector<std::string>& lines) const {
  const auto days = used();
  for (std::size_t position = 0; position < plan.members.size(); ++position) {
    const std::size_t device = plan.members[position];
    auto group = plan.voices_for(device);
    const std::size_t now = group.size();
    for (const DayPlan* day : days) {
      if (!day->is_member(device)) continue;
      const auto then = day->voices_for(device);
      std::erase_if(group, [&](std::size_t other) { return !std::ranges::binary_search(then, other); });
    }
    if (group.size() == now) continue;
    lines.push_back(pool_.devices()[device] + ": who watches it on all days is left with " +
                    std::to_string(group.size() + 1) + " of the " + std::to_string(now + 1) +
                    " devices of its set, since its sets were others before");
  }
}

void DayPlans::report_changes(const DayPlan& plan, std::vector<std::string>& lines) const {
  const auto days = used();
  const auto sets_of = [](const DayPlan& day) {
    std::vector<std::vector<std::size_t>> sets;
    for (const auto& set : day.plan.sets) {
      auto& devices = sets.emplace_back();
      for (const std::size_t position : set) devices.push_back(day.members[position]);
    }
    return sets;
  };
  const auto now = sets_of(plan);
  const auto changes = std::ranges::count_if(days, [&](const DayPlan* day) { return sets_of(*day) != now; });
  if (changes > 0)
    lines.push_back("the sets were others on " + std::to_string(changes) + " of " +
                    std::to_string(days.size() - 1) + " days, when less was known");
}

}  // namespace ipet::defence
