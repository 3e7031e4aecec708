// comparison: defences against attackers (stages/comparison/README.md).
#include "stages/comparison/comparison.hpp"

#include <algorithm>

#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/contenders.hpp"
#include "plugins/shared/context_observer.hpp"
#include "plugins/shared/defence_resources.hpp"
#include "plugins/shared/sweep_point.hpp"
#include "plugins/shared/tell_rows.hpp"
#include "stages/dataset/folds.hpp"

namespace {

using namespace ipet;
using comparison::ComparisonInputs;
using comparison::ComparisonOptions;

struct StageOptions : ComparisonOptions {
  ComparisonInputs inputs;  ///< attackers and ballot
  std::vector<Component<defence::Defence>> defences;
  std::vector<Component<attack::PacketFilter>> filters;
  std::vector<std::string> names;
  std::int64_t given_split_seed = no_split_seed;
};

/// Without what is known only when the stage runs.
ComparisonInputs inputs_of(const StageOptions& options) {
  ComparisonInputs inputs = options.inputs;
  inputs.defences = contenders_of(options.defences, options.names);
  for (const auto& filter : options.filters) inputs.filters.push_back({filter.name, filter.value});
  return inputs;
}

void check(const StageOptions& options, const OptionPlaces& at) {
  if (const auto [option, reason] = wrong_contenders(options.defences, options.names); !reason.empty())
    return at.problem(option, reason);
  const auto [option, reason] = comparison::fault(inputs_of(options), options);
  const bool named = option == "defences" && !options.names.empty();
  if (!reason.empty()) at.problem(named ? "names" : option, reason);
}

class ComparisonStage {
 public:
  using Options = StageOptions;
  ComparisonStage(const Options& options, StageContext& context) : options_(options), context_(context) {}

  void run(Emitter& emit) {
    ComparisonInputs inputs = inputs_of(options_);
    inputs.traces = context_.whole<traffic::Traces>("traces");
    inputs.resources = resources_of(context_);
    ComparisonOptions options = options_;
    if (options_.given_split_seed != no_split_seed)
      options.split_seed = static_cast<std::uint64_t>(options_.given_split_seed);
    options.seed = stage_seed(context_);
    if (const auto model = context_.whole<fingerprint::TrainedModel>("discriminator"); model != nullptr)
      options.lines.like = model->split;
    ContextObserver observer(context_);
    comparison::Comparison result = comparison::compare(inputs, options, observer);
    result.report.point = sweep_point(context_.run().definition);
    context_.print_at_end("\n" + context_.stage() + ": " + evaluation::table(result.report));
    tell_rows(context_, result.report, result.split);
    emit(std::move(result.report));
    emit(std::move(result.example));
  }

 private:
  Options options_;
  StageContext& context_;
};

}  // namespace

