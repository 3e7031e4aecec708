#include <algorithm>

#include "stages/plots/figures.hpp"
#include "stages/plots/script.hpp"

namespace ipet::plots {
namespace {

using fingerprint::EpochRecord;
using generator::Generator;

const char* const frame =
    "set border 3\nset tics nomirror out\nset grid ytics lc rgb '#dddddd' lw 1 lt 1\nset yrange [0:*]\n"
    "set key outside right top Left reverse samplen 2 spacing 1.25\nset ylabel 'mean cross-entropy'\n";

Figure empty_figure(const std::string& name) {
  Figure figure;
  figure.name = name;
  figure.width = 860;
  figure.height = 460;
  figure.script = frame;
  return figure;
}

std::string data(const std::string& name, const std::vector<EpochRecord>& history,
                 double EpochRecord::*loss) {
  std::string text = "$" + name + " << EOD\n";
  for (const EpochRecord& epoch : history)
    text += std::to_string(epoch.epoch) + " " + rounded(epoch.*loss, 5) + "\n";
  return text + "EOD\n";
}

/// Over the devices that had windows.
double mean_loss(const generator::Generation& generation, double Generator::*loss) {
  double sum = 0;
  std::size_t trained = 0;
  for (const Generator& generator : generation.devices) {
    if (generator.windows == 0) continue;
    sum += generator.*loss;
    ++trained;
  }
  return trained == 0 ? 0 : sum / static_cast<double>(trained);
}

/// Where a generation's generators begin and end, and where the discriminator comes down to after it.
std::string data(const std::string& name, const generator::Chain& chain) {
  std::string text = "$" + name + " << EOD\n";
  for (std::size_t g = 0; g < chain.generations.size(); ++g) {
    const generator::Generation& generation = chain.generations[g];
    const auto at = static_cast<double>(g);
    text += rounded(at, 1) + " " + rounded(mean_loss(generation, &Generator::first_loss), 5) + "\n";
    text += rounded(at + 0.5, 1) + " " + rounded(mean_loss(generation, &Generator::last_loss), 5) + "\n";
    text += rounded(at + 0.9, 1) + " " + rounded(generation.discriminator_loss, 5) + "\n";
  }
  return text + "EOD\n";
}

/// "13 devices with 4200 windows": those of the first generation that has any.
std::string devices_text(const generator::GeneratorSet& generators) {
  std::size_t devices = 0;
  std::uint64_t windows = 0;
  for (const generator::Chain& chain : generators.chains) {
    if (chain.generations.empty()) continue;
    for (const Generator& generator : chain.generations.front().devices) {
      devices += generator.windows > 0 ? 1 : 0;
      windows += generator.windows;
    }
    break;
  }
  return std::to_string(devices) + (devices == 1 ? " device with " : " devices with ") +
         std::to_string(windows) + " windows";
}

}  // namespace

std::optional<Figure> training_curve(const fingerprint::TrainedModel& model) {
  if (model.history.empty()) return std::nullopt;
  Figure figure = empty_figure("training-" + file_part(model.model));
  const std::string kept = std::to_string(model.best_epoch);
  figure.script += data("training", model.history, &EpochRecord::training_loss) +
                   data("validation", model.history, &EpochRecord::validation_loss);
  figure.title = "Training of " + model.model + ", epoch " + kept + " kept";
  const std::size_t first = model.history.front().epoch, last = model.history.back().epoch;
  figure.script += "set xrange [" + number(static_cast<double>(first) - 0.5) + ":" +
                   number(static_cast<double>(last) + 0.5) + "]\n" +
                   whole_ticks(static_cast<double>(last - first));
  figure.script += "set title " + gnuplot_quoted(figure.title) + "\nset xlabel 'epoch'\nset arrow from " +
                   kept + ", graph 0 to " + kept + ", graph 1 nohead dt 2 lc rgb '#555555'\n";
  figure.script += "plot $training using 1:2 with linespoints lw 2" + colour(0) + point(0) +
                   " title 'training (" + std::to_string(model.training_windows) +
                   " rows)', $validation using 1:2 with linespoints lw 2" + colour(1) + point(1) +
                   " title 'validation (" + std::to_string(model.validation_windows) + " rows)'\n";
  return figure;
}

std::optional<Figure> generation_curve(const generator::GeneratorSet& generators) {
  Figure figure = empty_figure("generations");
  std::string plots;
  std::size_t most = 0;
  for (std::size_t c = 0; c < generators.chains.size(); ++c) {
    if (generators.chains[c].generations.empty()) continue;
    const std::string name = "chain" + std::to_string(c);
    most = std::max(most, generators.chains[c].generations.size());
    figure.script += data(name, generators.chains[c]);
    plots += (plots.empty() ? "" : ", ") + ("$" + name) + " using 1:2 with linespoints lw 2" + colour(c) +
             point(c) + " title " + gnuplot_quoted("chain " + std::to_string(c));
  }
  if (plots.empty()) return std::nullopt;
  figure.title = "Generators raise the loss of the discriminator (up), which learns from them (down)";
  figure.script += "set title " + gnuplot_quoted(figure.title) + ".\"\\n\".'mean of " +
                   devices_text(generators) + "'\nset xlabel 'generation'\n" +
                   whole_ticks(static_cast<double>(most)) + "plot " + plots + "\n";
  return figure;
}

}  // namespace ipet::plots
