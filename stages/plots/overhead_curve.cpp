#include <algorithm>
#include <cmath>

#include "stages/plots/figures.hpp"
#include "stages/plots/script.hpp"
#include "stages/report/summary.hpp"

namespace ipet::plots {
namespace {

using evaluation::Score;
using evaluation::Summary;

/// Pixels to the left of the axis: gnuplot leaves the label of the axis out, without a word, where it has too
/// little room beside the numbers.
constexpr double left_margin = 92;

struct Point {
  double bytes = 0;
  const Score* score = nullptr;
};

struct Series {
  std::string defence;
  std::vector<Point> points;  ///< by bytes
};

std::vector<Series> series_of(const std::vector<Summary>& summaries, std::string_view level) {
  std::vector<Series> all;
  for (const Summary& summary : summaries) {
    const Score* score = summary.at(level);
    if (summary.defence == "none" || score == nullptr || summary.cost == nullptr ||
        evaluation::is_control(summary.variant))
      continue;
    auto at = std::ranges::find(all, summary.defence, &Series::defence);
    if (at == all.end()) at = all.insert(at, {summary.defence, {}});
    at->points.push_back({summary.cost->wire_bytes_per_second, score});
  }
  for (Series& series : all) std::ranges::stable_sort(series.points, {}, &Point::bytes);
  return all;
}

/// A logarithmic axis with a place for 0.
class Axis {
 public:
  explicit Axis(const std::vector<Series>& all) {
    double least = HUGE_VAL, most = 0;
    for (const Series& series : all) {
      for (const Point& point : series.points) {
        zero_ = zero_ || point.bytes <= 0;
        if (point.bytes <= 0) continue;
        least = std::min(least, point.bytes);
        most = std::max(most, point.bytes);
      }
    }
    if (most == 0) least = most = 1;
    first_ = static_cast<int>(std::floor(std::log10(least)));
    last_ = static_cast<int>(std::ceil(std::log10(most * 1.05)));
    if (last_ == first_) ++last_;
  }

  [[nodiscard]] double place(double bytes) const { return bytes > 0 ? bytes : zero_place(); }

  [[nodiscard]] std::string script() const {
    const double begin = zero_ ? zero_place() / 1.6 : std::pow(10.0, first_);
    std::string text = "set logscale x\nset xrange [" + number(begin) + ":" + number(std::pow(10.0, last_)) +
                       "]\nset xtics (";
    if (zero_) text += "'0' " + number(zero_place()) + ", ";
    for (int decade = first_; decade <= last_; ++decade) {
      for (const int step : {1, 2, 5}) {
        const double value = step * std::pow(10.0, decade);
        if (step != 1 && (last_ - first_ > 2 || decade == last_)) continue;
        text += gnuplot_quoted(label(value)) + " " + number(value) + ", ";
      }
    }
    text.resize(text.size() - 2);
    return text + ")\n";
  }

 private:
  [[nodiscard]] double zero_place() const { return std::pow(10.0, first_) / 2.5; }
  static std::string label(double bytes) {
    if (bytes < 1000) return rounded(bytes, bytes < 1 ? 2 : 0);
    return bytes < 1e6 ? rounded(bytes / 1e3, 0) + " k" : rounded(bytes / 1e6, 0) + " M";
  }

