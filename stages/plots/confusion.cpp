#include <algorithm>
#include <set>

#include "stages/evaluation/summary.hpp"
#include "stages/plots/figures.hpp"
#include "stages/plots/script.hpp"

namespace ipet::plots {
namespace {

using evaluation::EvaluationReport;
using evaluation::Score;

constexpr int cell = 44, letter = 8;  // pixels

/// Of a plain evaluation, whose level and variant are "", as of a comparison.
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

/// Classes that have rows, or are named, in one of both.
std::vector<std::size_t> shown_classes(const Score& before, const Score& after, std::size_t classes) {
  std::vector<std::size_t> shown;
  for (std::size_t c = 0; c < classes; ++c) {
    std::uint64_t rows = 0;
    for (const Score* score : {&before, &after})
      for (std::size_t other = 0; other < classes; ++other)
        rows += score->confusion[c * classes + other] + score->confusion[other * classes + c];
    if (rows > 0) shown.push_back(c);
  }
  return shown;
}

/// Columns: named, true, share of the true device's rows, in per cent.
std::string data(const std::string& name, const Score& score, const std::vector<std::size_t>& shown,
                 std::size_t classes) {
  std::string text = "$" + name + " << EOD\n";
  for (std::size_t t = 0; t < shown.size(); ++t) {
    std::uint64_t rows = 0;
    for (std::size_t c = 0; c < classes; ++c) rows += score.confusion[shown[t] * classes + c];
    if (rows == 0) continue;
    for (std::size_t n = 0; n < shown.size(); ++n) {
      const double share =
          static_cast<double>(score.confusion[shown[t] * classes + shown[n]]) / static_cast<double>(rows);
      text += std::to_string(n) + " " + std::to_string(t) + " " + rounded(100 * share, 1) + "\n";
    }
  }
  return text + "EOD\n";
}

std::string names_as_tics(const char* axis, const std::vector<std::string>& names,
                          const std::vector<std::size_t>& shown, const char* style) {
  std::string text = std::string("set ") + axis + " (";
  for (std::size_t i = 0; i < shown.size(); ++i)
    text += (i > 0 ? ", " : "") + tic_quoted(names[shown[i]]) + " " + std::to_string(i);
  return text + ") " + style + "\n";
}

/// Where the two maps are, in pixels from the left and the bottom.
struct Layout {
  Layout(std::size_t classes, std::size_t longest)
      : map(cell * static_cast<int>(classes)),
        names(letter * static_cast<int>(longest) + 24),
        width(names + 2 * std::max(map, least) + 40 + 90),
        height(map + 78 + names + 20) {}

  static constexpr int least = 300;  ///< pixels for a heading
  int map, names, width, height;

  [[nodiscard]] std::string margins(int which) const {
    const double left = names + 20 + which * (std::max(map, least) + 40);
    const double bottom = names + 20;
    const auto at = [](const char* side, double share) {
      return std::string("set ") + side + " at screen " + number(share) + "\n";
    };
    return at("lmargin", left / width) + at("rmargin", (left + map) / width) +
           at("bmargin", bottom / height) + at("tmargin", (bottom + map) / height);
  }
};

std::string map_script(const std::string& name, const std::string& title, const Score& score) {
  std::string text = "set title " + gnuplot_quoted(title) + "." + "\"\\n\"" + "." +
                     gnuplot_quoted(score.attacker + ": macro F1 " + rounded(score.macro_f1, 2)) + "\n";
  return text + "plot $" + name +
         " using 1:2:(0.5):(0.5):3 with boxxyerror fs solid 1 border lc rgb 'white' lc palette notitle, $" +
         name +
         " using 1:2:($3 >= 0.5 && $3 < 55 ? sprintf('%.0f', $3) : '') with labels tc rgb 'black' notitle, "
         "$" +
         name + " using 1:2:($3 >= 55 ? sprintf('%.0f', $3) : '') with labels tc rgb 'white' notitle\n";
}

Figure draw(const EvaluationReport& report, const Score& before, const Score& after,
            const std::string& level) {
  const std::size_t classes = report.devices.size();
  const std::vector<std::size_t> shown = shown_classes(before, after, classes);
  std::size_t longest = 0;
  for (const std::size_t c : shown) longest = std::max(longest, characters(report.devices[c]));
  const Layout layout(shown.size(), longest);
  const auto of = [](const std::string& name) { return name.empty() ? "" : " (" + name + ")"; };
  const std::string title = evaluation::title_of(after.defence, after.variant);
  const auto edge = static_cast<double>(shown.size()) - 0.5;

  Figure figure;
  figure.name = "confusion-" + (level.empty() ? "" : file_part(level) + "-") + file_part(title);
  figure.width = layout.width;
  figure.height = layout.height;
  figure.script = data("before", before, shown, classes) + data("after", after, shown, classes);
  figure.script +=
      "set multiplot\nset label 1 'Rows: the true device. Cells: % of its test rows that are named as the "
      "column says.' "
      "at screen 0.02, screen " +
      number(14.0 / layout.height) +
      " left\nset palette defined (0 '#f7f9fc', 0.35 '#9ecae1', 0.7 '#3182bd', 1 '#08306b')\n"
      "set cbrange [0:100]\nset size noratio\nset border 0\nset tics scale 0\n"
      "set xrange [-0.5:" +
      number(edge) + "]\nset yrange [" + number(edge) + ":-0.5]\n" +
      names_as_tics("xtics", report.devices, shown, "rotate by 90 right");
  figure.script += "unset colorbox\nset ylabel ''\n" + layout.margins(0) +
                   names_as_tics("ytics", report.devices, shown, "") +
                   map_script("before", "without a defence" + of(before.level), before);
  figure.script +=
      "unset label 1\nset colorbox\n"
      "set cbtics 0,20,100 scale 0.5\n" +
      layout.margins(1) + "unset ytics\n" + map_script("after", title + of(after.level), after) +
      "unset multiplot\n";
  return figure;
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
  return figures;
}

}  // namespace ipet::plots
