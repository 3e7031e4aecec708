#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/wrapping.hpp"
#include "stages/plots/figures.hpp"
#include "stages/plots/script.hpp"
#include "stages/report/summary.hpp"

namespace ipet::plots {
namespace {

using evaluation::EvaluationReport;
using evaluation::Score;

constexpr int cell = 44, letter = 8;  // pixels

/// The strongest attacker of a comparison, or of a plain evaluation, whose level and variant are "".
const Score* strongest(const EvaluationReport& report, std::string_view defence, std::string_view variant,
                       std::string_view level) {
  const Score* found = nullptr;
  for (const Score& score : report.scores) {
    if (score.defence != defence || score.variant != variant || score.level != level) continue;
    if (found == nullptr || evaluation::stronger(score, *found)) found = &score;
  }
  return found;
}

const Score* without_defence(const EvaluationReport& report, std::string_view level) {
  for (const Score& score : report.scores) {
    if (score.defence == "none" && score.level == level && !evaluation::is_control(score.variant))
      return strongest(report, "none", score.variant, level);
  }
  return nullptr;
}

/// Classes that have rows, or are named, in one of them.
std::vector<std::size_t> shown_classes(const std::vector<const Score*>& scores, std::size_t classes) {
  std::vector<std::size_t> shown;
  for (std::size_t c = 0; c < classes; ++c) {
    std::uint64_t rows = 0;
    for (const Score* score : scores)
      for (std::size_t other = 0; other < classes; ++other)
        rows += score->confusion[c * classes + other] + score->confusion[other * classes + c];
    if (rows > 0) shown.push_back(c);
  }
  return shown;
}

std::uint64_t rows_of(const Score& score, std::size_t device, std::size_t classes) {
  std::uint64_t rows = 0;
  for (std::size_t c = 0; c < classes; ++c) rows += score.confusion[device * classes + c];
  return rows;
}

/// Columns: named, true, share of the true device's rows, in per cent.
std::string confusion_data(const std::string& name, const Score& score, const std::vector<std::size_t>& shown,
                           std::size_t classes) {
  std::string text = "$" + name + " << EOD\n";
  for (std::size_t t = 0; t < shown.size(); ++t) {
    const std::uint64_t rows = rows_of(score, shown[t], classes);
    if (rows == 0) continue;
    for (std::size_t n = 0; n < shown.size(); ++n) {
      const double share =
          static_cast<double>(score.confusion[shown[t] * classes + shown[n]]) / static_cast<double>(rows);
      text += std::to_string(n) + " " + std::to_string(t) + " " + rounded(100 * share, 1) + "\n";
    }
  }
  return text + "EOD\n";
}

std::string tics(const char* axis, const std::vector<std::string>& labels, const char* style) {
  std::string text = std::string("set ") + axis + " (";
  for (std::size_t i = 0; i < labels.size(); ++i)
    text += (i > 0 ? ", " : "") + tic_quoted(labels[i]) + " " + std::to_string(i);
  return text + ") " + style + "\n";
}

/// "camera (120)", or "(120)" beside a map that names the devices: test rows of each device.
std::vector<std::string> row_labels(const EvaluationReport& report, const Score& score,
                                    const std::vector<std::size_t>& shown, bool named) {
  return text::mapped(shown, [&](std::size_t c) {
    return (named ? report.devices[c] + " " : "") + "(" +
           std::to_string(rows_of(score, c, report.devices.size())) + ")";
  });
}

std::size_t longest(const std::vector<std::string>& texts) {
  std::size_t most = 0;
  for (const std::string& text : texts) most = std::max(most, characters(text));
  return most;
}

/// Where the maps are, in pixels from the left and the bottom.
struct Layout {
  /// `labels`: characters to the left of each map; `names`: below it.
  Layout(std::size_t maps, std::size_t classes, const std::vector<std::size_t>& labels,
         std::size_t names_below)
      : map(cell * static_cast<int>(classes)), names(letter * static_cast<int>(names_below) + 24) {
    int at = 0;
    for (std::size_t which = 0; which < maps; ++which) {
      at += letter * static_cast<int>(labels[which]) + 44;
      left.push_back(at);
      at += std::max(map, least);
    }
    width = at + 90;
  }
  /// So many lines at the bottom.
  void footer(std::size_t lines) {
    below = 20 * static_cast<int>(lines) + 14;
    height = map + 78 + names + below;
  }

  static constexpr int least = 400;  ///< pixels for a heading
  int map, names, below = 0, width = 0, height = 0;
  std::vector<int> left;  ///< of each map