IPET_PLUGIN("comparison", "1.0", catalog) {
  using O = StageOptions;
  using I = ComparisonInputs;
  using L = comparison::LineOptions;
  using fingerprint::SplitMode;
  catalog.task<ComparisonStage>("comparison")
      .about(
          "Puts the same traffic through each defence, lets attackers retrain on what leaves, and says what "
          "they achieve at each threat level and what each defence costs.")
      .whole<traffic::Traces>("traces",
                              "undefended packets; also what defences learn from, each day from past ones")
      .whole<fingerprint::TrainedModel>(
          "discriminator", "whose split the defences' generators kept to; used here as well then")
      .optional()
      .meets<traffic::Traces>("pool")
      .output<evaluation::EvaluationReport>("report", "one score per defence, threat level and attacker")
      .output<evaluation::LineExample>("example", "half an hour of one line before and after, to be drawn")
      .check(check)
      .option("defences", &O::defences, passes_needs(),
              "Defences to compare; \"none\" is always among them, whether it is named or not.")
      .option("names", &O::names, "What the report calls them; empty: their names, with options that differ.")
      .option("attackers", within(&O::inputs, &I::attackers), "Who attacks each of them.")
      .option("filters", &O::filters, "Packet filters of T3 and T4.")
      .option("ballot", within(&O::inputs, &I::ballot), fallback("vote"),
              "How answers of one line are put together in T4.")
      .option("levels", &O::levels, choices(comparison::threat_levels),
              "Threat levels: static; retrained; with `repeats` times the samples; behind a packet filter; "
              "votes; open world.")
      .option("split", within(&O::lines, &L::split),
              choices<SplitMode>({{"auto", SplitMode::automatic},
                                  {"day", SplitMode::day},
                                  {"leave_one_day_out", SplitMode::leave_one_day_out},
                                  {"capture", SplitMode::capture}}),
              "What is never cut between training and test. leave_one_day_out: of the days after those for "
              "warming up, `fold` is for testing.")
      .option("day_offset_hours", within(&O::lines, &L::day_offset), unit("h"), minimum(-24), maximum(24),
              "When a day begins, after midnight UTC.")
      .option("warm_up_days", within(&O::lines, &L::warm_up_days), minimum(0), maximum(1000), unit("days"),
              "First days, which defences learn from and nobody is trained or tested on.")
      .option("test_fraction", within(&O::lines, &L::test_fraction), minimum(0.01), maximum(0.99),
              "Share of the other days, the last ones, or of the captures that attackers are tested on.")
      .option("test_days", within(&O::lines, &L::test_days),
              "Test on these days instead, counted from 0, the first one that was recorded.")
      .option(
          "folds", within(&O::lines, &L::folds), minimum(0), maximum(1'000'000),
          "Cross-validation: these days or captures are dealt out to so many folds, of which `fold` is for "
          "testing; a sweep over `fold` tests each once. test_fraction does not count then. 0: a single "
          "split.")
      .option("fold", within(&O::lines, &L::fold), minimum(0), "Which fold is for testing, counted from 0.")
      .option(
          "split_seed", &O::given_split_seed, minimum(no_split_seed),
          "Seed of every choice of rows, apart from the seed of the run: a sweep over seeds, and `seeds`, "
          "then train and test on the same rows, as far as defences leave the same ones. -1: drawn anew "
          "for each seed.")
      .option("predictions", &O::predictions, choices(evaluation::keeps),
              "What the report keeps of each answer beside the scores: the named device, with the "
              "probabilities of all devices; auto: without them where they would be more than 33 million.")
      .option("repeats", &O::repeats, minimum(1), maximum(1000),
              "Defended copies of the training days, from T2 on.")
      .option("filter_repeats", &O::filter_repeats, minimum(1), maximum(1000),
              "Of these, those behind filters.")
      .option("test_repeats", &O::test_repeats, minimum(1), maximum(1000),
              "Defended copies of the test days: scores are means over them, `macro_f1_deviation` says how "
              "they scatter.")
      .option("one_to_one", &O::one_to_one,
              "Also lets attackers name all lines of a home at once, each device once, by the sum of "
              "log-probabilities: of rows of the same time, and of votes.")
      .option("run_on", &O::run_on,
              "Defences go on from a day to the next one, as a gateway's do, and attackers who look back see "
              "the days before; in a split by day. Costs are those of each day by itself.")
      .option("seeds", &O::seeds, minimum(1), maximum(1000), "The whole comparison so often.")
      .option("vote_minutes", &O::votes, unit("min"), minimum(0.01), maximum(100'000), "Lengths of votes.")
      .option("own", &O::own, "Each defence as it is; false: only as `intensities` and `matched_to` say.")
      .option("intensities", &O::intensities, minimum(0), maximum(1000),
              "Also each defence with so many times its cover traffic.")
      .option("matched_to", &O::matched_to,
              "Also each defence at the on-wire overhead of the one of this name.")
      .option("budget", &O::budget, minimum(0), unit("bytes/s"),
              "Payload of cover per device; devices above it are counted. 0: none.")
      .option("tunnel", within(&O::lines, &L::tunnel, &wireguard::TunnelOptions::kind),
              choices(wireguard::tunnels),
              "What is seen of lines. none: the sizes of packets themselves. wireguard: a tunnel's "
              "datagrams, which have other "
              "sizes, and those that WireGuard sends by itself. Costs are those of the packets themselves.")
      .option("watch_seconds", within(&O::lines, &L::watch), unit("s"), minimum(0), maximum(86'400),
              "Watch only so much of each recording, and leave shorter ones out: then their length tells "
              "nothing. 0: all.")
      .option(
          "lines", within(&O::lines, &L::topology), choices(defence::topologies),
          "device: each device has a line of its own. home: one tunnel carries all devices that are to be "
          "protected, as a device called home; where there are no others, nothing is left to name.")
      .option("off", within(&O::lines, &L::off), "Devices that are switched off on the test days.")
      .option("held_out", &O::held_out,
              "Devices that the attacker of T5 has never seen; empty: every third one.")
      .option("controls", &O::controls,
              "Also the negative controls: permuted labels, no budget, dummies removed by an oracle.")
      .option("most_test_rows", &O::most_test_rows, minimum(0), unit("rows"),
              "Of each test line and view, at random; 0: all.")
      .option("most_packets", &O::most_packets, minimum(1), unit("packets"),
              "Fewer copies of the training days where they would have more packets together, and only the "
              "first hours of each day where one copy has. The report says where that was so.")
      .option("most_filtered_packets", &O::most_filtered_packets, minimum(1), unit("packets"),
              "Packet filters are tried where a copy of the training days has at most so many.")
      .option("excerpt_packets", &O::excerpt_packets, minimum(1), unit("packets"),
              "Packet filters learn from so many of each line for training and warming up; where a line has "
              "more, from runs of 512 that are spread evenly.")
      .option("example_defence", &O::example_defence, "Whose line is drawn; \"\": the last one's.");
}
