// Sink: evaluations as pictures.
#include "stages/plots/plots.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "stages/plots/gnuplot.hpp"

namespace {

using ipet::Origin;
namespace plots = ipet::plots;

class PlotsStage {
 public:
  using Options = plots::PlotSettings;
  PlotsStage(const Options& options, ipet::StageContext& context)
      : context_(context),
        folder_(context.reserve(options.folder)),
        writer_({options.folder, options.levels}) {
    writer_.on_write([this] { context_.check(); });
    if (!missing_.empty()) context_.warn("no pictures will be drawn: " + missing_);
  }

  void write(const ipet::evaluation::EvaluationReport& value, const Origin& origin) {
    writer_.add(value, stage_of(origin));
  }
  void write(const ipet::evaluation::LineExample& value, const Origin& origin) {
    writer_.add(value, group_of(value, origin));
  }

  void write(const ipet::fingerprint::TrainedModel& value, const Origin& origin) {
    writer_.add(value, stage_of(origin));
  }
  void write(const ipet::generator::GeneratorSet& value, const Origin& origin) {
    writer_.add(value, stage_of(origin));
  }

  void commit() {
    if (!missing_.empty()) {  // hours of training are worth more than pictures, which can be drawn later
      context_.warn("nothing was drawn: " + missing_ + ", and run again");
      return;
    }
    if (context_.interrupted()) {
      const std::string stays = ipet::storage::what_stays(folder_);
      context_.warn("interrupted: nothing is drawn" + (stays.empty() ? "" : ", " + stays));
      return;
    }
    const auto files = writer_.commit([this](const std::string& what) { context_.warn(what); },
                                      std::bind_front(&ipet::StageContext::publish, &context_));
    context_.info(std::to_string(files.size()) + (files.size() == 1 ? " plot" : " plots"));
  }

 private:
  /// The lane of a whole value ends with the id of the stage that made it.
  static std::string stage_of(const Origin& origin) { return origin.lane.substr(origin.lane.rfind(':') + 1); }

  /// What comes from over all lines of a stage is one group, told by the input that it comes through: its
  /// lane is "CAPTURE/DEVICE", behind "INPUT:" where there are several inputs.
  static std::string group_of(const ipet::evaluation::LineExample& value, const Origin& origin) {
    const std::size_t slash = origin.lane.find('/'), colon = origin.lane.find(':');
    if (slash == std::string::npos) return stage_of(origin);
    return colon < slash ? value.defence + " " + origin.lane.substr(0, colon) : value.defence;
  }

  ipet::StageContext& context_;
  std::filesystem::path folder_;
  plots::Plots writer_;
  const std::string missing_ = plots::obstacle_to_drawing();
};

}  // namespace

IPET_PLUGIN("plots", "1.0", catalog) {
  using O = plots::PlotSettings;
  catalog.sink<PlotsStage>("plots")
      .about(
          "Draws evaluations as SVG with gnuplot: score against overhead, confusion matrices with and "
          "without each defence, one line before and after, and training curves of models and of every "
          "generation.")
      .input<ipet::evaluation::EvaluationReport>("values",
                                                 "Evaluations, lines before and after (one of each stage is "
                                                 "drawn), trained models and generators; any "
                                                 "number of each.")
      .input<ipet::evaluation::LineExample>("values")
      .input<ipet::fingerprint::TrainedModel>("values")
      .input<ipet::generator::GeneratorSet>("values")
      .option("folder", &O::folder, ipet::required{}, "Folder of the pictures; it is created.")
      .option("levels", &O::levels, ipet::choices({"T0", "T1", "T2", "T3", "T4", "T5"}),
              "Threat levels of comparisons that are drawn: each has a curve of score against overhead and "
              "its confusion matrices.")
      .check_environment([](const O& options, const ipet::Place& where, ipet::Problems& problems) {
        const std::string obstacle = ipet::storage::obstacle_to(options.folder / "NAME.svg");
        if (!obstacle.empty()) problems.push_back({"output", where, obstacle, ""});
        const std::string missing = plots::obstacle_to_drawing();
        if (!missing.empty()) problems.push_back({"program", where, missing, ""});
      });
}