  [[nodiscard]] std::string margins(std::size_t which) const {
    const double bottom = names + below;
    const auto at = [](const char* side, double share) {
      return std::string("set ") + side + " at screen " + number(share) + "\n";
    };
    return at("lmargin", static_cast<double>(left[which]) / width) +
           at("rmargin", static_cast<double>(left[which] + map) / width) + at("bmargin", bottom / height) +
           at("tmargin", (bottom + map) / height);
  }
};

bool has_interval(const Score& score) {
  return std::isfinite(score.macro_f1_low) && std::isfinite(score.macro_f1_high);
}

/// ": macro F1 0.72 (0.67 to 0.76), n = 400".
std::string score_text(const Score& score) {
  std::string text = ": macro F1 " + rounded(score.macro_f1, 2);
  if (has_interval(score))
    text += " (" + rounded(score.macro_f1_low, 2) + " to " + rounded(score.macro_f1_high, 2) + ")";
  return text + ", n = " + std::to_string(score.windows);
}

/// What levels and the heading's numbers are, as far as they are there, in lines of so many characters.
std::string footer(const std::vector<const Score*>& scores, std::size_t width) {
  std::vector<std::string> sentences = {"Rows: the true device (its test rows).",
                                        "Cells: % of these that are named as the column says.",
                                        "n: test rows."};
  std::set<std::string> levels;
  for (const Score* score : scores) levels.insert(score->level);
  for (const std::string& level : levels)
    if (const std::string meaning = evaluation::level_meaning(level); !meaning.empty())
      sentences.push_back(level + ": " + meaning + ".");
  if (const std::string units = evaluation::interval_units(scores); !units.empty())
    sentences.push_back("In brackets: the 95 % interval of macro F1, by bootstrap over " + units + ".");
  return text::joined(sentences, "\n", [&](const auto& each) { return text::wrapped(each, width, 4); });
}

std::string map_script(const std::string& name, const std::string& title, const Score& score) {
  std::string text = "set title " + gnuplot_quoted(title) + "." + "\"\\n\"" + "." +
                     gnuplot_quoted(score.attacker + score_text(score)) + "\n";
  return text + "plot $" + name +
         " using 1:2:(0.5):(0.5):3 with boxxyerror fs solid 1 border lc rgb 'white' lc palette notitle, $" +
         name +
         " using 1:2:($3 >= 0.5 && $3 < 55 ? sprintf('%.0f', $3) : '') with labels tc rgb 'black' notitle, "
         "$" +
         name + " using 1:2:($3 >= 55 ? sprintf('%.0f', $3) : '') with labels tc rgb 'white' notitle\n";
}

struct Map {
  std::string name, title;
  const Score* score;
};

/// One map, or two side by side.
Figure draw(const EvaluationReport& report, const std::vector<Map>& maps, std::string name) {
  const std::size_t classes = report.devices.size();
  std::vector<const Score*> scores = text::mapped(maps, &Map::score);
  const std::vector<std::size_t> shown = shown_classes(scores, classes);
  std::vector<std::string> names = text::mapped(shown, [&](std::size_t c) { return report.devices[c]; });
  std::vector<std::vector<std::string>> labels;
  std::vector<std::size_t> lengths;
  for (const Map& map : maps) {
    labels.push_back(row_labels(report, *map.score, shown, labels.empty()));
    lengths.push_back(longest(labels.back()));
  }
  Layout layout(maps.size(), shown.size(), lengths, longest(names));
  const std::string below = footer(scores, static_cast<std::size_t>(layout.width - 40) / 7);
  layout.footer(1 + static_cast<std::size_t>(std::ranges::count(below, '\n')));
  const auto edge = static_cast<double>(shown.size()) - 0.5;

  Figure figure;
  figure.name = std::move(name);
  figure.title = "Whom the attacker takes for whom: ";
  for (const Map& map : maps) figure.title += (&map == &maps.front() ? "" : "; ") + map.title;
  figure.width = layout.width;
  figure.height = layout.height;
  for (const Map& map : maps) figure.script += confusion_data(map.name, *map.score, shown, classes);
  figure.script += "set multiplot\nset label 1 " + lines_quoted(below) + " at screen 0.02, screen " +
                   number((layout.below - 10.0) / layout.height) +
                   " left\nset palette defined (0 '#f7f9fc', 0.35 '#9ecae1', 0.7 '#3182bd', 1 '#08306b')\n"
                   "set cbrange [0:100]\nset size noratio\nset border 0\nset tics scale 0\n"
                   "set xrange [-0.5:" +
                   number(edge) + "]\nset yrange [" + number(edge) + ":-0.5]\n" +
                   tics("xtics", names, "rotate by 90 right") + "unset colorbox\nset ylabel ''\n";
  for (std::size_t i = 0; i < maps.size(); ++i) {
    if (i + 1 == maps.size()) figure.script += "set colorbox\nset cbtics 0,20,100 scale 0.5\n";
    figure.script += layout.margins(i) + tics("ytics", labels[i], "") +
                     map_script(maps[i].name, maps[i].title, *maps[i].score) + "unset label 1\n";
  }
  figure.script += "unset multiplot\n";
  return figure;
}

std::string level_text(const std::string& level) {
  return level.empty() ? "" : " (" + level + ")";
}

Figure draw(const EvaluationReport& report, const Score& before, const Score& after,
            const std::string& level) {
  const std::string title = evaluation::title_of(after.defence, after.variant);
  return draw(report,
              {{"before", "without a defence" + level_text(before.level), &before},
               {"after", title + level_text(after.level), &after}},
              "confusion-" + (level.empty() ? "" : file_part(level) + "-") + file_part(title));
}

}  // namespace

std::vector<Figure> confusion_matrices(const EvaluationReport& report, std::string_view level) {
  const std::size_t cells = report.devices.size() * report.devices.size();
  const auto drawable = [&](const Score* score) {
    return score != nullptr && score->confusion.size() == cells;
  };
  const Score* before = without_defence(report, level);
  std::vector<Figure> figures;
  std::set<std::string> done = {"none"};
  if (before == nullptr && level == "T3") before = without_defence(report, "T2");
  if (!drawable(before)) return figures;
  for (const Score& score : report.scores) {
    if (score.level != level || evaluation::is_control(score.variant) || done.contains(score.defence))
      continue;
    const Score* own = strongest(report, score.defence, "own", level);
    const Score* after = own != nullptr ? own : strongest(report, score.defence, score.variant, level);
    done.insert(score.defence);
    if (drawable(after)) figures.push_back(draw(report, *before, *after, std::string(level)));
  }
  if (done.size() == 1 && before->level == level)
    figures.push_back(draw(report, {{"before", "without a defence" + level_text(before->level), before}},
                           "confusion-" + (level.empty() ? "" : file_part(level) + "-") + "none"));
  return figures;
}

}  // namespace ipet::plots
