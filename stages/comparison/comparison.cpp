#include "stages/comparison/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "pipeline/text/wrapping.hpp"
#include "stages/comparison/acquaintance.hpp"
#include "stages/comparison/costs.hpp"
#include "stages/comparison/example.hpp"
#include "stages/comparison/narrator.hpp"
#include "stages/comparison/trial.hpp"
#include "stages/dataset/folds.hpp"
#include "stages/defence/group_mixer.hpp"
#include "stages/report/few_rows.hpp"
#include "stages/report/text.hpp"

namespace ipet::comparison {

namespace {

/// The defences and their variants, "none" first.
class Variants {
 public:
  explicit Variants(const Setting& setting)
      : at_(setting), meter_(at_.lines, at_.resources, at_.options.seed, at_.observer) {
    variants_.push_back({"none"});
    for (const Contender& contender : at_.inputs.defences) {
      at_.observer.check();
      contender.defence->check(at_.resources);
      defence::check_topology(*contender.defence, at_.resources, at_.options.lines.topology, contender.name);
      if (at_.options.own) variants_.push_back({contender.name, Kind::own, 1, contender.defence});
    }
    if (!at_.options.matched_to.empty()) match();
    for (const double intensity : at_.options.intensities)
      for (const Contender& contender : at_.inputs.defences) scale(contender, intensity);
    if (at_.options.controls) add_controls();
  }

  [[nodiscard]] const std::vector<Variant>& variants() const { return variants_; }

 private:
  using Kind = Variant::Kind;

  void scale(const Contender& contender, double intensity) {
    Variant variant{contender.name, Kind::scaled, intensity, contender.defence->at_intensity(intensity)};
    if (variant.defence != nullptr)
      variants_.push_back(std::move(variant));
    else
      at_.notes.push_back(contender.name + " has no variant '" + variant.title() + "'");
  }

  void match() {
    const std::string& matched_to = at_.options.matched_to;
    const auto target = std::ranges::find(at_.inputs.defences, matched_to, &Contender::name);
    const double wire = meter_.wire_bytes_per_second(*target->defence);
    for (const Contender& contender : at_.inputs.defences) {
      if (contender.name == matched_to) continue;
      const Match match = meter_.match(*contender.defence, wire);
      if (match.defence == nullptr) {
        at_.notes.push_back(contender.name + " cannot be brought to the overhead of " + matched_to);
        continue;
      }
      variants_.push_back({contender.name, Kind::matched, match.intensity, match.defence});
      if (std::abs(match.wire_bytes_per_second - wire) > 0.1 * std::max(wire, 1.0))
        at_.notes.push_back(
            contender.name + ", matched: " + evaluation::short_number(match.wire_bytes_per_second) +
            " bytes/s on the wire where " + matched_to + " has " + evaluation::short_number(wire));
    }
  }

  /// stages/evaluation/README.md "Protocol", point 5; `ilp` with equal cells is a defence like any other.
  void add_controls() {
    variants_.push_back({"none", Kind::permuted_labels});
    for (const Contender& contender : at_.inputs.defences) {
      if (contender.defence->delays()) continue;
      if (auto without = contender.defence->at_intensity(0); without != nullptr)
        variants_.push_back({contender.name, Kind::zero_budget, 0, std::move(without)});
      variants_.push_back({contender.name, Kind::dummies_removed, 1, contender.defence});
    }
  }

  const Setting& at_;
  Meter meter_;
  std::vector<Variant> variants_;
};

/// What a gateway has recorded: of a device that is switched off nothing any more.
std::shared_ptr<const traffic::Traces> recorded(const ComparisonInputs& inputs,
                                                const ComparisonOptions& options, const Lines& lines) {
  if (options.lines.off.empty()) return inputs.traces;
  traffic::Nanoseconds from = std::numeric_limits<traffic::Nanoseconds>::max();
  for (const std::size_t i : lines.with(Role::test)) from = std::min(from, lines.lines[i].interval.begin);
  auto traces = std::make_shared<traffic::Traces>(*inputs.traces);
  for (traffic::Trace& trace : traces->traces)
    if (std::ranges::find(options.lines.off, traces->devices[trace.device]) != options.lines.off.end())
      std::erase_if(trace.packets, [from](const auto& packet) { return packet.time >= from; });
  return traces;
}

std::vector<evaluation::LineUse> uses_of(const Lines& lines) {
  std::vector<evaluation::LineUse> uses;
  for (const WatchedLine& line : lines.lines) {
    const std::string capture =
        lines.split == fingerprint::SplitMode::day ? "" : lines.traces->captures[line.capture];
    uses.push_back({line.device, capture, line.interval.begin_of_day, line.interval.begin, line.interval.end,
                    std::string(text::word_of(roles, line.role))});
  }
  return uses;
}

}  // namespace

Comparison compare(const ComparisonInputs& given, const ComparisonOptions& options,
                   fingerprint::Observer& observer) {
  if (const auto [option, reason] = fault(given, options); !reason.empty())
    throw std::invalid_argument(option + ": " + reason);
  const Lines lines = watch_lines(given.traces, options.lines);
  ComparisonInputs inputs = given;
  inputs.attackers = acquainted(given.attackers, lines);
  for (const std::string& device : options.held_out)
    if (std::ranges::find(lines.classes, device) == lines.classes.end())
      throw std::invalid_argument("held_out: there is no device '" + device + "' with packets");
  std::vector<std::string> knowing;
  for (std::size_t a = 0; a < given.attackers.size(); ++a)
    if (inputs.attackers[a] != given.attackers[a]) knowing.push_back("'" + given.attackers[a]->title() + "'");
  if (options.wants(Level::T5) && std::ranges::find(lines.classes, "other") != lines.classes.end())
    throw std::invalid_argument("device 'other' has the name that T5 gives to unknown ones: rename it");
  defence::Resources resources = inputs.resources;
  resources.give("pool", recorded(inputs, options, lines));
  resources.seed = options.seed;
  resources.check = [&observer] { observer.check(); };
  std::vector<std::string> notes;
  const Setting setting{inputs, options, lines, resources, observer, notes};
  const std::vector<Variant> variants = Variants(setting).variants();
  if (options.wants(Level::T5) && !knowing.empty())
    notes.push_back("T5: devices that are held out were seen undefended by " + text::named(knowing, 12));
  if (options.wants(Level::T5) && options.held_out.empty() && lines.classes.size() < 3)
    notes.push_back("T5: of fewer than three devices none is held out, so none is unknown");

  Narrator narrator(observer, variants.size() * options.seeds);
  Trial trial({inputs, options, lines, resources, narrator, notes});
  std::vector<evaluation::Cost> costs;
  for (const Variant& variant : variants) {
    CostSum cost(variant.defence_name, variant.title(), variant.intensity);
    for (std::uint32_t seed = 0; seed < options.seeds; ++seed) {
      narrator.begin(variant);
      trial.run(variant, seed, cost);
    }
    costs.push_back(cost.result(options.budget));
  }
  Comparison result;
  result.report = trial.report();
  result.report.costs = std::move(costs);
  result.report.lines = uses_of(lines);
  result.report.notes = lines.notes;
  for (std::string& note : notes_of_defences(inputs.defences, options.lines, lines, resources, observer))
    result.report.notes.push_back(std::move(note));
  result.report.notes.insert(result.report.notes.end(), notes.begin(), notes.end());
  evaluation::warn_of_few_rows(result.report, observer);
  result.split = fingerprint::split_text(lines.split, lines.folds, options.lines.fold);
  result.example = draw_example(inputs, options, lines, resources);
  return result;
}

}  // namespace ipet::comparison
