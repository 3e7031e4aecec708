#include "stages/detection/detection.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "pipeline/text/numbers.hpp"
#include "pipeline/text/wrapping.hpp"
#include "stages/comparison/acquaintance.hpp"
#include "stages/comparison/narrator.hpp"
#include "stages/dataset/folds.hpp"
#include "stages/defence/group_mixer.hpp"
#include "stages/detection/detectors.hpp"

namespace ipet::detection {

using comparison::Contender;
using comparison::Lines;
using comparison::Role;
using comparison::Variant;
using comparison::WatchedLine;
using traffic::Nanoseconds;

namespace {

constexpr std::size_t most_named = 12;

/// When the days for testing began, ascending.
std::vector<Nanoseconds> test_days(const Lines& lines) {
  std::set<Nanoseconds> days;
  for (const std::size_t i : lines.with(Role::test)) days.insert(lines.lines[i].interval.begin_of_day);
  return {days.begin(), days.end()};
}

/// The lines of one of several origins: later days are left out.
Lines from_origin(const Lines& all, std::uint32_t origin, std::uint32_t origins) {
  if (origins == 1) return all;
  const std::vector<Nanoseconds> days = test_days(all);
  const auto part = [&](std::size_t day) { return fingerprint::fold_of(day, days.size(), origins); };
  std::size_t first = 0;
  while (part(first) < origin) ++first;
  std::size_t last = first;
  while (last + 1 < days.size() && part(last + 1) == origin) ++last;
  Lines lines = all;
  std::erase_if(lines.lines,
                [&](const WatchedLine& line) { return line.interval.begin_of_day > days[last]; });
  for (WatchedLine& line : lines.lines)
    if (line.role != Role::warm_up)
      line.role = line.interval.begin_of_day < days[first] ? Role::training : Role::test;
  return lines;
}

void check_origins(const Lines& lines, std::uint32_t origins) {
  if (origins == 1) return;
  if (lines.split != fingerprint::SplitMode::day)
    throw std::invalid_argument("origins: recordings that are no days do not follow each other; take 1");
  const std::vector<Nanoseconds> days = test_days(lines);
  if (days.size() < origins)
    throw std::invalid_argument("origins: there are " + text::counted(days.size(), "day") +
                                " for testing, too few for " + std::to_string(origins) +
                                "; take fewer, or a larger test_fraction");
  const auto before = [&](const WatchedLine& line) {
    return line.role != Role::warm_up && line.interval.begin_of_day < days.front();
  };
  if (std::ranges::none_of(lines.lines, before))
    throw std::invalid_argument(
        "origins: before the first day for testing there is none to learn from; test later days");
}

std::vector<Variant> variants_of(const Game& game, const comparison::ComparisonInputs& inputs,
                                 const DetectionOptions& options, const defence::Resources& resources,
                                 std::vector<std::string>& notes) {
  std::vector<Variant> variants = {{"none"}};
  for (const Contender& contender : inputs.defences) {
    contender.defence->check(resources);
    defence::check_topology(*contender.defence, resources, game.topology(), contender.name);
    variants.push_back({contender.name, Variant::Kind::own, 1, contender.defence});
  }
  for (const double intensity : options.intensities)
    for (const Contender& contender : inputs.defences) {
      Variant variant{contender.name, Variant::Kind::scaled, intensity,
                      contender.defence->at_intensity(intensity)};
      if (variant.defence != nullptr)
        variants.push_back(std::move(variant));
      else
        notes.push_back(contender.name + " has no variant '" + variant.title() + "'");
    }
  return variants;
}

/// Which targets have too few moments of one kind, under no defence.
void note_unjudged(evaluation::DetectionReport& report, double fewest) {
  std::vector<std::string> few;
  for (const evaluation::Detection& row : report.detections) {
    if (row.judged || row.defence != "none" || row.attacker != report.detections.front().attacker) continue;
    const std::string text =
        text::format("%s (%.4g of %.4g)", row.target.c_str(), row.positives, row.moments);
    if (std::ranges::find(few, text) == few.end()) few.push_back(text);
  }
  if (!few.empty())
    report.notes.push_back("not judged, since fewer than " + text::format("%.4g", fewest) +
                           " moments, or all but so many, are so: " + text::named(few, most_named));
}

}  // namespace

bool DetectionOptions::wants(Level level) const {
  return std::ranges::find(levels, level) != levels.end();
}

std::pair<std::string, std::string> fault(const comparison::ComparisonInputs& inputs,
                                          const DetectionOptions& options) {
  comparison::ComparisonOptions same;
  same.lines = options.lines;
  same.repeats = options.repeats;
  same.intensities = options.intensities;
  same.votes = options.votes;
  if (auto found = comparison::fault(inputs, same); !found.second.empty()) return found;
  if (options.draws == 0) return {"draws", "must be at least 1"};
  if (options.origins == 0) return {"origins", "must be at least 1"};
  if (options.filter_repeats == 0) return {"filter_repeats", "must be at least 1"};
  return {};
}

Lines lines_of_devices(const comparison::ComparisonInputs& inputs, const DetectionOptions& options) {
  comparison::LineOptions each = options.lines;
  each.topology = defence::Topology::device;
  Lines lines = comparison::watch_lines(inputs.traces, each);
  std::set<std::string> open;
  for (const WatchedLine& line : lines.lines)
    if (!line.protect) open.insert(line.device);
  std::erase_if(lines.lines, [](const WatchedLine& line) { return !line.protect; });
  if (lines.lines.empty())
    throw std::runtime_error("no device is to be protected: all have protect = false in the devices file");
  if (!open.empty())
    lines.notes.push_back("devices with protect = false, left out: " + text::named(open, most_named));
  return lines;
}

evaluation::DetectionReport play(const Game& game, const Lines& lines,
                                 const comparison::ComparisonInputs& inputs, const DetectionOptions& options,
                                 fingerprint::Observer& observer) {
  check_origins(lines, options.origins);
  defence::Resources resources = inputs.resources;
  resources.give("pool", inputs.traces);
  resources.seed = options.seed;
  resources.check = [&observer] { observer.check(); };
  evaluation::DetectionReport report = game.description();
  report.notes.insert(report.notes.begin(), lines.notes.begin(), lines.notes.end());
  const std::vector<Variant> variants = variants_of(game, inputs, options, resources, report.notes);
  std::vector<comparison::CostSum> costs;
  for (const Variant& variant : variants)
    costs.emplace_back(variant.defence_name, variant.title(), variant.intensity);
  Board board;
  comparison::Narrator narrator(observer, variants.size() * options.origins);
  for (std::uint32_t origin = 0; origin < options.origins; ++origin) {
    const Lines seen = from_origin(lines, origin, options.origins);
    comparison::ComparisonInputs learned = inputs;
    learned.attackers = comparison::acquainted(inputs.attackers, seen);
    Trial trial({game, learned, options, seen, origin, resources, narrator, report.notes}, board);
    for (std::size_t v = 0; v < variants.size(); ++v) {
      narrator.begin(variants[v]);
      trial.run(variants[v], costs[v]);
    }
  }
  report.detections = board.rows(options.fewest);
  for (const comparison::CostSum& cost : costs) report.costs.push_back(cost.result(0));
  note_unjudged(report, options.fewest);
  for (std::string& note :
       comparison::notes_of_defences(inputs.defences, options.lines, lines, resources, observer))
    report.notes.push_back(std::move(note));
  return report;
}

}  // namespace ipet::detection
