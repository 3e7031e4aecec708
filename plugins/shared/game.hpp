// What the tasks that play a game with detectors have in common: inputs, outputs and options.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/contenders.hpp"
#include "plugins/shared/context_observer.hpp"
#include "plugins/shared/defence_resources.hpp"
#include "plugins/shared/sweep_point.hpp"
#include "plugins/shared/tell_rows.hpp"
#include "stages/detection/detection.hpp"

namespace ipet {

/// `Options`: those of the game, detection::DetectionOptions among their bases.
template <class Options>
struct GameOptions : Options {
  std::vector<std::shared_ptr<const attack::Attacker>> attackers;
  std::vector<Component<defence::Defence>> defences;
  std::vector<Component<attack::PacketFilter>> filters;
  std::vector<std::string> names;

  /// Without what is known only when the stage runs.
  [[nodiscard]] comparison::ComparisonInputs inputs() const {
    comparison::ComparisonInputs inputs;
    inputs.attackers = attackers;
    inputs.defences = contenders_of(defences, names);
    for (const auto& filter : filters) inputs.filters.push_back({filter.name, filter.value});
    return inputs;
  }

  static void check(const GameOptions& options, const OptionPlaces& at) {
    if (const auto [option, reason] = wrong_contenders(options.defences, options.names); !reason.empty())
      return at.problem(option, reason);
    const auto [option, reason] = detection::fault(options.inputs(), options);
    if (!reason.empty()) at.problem(option, reason);
  }
};

/// `Played`: the game's options; `play`: it, detection::find_activity or the like.
template <class Played, auto play>
class GameStage {
 public:
  using Options = GameOptions<Played>;

  GameStage(const Options& options, StageContext& context) : options_(options), context_(context) {}

  void run(Emitter& emit) {
    comparison::ComparisonInputs inputs = options_.inputs();
    inputs.traces = context_.whole<traffic::Traces>("traces");
    inputs.resources = resources_of(context_);
    Played options = options_;
    options.seed = stage_seed(context_);
    ContextObserver observer(context_);
    evaluation::DetectionReport report = play(inputs, options, observer);
    report.point = sweep_point(context_.run().definition);
    context_.print_at_end("\n" + context_.stage() + ": " + evaluation::table(report));
    tell_rows(context_, report);
    emit(std::move(report));
  }

 private:
  Options options_;
  StageContext& context_;
};

/// Adds what all games have to the task of one.
template <class Played>
auto& describe_game(auto& task) {
  using O = GameOptions<Played>;
  using L = comparison::LineOptions;
  using fingerprint::SplitMode;
  return task
      .template whole<traffic::Traces>(
          "traces", "undefended packets; also what defences learn from, each day from past ones")
      .template meets<traffic::Traces>("pool")
      .template output<evaluation::DetectionReport>("report",
                                                    "one row per defence, level, attacker and target")
      .check(O::check)
      .option("defences", &O::defences, passes_needs(),
              "Defences to play against; \"none\" is always among them, whether it is named or not.")
      .option("names", &O::names, "What the report calls them; empty: their names, with options that differ.")
      .option("attackers", &O::attackers, "Who learns to detect: each is trained once for each target.")
      .option("filters", &O::filters, "Packet filters of T3.")
      .option(
          "levels", &O::levels, choices(detection::levels),
          "What detectors are trained on: undefended traffic; one defended copy; `repeats` of them; these "
          "behind a packet filter.")
      .option("split", within(&O::lines, &L::split),
              choices<SplitMode>(
                  {{"auto", SplitMode::automatic}, {"day", SplitMode::day}, {"capture", SplitMode::capture}}),
              "What is never cut between training and test.")
      .option("tunnel", within(&O::lines, &L::tunnel, &wireguard::TunnelOptions::kind),
              choices(wireguard::tunnels),
              "What is seen of lines. none: the sizes of packets themselves. wireguard: a tunnel's "
              "datagrams, which have other "
              "sizes, and those that WireGuard sends by itself. Costs are those of the packets themselves.")
      .option("day_offset_hours", within(&O::lines, &L::day_offset), unit("h"), minimum(-24), maximum(24),
              "When a day begins, after midnight UTC.")
      .option("warm_up_days", within(&O::lines, &L::warm_up_days), minimum(0), maximum(1000), unit("days"),
              "First days, which defences learn from and nobody is trained or tested on.")
      .option("test_fraction", within(&O::lines, &L::test_fraction), minimum(0.01), maximum(0.99),
              "Share of the other days, the last ones, or of the captures that detectors are tested on.")
      .option("test_days", within(&O::lines, &L::test_days),
              "Test on these days instead, counted from 0, the first one that was recorded.")
      .option("origins", &O::origins, minimum(1), maximum(1000),
              "Rolling origin: the days for testing are dealt out in their order to so many parts, and "
              "detectors of each part learn from all days before it. Takes so many times as long.")
      .option("repeats", &O::repeats, minimum(1), maximum(1000),
              "Defended copies of the training days, from T2 on.")
      .option("filter_repeats", &O::filter_repeats, minimum(1), maximum(1000),
              "Of these, those behind filters.")
      .option("draws", &O::draws, minimum(1), maximum(100'000),
              "Defended copies of the days for testing, over which means and intervals are formed.")
      .option("intensities", &O::intensities, minimum(0), maximum(1000),
              "Also each defence with so many times its cover traffic.")
      .option("fewest", &O::fewest, minimum(1),
              "A target with fewer moments at which it is so, or is not, is shown but not judged.")
      .option("excerpt_packets", &O::excerpt_packets, minimum(1), unit("packets"),
              "Packet filters learn from so many of each line; where a line has more, from runs of 512 that "
              "are spread evenly.");
}

}  // namespace ipet
