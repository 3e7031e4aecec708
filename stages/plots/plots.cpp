#include "stages/plots/plots.hpp"

#include <set>
#include <tuple>

#include "stages/files/output_file.hpp"
#include "stages/plots/gnuplot.hpp"
#include "stages/plots/script.hpp"
#include "stages/report/summary.hpp"

namespace ipet::plots {
namespace {

/// Makes names of their own out of those that were given before.
class Names {
 public:
  std::string unique(const std::string& name) {
    std::string made = name;
    for (int i = 2; !taken_.insert(made).second; ++i) made = name + "-" + std::to_string(i);
    return made;
  }

 private:
  std::set<std::string> taken_;
};

}  // namespace

Plots::Plots(PlotSettings settings)
    : settings_(std::move(settings)),
      claim_(settings_.folder / "plots"),
      staging_(storage::prepare_folder_of(settings_.folder / "NAME.svg"), settings_.folder.string()) {}

void Plots::add(const evaluation::LineExample& example, const std::string& stage) {
  if (example.before.empty() && example.after.empty()) return;
  const Shown shown{example.before.size(), example.device, example.begin};
  const auto order = [](const Shown& of) {
    const bool whole = of.packets <= most_drawn_packets;
    return std::tuple(whole ? 0 : 1, whole ? most_drawn_packets - of.packets : of.packets, of.device,
                      of.begin);
  };
  const auto [at, first] = shown_.try_emplace(stage, shown);
  if (!first && order(at->second) <= order(shown)) return;
  at->second = shown;
  others_["line"][stage] = line_before_and_after(example);
}

void Plots::add(const fingerprint::TrainedModel& model, const std::string& stage) {
  if (auto figure = training_curve(model)) others_["model"][stage] = std::move(*figure);
}

void Plots::add(const generator::GeneratorSet& generators, const std::string& stage) {
  if (auto figure = generation_curve(generators)) others_["generators"][stage] = std::move(*figure);
}

std::vector<Figure> Plots::figures(const std::function<void(const std::string&)>& warn) const {
  std::vector<Figure> all;
  for (const auto& [stage, report] : reports_) {
    const std::size_t first = all.size();
    const bool comparison = evaluation::is_comparison(report);
    for (const std::string& level : comparison ? settings_.levels : std::vector<std::string>{""}) {
      if (auto curve = overhead_curve(report, level)) all.push_back(std::move(*curve));
      for (Figure& figure : confusion_matrices(report, level)) all.push_back(std::move(figure));
    }
    if (all.size() == first)
      warn("stage '" + stage + "' has no scores without a defence" +
           (comparison ? " of the levels that are to be drawn" : "") + ": no plot");
    for (std::size_t i = first; i < all.size() && reports_.size() > 1; ++i)
      all[i].name = file_part(stage) + "-" + all[i].name;
  }
  for (const auto& [kind, by_stage] : others_) {
    for (const auto& [stage, figure] : by_stage) {
      all.push_back(figure);
      if (by_stage.size() > 1) all.back().name = file_part(stage) + "-" + figure.name;
    }
  }
  return all;
}

std::vector<std::filesystem::path> Plots::commit(const std::function<void(const std::string&)>& warn,
                                                 const storage::Publisher& publish) {
  Names names;
  storage::CompleteFiles files;
  std::vector<std::filesystem::path> written;
  for (const Figure& figure : figures(warn)) {
    storage::OutputFile file(settings_.folder / (names.unique(figure.name) + ".svg"), staging_);
    file.write(draw_svg(figure.script, figure.width, figure.height, figure.title));
    file.hand_over(files);
    written.push_back(file.final_name());
  }
  publish(settings_.folder, files);
  return written;
}

}  // namespace ipet::plots