  bool zero_ = false;
  int first_ = 0, last_ = 1;
};

std::string curve_data(const std::vector<Series>& all, const Axis& axis) {
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    text += "$series" + std::to_string(i) + " << EOD\n";
    for (const Point& point : all[i].points) {
      const Score& score = *point.score;
      const bool interval = std::isfinite(score.macro_f1_low) && std::isfinite(score.macro_f1_high);
      text += number(axis.place(point.bytes)) + " " + rounded(score.macro_f1, 4) + " " +
              rounded(interval ? score.macro_f1_low : score.macro_f1, 4) + " " +
              rounded(interval ? score.macro_f1_high : score.macro_f1, 4) + "\n";
    }
    text += "EOD\n";
  }
  return text;
}

std::string level_line(double value, const std::string& title, const char* style) {
  return rounded(value, 4) + (title.empty() ? " notitle" : " title " + gnuplot_quoted(title)) +
         " with lines " + style;
}

/// "chorus (n = 400)"; where variants were tested on different numbers of rows, from which to which.
std::string key_text(const Series& series) {
  std::uint64_t least = series.points.front().score->windows, most = least;
  for (const Point& point : series.points) {
    least = std::min(least, point.score->windows);
    most = std::max(most, point.score->windows);
  }
  return series.defence + " (n = " + std::to_string(least) +
         (least == most ? "" : " to " + std::to_string(most)) + ")";
}

/// What the bars are, where there are any.
std::string bars_text(const std::vector<Series>& all) {
  std::vector<const Score*> scores;
  for (const Series& series : all)
    for (const Point& point : series.points) scores.push_back(point.score);
  const std::string units = evaluation::interval_units(scores);
  return units.empty() ? "" : "bars: 95 %, by bootstrap over " + units + "; ";
}

std::string meaning_line(std::string_view level) {
  const std::string meaning = evaluation::level_meaning(level);
  return meaning.empty() ? "" : std::string(level) + ": " + meaning + "\n";
}

const Score* score_without_defence(const std::vector<Summary>& summaries, std::string_view level) {
  for (const Summary& summary : summaries) {
    if (summary.defence != "none" || evaluation::is_control(summary.variant)) continue;
    if (const Score* score = summary.at(level); score != nullptr) return score;
  }
  return level == "T3" ? score_without_defence(summaries, "T2") : nullptr;
}

/// One line, or two where the attackers' tests have different numbers of devices.
std::string guessing_lines(const evaluation::Guessing& guessing) {
  constexpr const char* style = "lc rgb '#555555' dt 3 lw 1.5";
  const std::string least = rounded(guessing.least, 2), most = rounded(guessing.most, 2);
  if (!guessing.differs()) return level_line(guessing.least, "guessing (" + least + ")", style);
  return level_line(guessing.most, "guessing (" + least + " to " + most + ")", style) + ", " +
         level_line(guessing.least, "", style);
}

}  // namespace

std::optional<Figure> overhead_curve(const evaluation::EvaluationReport& report, std::string_view level) {
  const std::vector<Summary> summaries = evaluation::summaries(report);
  const std::vector<Series> all = series_of(summaries, level);
  if (all.empty()) return std::nullopt;
  const Axis axis(all);
  std::size_t longest = std::string("guessing (0.00 to 0.00)").size();
  for (const Series& series : all) longest = std::max(longest, characters(key_text(series)));

  Figure figure;
  figure.name = "overhead-" + file_part(level);
  figure.width = 740 + 8 * static_cast<int>(longest) + 60;
  figure.height = std::max(520, 120 + 22 * static_cast<int>(all.size() + 2));
  figure.script = curve_data(all, axis) + axis.script();
  figure.script +=
      "set yrange [0:1]\nset ytics 0.1\nset grid ytics lc rgb '#dddddd' lw 1 lt 1\nset border 3\n"
      "set tics nomirror out\nset key outside right top Left reverse samplen 2 spacing 1.25\n"
      "set lmargin at screen " +
      number(left_margin / figure.width) + "\nset bmargin 4.5\n";
  figure.title =
      "What an eavesdropper still learns, and what it costs (threat level " + std::string(level) + ")";
  figure.script += "set title " + gnuplot_quoted(figure.title) + ".\"\\n\"." +
                   lines_quoted(meaning_line(level) + bars_text(all) + "n: test rows") + "\n";
  figure.script +=
      "set xlabel 'cover, bytes per second on the wire (mean over devices)'\n"
      "set ylabel 'macro F1 of the strongest attacker'\n";
  std::string plots;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string source = "$series" + std::to_string(i);
    plots += source + " using 1:2:3:4 with yerrorbars notitle pt 0 lw 1.3" + colour(i) + ", " + source +
             " using 1:2 with linespoints lw 2" + colour(i) + point(i) + " title " +
             gnuplot_quoted(key_text(all[i])) + ", ";
  }
  if (const Score* none = score_without_defence(summaries, level); none != nullptr) {
    const std::string of_level = none->level == level ? "" : ", " + none->level;
    plots += level_line(none->macro_f1,
                        "no defence" + of_level + " (" + rounded(none->macro_f1, 2) +
                            ", n = " + std::to_string(none->windows) + ")",
                        "lc rgb '#555555' dt 2 lw 1.5") +
             ", ";
  }
  plots += guessing_lines(evaluation::guessing_at(summaries, level));
  figure.script += "plot " + plots + "\n";
  return figure;
}

}  // namespace ipet::plots
