// Collects results and writes their pictures into a folder.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "stages/files/publish.hpp"
#include "stages/files/staging.hpp"
#include "stages/plots/figures.hpp"

namespace ipet::plots {

struct PlotSettings {
  std::filesystem::path folder;
  std::vector<std::string> levels = {"T2"};  ///< one overhead curve each, and its confusion matrices
};

/// Writes, of comparisons, overhead-LEVEL.svg and confusion-LEVEL-DEFENCE.svg, of other evaluations
/// confusion-DEFENCE.svg (of an attacker alone confusion-none.svg), of examples line-DEVICE-DEFENCE.svg, of
/// models training-MODEL.svg and of generators generations.svg. Where several stages give values of one kind,
/// the stage is in front: "STAGE-overhead-T2.svg". Of several examples of one stage one is drawn, whatever
/// their order: that with most user packets among those that can be drawn whole, else that with fewest. Two
/// pictures of one name become NAME and NAME-2. Call from one thread at a time. Throws StorageError and
/// PlotError.
class Plots {
 public:
  /// Creates the folder.
  explicit Plots(PlotSettings settings);

  void add(const evaluation::EvaluationReport& report, const std::string& stage) { reports_[stage] = report; }
  void add(const evaluation::LineExample& example, const std::string& stage);
  void add(const fingerprint::TrainedModel& model, const std::string& stage);
  void add(const generator::GeneratorSet& generators, const std::string& stage);

  /// Is called between pictures; what it throws ends the drawing.
  void on_write(std::function<void()> call) { staging_.on_write(std::move(call)); }
  /// Draws everything, then gives all files to `publish`. `warn` hears what cannot be drawn. Returns their
  /// names. Call once; the writer must live until they have them.
  std::vector<std::filesystem::path> commit(const std::function<void(const std::string&)>& warn,
                                            const storage::Publisher& publish = storage::publish_at_once);

 private:
  std::vector<Figure> figures(const std::function<void(const std::string&)>& warn) const;

  PlotSettings settings_;
  storage::Claim claim_;
  storage::Staging staging_;
  std::map<std::string, evaluation::EvaluationReport> reports_;  ///< by stage
  /// Figures of examples, models and generators, by kind, then stage.
  std::map<std::string, std::map<std::string, Figure>> others_;
  struct Shown {
    std::size_t packets = 0;
    std::string device;
    traffic::Nanoseconds begin = 0;
  };
  std::map<std::string, Shown> shown_;  ///< the example that is drawn, by stage
};

}  // namespace ipet::plots
