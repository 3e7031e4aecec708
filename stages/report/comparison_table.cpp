// The table of a comparison: first each defence in one line, then who found what. Where attackers of a level
// had different numbers of devices to tell apart, guessing has two rows, from the least to the most of the
// scores that are shown, and each attacker's own stands beside its F1.
#include <cmath>
#include <set>

#include "pipeline/text/lists.hpp"
#include "stages/report/summary.hpp"
#include "stages/report/text.hpp"

namespace ipet::evaluation {
namespace {

/// Short enough for a column: "75.2", "12345"; never "-0.0".
std::string rate(double per_second) {
  if (std::abs(per_second) < 0.05) return "0";
  return format(std::abs(per_second) < 999.95 ? "%.1f" : "%.0f", per_second);
}

std::string bytes_text(double bytes) {
  if (bytes < 1000) return format("%.0f B", bytes);
  if (bytes < 999'950) return format("%.1f kB", bytes / 1e3);
  return format("%.1f MB", bytes / 1e6);
}

/// "42.1 %", "469 %", "33.1 x": so many times the original bytes.
std::string added_text(double percent) {
  if (std::abs(percent) < 999.5) return format(std::abs(percent) < 99.95 ? "%.1f %%" : "%.0f %%", percent);
  return format(std::abs(percent) < 9995 ? "%.1f x" : "%.0f x", percent / 100);
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

class ComparisonTable {
 public:
  explicit ComparisonTable(const EvaluationReport& report)
      : report_(report), summaries_(summaries(report)), levels_(levels_of(report)) {
    for (const auto& [title, which] : guessing_rows()) name_ = std::max(name_, title.size());
    for (const Summary& summary : summaries_) {
      name_ = std::max(name_, title_of(summary.defence, summary.variant).size());
      for (const Score* score : summary.strongest) attacker_ = std::max(attacker_, score->attacker.size());
    }
  }

  [[nodiscard]] std::string text() const {
    std::string text = "How well an eavesdropper tells the devices apart: macro F1 of the strongest attacker";
    text += (report_.point.empty() ? "" : ", where " + point_text(report_)) + "\n\n";
    text += overview(false);
    if (guessing_rows().size() > 1)
      text +=
          "  Attackers of a level told different numbers of devices apart: F1 is to be compared with the "
          "guess below.\n";
    if (std::ranges::any_of(summaries_, [](const Summary& s) { return is_control(s.variant); }))
      text += "\n  negative controls, which say whether the evaluation itself can be believed:\n" +
              overview(true);
    text += "\nThe strongest attacker of each level:\n";
    for (const Summary& summary : summaries_) text += details(summary);
    for (const std::string& note : report_.notes)
      text += (&note == &report_.notes.front() ? "\n" : "") + note_lines(note);
    return text + "\n" + legend();
  }

 private:
  [[nodiscard]] std::string heads() const {
    std::string text = "  " + padded("defence", name_);
    for (const std::string& level : levels_) text += "  " + right(level, 5);
    return text + "  | cover, B/s per device   added  busiest  user\n" + "  " + padded("", name_) +
           std::string(7 * levels_.size(), ' ') + "  |  payload   on wire  on wire   second  data\n";
  }

  [[nodiscard]] std::string overview(bool controls) const {
    std::string text;
    if (!controls) text += heads() + guessing();
    for (const Summary& summary : summaries_) {
      if (is_control(summary.variant) != controls) continue;
      text += "  " + padded(title_of(summary.defence, summary.variant), name_);
      for (const std::string& level : levels_) {
        const Score* score = summary.at(level);
        text += score == nullptr ? "      -" : format("  %5.3f", score->macro_f1);
      }
      text += costs(summary) + "\n";
    }
    return text;
  }

  /// One row, or two where attackers of a level had different numbers of devices to tell apart.
  [[nodiscard]] std::vector<std::pair<std::string, double Guessing::*>> guessing_rows() const {
    const auto differs = [&](const std::string& level) { return guessing_at(summaries_, level).differs(); };
    if (std::ranges::none_of(levels_, differs)) return {{"(guessing)", &Guessing::least}};
    return {{"(guessing, from)", &Guessing::least}, {"(guessing, to)", &Guessing::most}};
  }

  /// What naming at random comes to.
  [[nodiscard]] std::string guessing() const {
    std::string text;
    for (const auto& [title, which] : guessing_rows()) {
      text += "  " + padded(title, name_);
      for (const std::string& level : levels_)
        text += format("  %5.3f", guessing_at(summaries_, level).*which);
      text += "  |\n";
    }
    return text;
  }

  [[nodiscard]] static std::string costs(const Summary& summary) {
    if (summary.cost == nullptr || summary.defence == "none") return "  |";
    const Cost& cost = *summary.cost;
    return "  | " + right(rate(cost.payload_bytes_per_second), 8) + "  " +
           right(rate(cost.wire_bytes_per_second), 8) + "  " + right(added_text(cost.percent), 7) + "  " +
           right(bytes_text(cost.peak_second), 7) + "  " + (delays(cost.overhead) ? "waits" : "at once");
  }

  [[nodiscard]] std::string details(const Summary& summary) const {
    std::string text = "\n" + title_of(summary.defence, summary.variant) + "\n";
    text += "      " + padded("attacker", attacker_) +
            "  rows    F1    interval guess recall  acc.  maj. highest recall\n";
    for (const Score* score : summary.strongest) {
      text += "  " + score->level + "  " + padded(score->attacker, attacker_);
      text += format("%6llu %5.3f  ", static_cast<unsigned long long>(score->windows), score->macro_f1) +
              interval(*score);
      text += format(" %5.3f %6.3f %5.3f %5.3f ", score->chance, score->balanced_accuracy, score->accuracy,
                     score->majority);
      text += score->highest_recall_device + format(" %.2f\n", score->highest_recall);
    }
    if (summary.cost != nullptr && summary.defence != "none") text += cost_lines(*summary.cost);
    return text;
  }

  static std::string interval(const Score& score) {
    const std::string text = interval_text(score.macro_f1_low, score.macro_f1_high);
    return text.empty() ? "none      " : text;
  }

  static std::string cost_lines(const Cost& cost) {
    std::string text = format("  cover of the device that gets most: %s B/s of payload",
                              rate(cost.highest_payload_bytes_per_second).c_str());
    if (cost.over_budget > 0)
      text += format("; devices above the budget: %llu", static_cast<unsigned long long>(cost.over_budget));
    if (cost.intensity != 1) text += format("; %.3g times its own intensity", cost.intensity);
    text += "\n";
    const std::string delay = delay_line(cost.overhead);
    return delay.empty() ? text : text + delay;
  }

  /// What the intervals are, and of how many devices they know nothing.
  [[nodiscard]] std::string interval_legend() const {
    std::vector<const Score*> shown;
    std::set<std::string> over;
    bool none = false;
    for (const Summary& summary : summaries_) {
      for (const Score* score : summary.strongest) {
        shown.push_back(score);
        none = none || std::isnan(score->macro_f1_low);
        if (!score->interval_over.empty()) over.insert(score->interval_over);
      }
    }
    constexpr std::size_t most = 3;  // in words
    std::string text = text::joined(over, "; or ");
    if (over.size() > most)
      text = interval_units(shown) +
             "; of some devices there is one alone, which adds no width: interval_over in the CSV table of "
             "scores says of how many";
    if (!text.empty())
      text = "Interval: 95 %, by bootstrap over each device's " + text + " (Rao and Wu 1988).";
    if (none)
      text += (text.empty() ? "" : " ") +
              std::string("Interval none: all draws agree, or no device has two days or captures.");
    return text.empty() ? "" : text::wrapped("  " + text, 118, 2) + "\n";
  }

  [[nodiscard]] std::string legend() const {
    std::string text;
    for (const std::string& level : levels_) {
      if (const std::string meaning = level_meaning(level); !meaning.empty())
        text += "  " + level + "  " + meaning + "\n";
    }
    return text + interval_legend() +
           text::wrapped(
               "  Macro F1 (F1): mean over devices, 1 is perfect. Rows: those that were tested, in one run. "
               "Recall: mean over devices. Acc.: accuracy; maj.: that of always naming the most frequent "
               "device. Highest recall: of the device that is found best. Guessing (guess): 1 / devices with "
               "test rows; who has no rows of a silent device has fewer to tell apart. Strongest: the "
               "attacker whose F1 is furthest above its own guessing. Cover: what leaves less what came, "
               "mean over devices; on wire: with headers; added: of the original bytes, or so many times (x) "
               "as many. Busiest second: of one line, cover and user data.",
               118, 2) +
           "\n";
  }

  const EvaluationReport& report_;
  std::vector<Summary> summaries_;
  std::vector<std::string> levels_;
  std::size_t name_ = 0, attacker_ = std::string("attacker").size();
};

}  // namespace

std::string comparison_table(const EvaluationReport& report) {
  return ComparisonTable(report).text();
}

}  // namespace ipet::evaluation
