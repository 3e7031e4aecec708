#include "stages/comparison/comparison_inputs.hpp"

#include <algorithm>

#include "stages/traffic/value_text.hpp"

namespace ipet::comparison {

namespace {

/// What is there twice, between the texts; "" where nothing is.
std::string twin(std::vector<std::string> texts, const std::string& before, const std::string& after) {
  std::ranges::sort(texts);
  const auto found = std::ranges::adjacent_find(texts);
  return found == texts.end() ? "" : before + *found + after;
}

/// Why a name is none of a defence's; "" where it is, or is not given.
std::string stranger(const std::string& name, const std::vector<Contender>& defences) {
  if (name.empty() || std::ranges::find(defences, name, &Contender::name) != defences.end()) return "";
  std::string known;
  for (const Contender& each : defences) known += (known.empty() ? "; there are '" : ", '") + each.name + "'";
  return "there is no defence '" + name + "' to compare" + known;
}

}  // namespace

bool ComparisonOptions::wants(Level level) const {
  return std::ranges::find(levels, level) != levels.end();
}

std::pair<std::string, std::string> fault(const ComparisonInputs& inputs, const ComparisonOptions& options) {
  if (inputs.attackers.empty()) return {"attackers", "a comparison needs at least one attacker"};
  // Answers of one name would be added up.
  std::vector<std::string> names = {"none"}, titles, filters, intensities, votes;
  for (const Contender& contender : inputs.defences) names.push_back(contender.name);
  for (const auto& attacker : inputs.attackers) titles.push_back(attacker->title());
  for (const NamedFilter& filter : inputs.filters) filters.push_back(filter.name);
  for (const double intensity : options.intensities) intensities.push_back(traffic::number_text(intensity));
  for (const auto& length : options.votes) votes.push_back(minutes_text(length));
  const std::pair<std::string, std::string> reasons[] = {
      {"repeats", options.repeats == 0 ? "must be at least 1" : ""},
      {"test_repeats", options.test_repeats == 0 ? "must be at least 1" : ""},
      {"seeds", options.seeds == 0 ? "must be at least 1" : ""},
      {"defences", twin(names, "'", "' is the name of two; 'none' stands for no defence")},
      {"attackers", twin(titles, "two are called '", "'; give them a 'title'")},
      {"filters", twin(filters, "'", "' is there twice")},
      {"intensities", twin(intensities, "", " is there twice")},
      {"vote_minutes", twin(votes, "", " is there twice")},
      {"matched_to", stranger(options.matched_to, inputs.defences)},
      {"example_defence", stranger(options.example_defence, inputs.defences)},
      options.lines.fault()};
  const auto found = std::ranges::find_if(reasons, [](const auto& each) { return !each.second.empty(); });
  return found == std::end(reasons) ? std::pair<std::string, std::string>() : *found;
}

std::string minutes_text(std::chrono::nanoseconds length) {
  return traffic::number_text(std::chrono::duration<double, std::ratio<60>>(length).count());
}

}  // namespace ipet::comparison
