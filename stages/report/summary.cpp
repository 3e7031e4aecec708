#include "stages/report/summary.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "pipeline/text/lists.hpp"
#include "stages/report/text.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::evaluation {

namespace {

void add_loads(std::vector<Load>& loads, const std::vector<Cost>& costs) {
  for (const Cost& cost : costs)
    for (const defence::Overhead::Row& row : cost.overhead.rows)
      loads.push_back({cost.defence, cost.variant, &row});
}

}  // namespace

const Score* Summary::at(std::string_view level) const {
  const auto found = std::ranges::find(strongest, level, [](const Score* score) { return score->level; });
  return found == strongest.end() ? nullptr : *found;
}

bool stronger(const Score& one, const Score& other) {
  return one.macro_f1 - one.chance > other.macro_f1 - other.chance;
}

Guessing guessing_at(const std::vector<Summary>& summaries, std::string_view level) {
  Guessing guessing;
  bool first = true;
  for (const Summary& summary : summaries) {
    const Score* score = summary.at(level);
    if (score == nullptr) continue;
    guessing.least = first ? score->chance : std::min(guessing.least, score->chance);
    guessing.most = std::max(guessing.most, score->chance);
    first = false;
  }
  return guessing;
}

std::string level_meaning(std::string_view level) {
  static const std::map<std::string_view, const char*> meaning = {
      {"T0", "static: the attacker learned from undefended traffic, and never learns again"},
      {"T1", "retrained: learned from one defended copy of every day"},
      {"T2", "retrained on many defended copies of every day"},
      {"T3", "retrained on defended copies behind a filter that throws away what it takes for dummies"},
      {"T4",
       "votes: the answers of retrained attackers, with or without a packet filter, put together over "
       "minutes"},
      {"T5",
       "open world: retrained on many copies, but some devices are unknown and must be called \"other\""}};
  const auto found = meaning.find(level);
  return found == meaning.end() ? "" : found->second;
}

bool is_comparison(const EvaluationReport& report) {
  return std::ranges::any_of(report.scores, [](const Score& score) { return !score.level.empty(); });
}

std::vector<Summary> summaries(const EvaluationReport& report) {
  std::vector<Summary> result;
  for (const Score& score : report.scores) {
    if (score.level.empty()) continue;
    auto at = std::ranges::find_if(result, [&](const Summary& summary) {
      return summary.defence == score.defence && summary.variant == score.variant;
    });
    if (at == result.end())
      at = result.insert(
          at, {score.defence, score.variant, cost_of(report.costs, score.defence, score.variant), {}});
    auto same = std::ranges::find(at->strongest, score.level, &Score::level);
    if (same == at->strongest.end())
      at->strongest.push_back(&score);
    else if (stronger(score, **same))
      *same = &score;
  }
  for (Summary& summary : result) std::ranges::stable_sort(summary.strongest, {}, &Score::level);
  return result;
}

std::vector<std::string> levels_of(const EvaluationReport& report) {
  std::set<std::string> levels;
  for (const Score& score : report.scores) {
    if (!score.level.empty()) levels.insert(score.level);
  }
  return {levels.begin(), levels.end()};
}

const Cost* cost_of(const std::vector<Cost>& costs, std::string_view defence, std::string_view variant) {
  const auto found = std::ranges::find_if(
      costs, [&](const Cost& cost) { return cost.defence == defence && cost.variant == variant; });
  return found == costs.end() ? nullptr : &*found;
}

bool is_control(std::string_view variant) {
  return variant == "permuted labels" || variant == "zero budget" || variant == "dummies removed";
}

std::string title_of(const std::string& defence, const std::string& variant) {
  return variant.empty() || variant == "own" ? defence : defence + ", " + variant;
}

std::string text_of(const AxisValue& axis) {
  if (const auto* whole = std::get_if<std::int64_t>(&axis.value)) return std::to_string(*whole);
  if (const auto* number = std::get_if<double>(&axis.value)) return traffic::number_text(*number);
  return std::get<std::string>(axis.value);
}

std::string point_text(const EvaluationReport& report) {
  return text::joined(report.point, ", ",
                      [](const AxisValue& axis) { return axis.name + " = " + text_of(axis); });
}

std::string interval_text(double low, double high) {
  return std::isnan(low) || std::isnan(high) ? "" : format("%.2f..%.2f", low, high);
}

std::string interval_units(const std::vector<const Score*>& scores) {
  std::vector<std::string> units;
  for (const Score* score : scores) {
    const std::string unit = score->interval_over.substr(0, score->interval_over.find(','));
    if (!unit.empty() && std::ranges::find(units, unit) == units.end()) units.push_back(unit);
  }
  return text::joined(units, " or ");
}

std::vector<std::string> all_devices(const std::map<std::string, EvaluationReport>& reports) {
  constexpr std::string_view unknown = "other";
  std::vector<std::string> devices;
  const std::string* stages[2] = {};  // with "other": no comparison, comparison
  for (const auto& [stage, report] : reports) {
    std::set<std::string_view> names;
    for (const std::string& device : report.devices) {
      if (!names.insert(device).second)
        throw std::invalid_argument("stage '" + stage + "' has two devices named '" + device + "'" +
                                    (device == unknown ? ", which is also what unknown devices are called; "
                                                         "give the device another name"
                                                       : ""));
      if (std::ranges::find(devices, device) == devices.end()) devices.push_back(device);
    }
    if (names.contains(unknown)) stages[is_comparison(report) ? 1 : 0] = &stage;
  }
  if (stages[0] != nullptr && stages[1] != nullptr)
    throw std::invalid_argument("'other' is a device of stage '" + *stages[0] + "', and what stage '" +
                                *stages[1] + "' calls unknown devices; give the device another name");
  return devices;
}

std::vector<Load> loads_of(const EvaluationReport& report) {
  std::set<std::string> scored;
  for (const Score& score : report.scores) {
    if (score.defence != "none") scored.insert(score.defence);
  }
  const std::string only = scored.size() == 1 ? *scored.begin() : "";
  std::vector<Load> loads;
  for (const defence::Overhead::Row& row : report.overhead.rows) loads.push_back({only, "", &row});
  add_loads(loads, report.costs);
  return loads;
}

std::vector<Load> loads_of(const DetectionReport& report) {
  std::vector<Load> loads;
  add_loads(loads, report.costs);
  return loads;
}

double added(const defence::Overhead::Row& row, std::uint64_t defence::Count::*what) {
  double sum = 0;
  for (const defence::Count& count : row.sent) sum += static_cast<double>(count.*what);
  for (const defence::Count& count : row.user) sum -= static_cast<double>(count.*what);
  return sum;
}

defence::DelayHistogram delays_of(const defence::Overhead& overhead) {
  defence::DelayHistogram delays;
  for (const defence::Overhead::Row& row : overhead.rows) delays.add(row.delays);
  return delays;
}

std::uint64_t unsent_bytes_of(const defence::Overhead& overhead) {
  std::uint64_t bytes = 0;
  for (const defence::Overhead::Row& row : overhead.rows) bytes += row.unsent_bytes;
  return bytes;
}

std::uint64_t misdirected_bytes_of(const defence::Overhead& overhead) {
  std::uint64_t bytes = 0;
  for (const defence::Overhead::Row& row : overhead.rows) bytes += row.misdirected_bytes;
  return bytes;
}

bool delays(const defence::Overhead& overhead) {
  return std::ranges::any_of(overhead.rows, &defence::Overhead::Row::delayed);
}

}  // namespace ipet::evaluation
