// The table of a game: what each defence costs, and how well the best detector finds each target.
#include <algorithm>
#include <cmath>
#include <utility>

#include "pipeline/text/lists.hpp"
#include "stages/report/detection_report.hpp"
#include "stages/report/summary.hpp"
#include "stages/report/text.hpp"

namespace ipet::evaluation {
namespace {

/// "0.982", "-" where nothing is defined.
std::string three_digits(double value) {
  return std::isnan(value) ? "    -" : format("%.3f", value);
}

std::string range(double low, double high) {
  return padded(std::isnan(low) ? "-" : interval_text(low, high), 10);
}

std::string length_text(double seconds) {
  if (seconds <= 0) return "-";
  return seconds < 3600 ? format("%.4g min", seconds / 60) : format("%.4g h", seconds / 3600);
}

/// Whether a detector finds its target better than another one of the same target and length does, by one
/// measure, then by another.
bool better(const Detection& one, const Detection& other, Estimate Detection::*first,
            Estimate Detection::*second) {
  const auto of = [](const Detection& row, Estimate Detection::*measure) {
    const double mean = (row.*measure).mean;
    return std::isnan(mean) ? -1 : mean;
  };
  return of(one, first) != of(other, first) ? of(one, first) > of(other, first)
                                            : of(one, second) > of(other, second);
}

class DetectionTable {
 public:
  explicit DetectionTable(const DetectionReport& report) : report_(report), rows_(strongest(report)) {
    for (const Detection* row : rows_) {
      name_ = std::max(name_, title_of(row->defence, row->variant).size());
      target_ = std::max(target_, row->target.size());
    }
    target_ = std::max(target_, report.target.size());
  }

  [[nodiscard]] std::string text() const {
    std::string text =
        wrapped_line("the game '" + report_.game + "': " + report_.about) + "\n" + costs() + "\n";
    text += "The detector that finds most, over all levels and attackers:\n";
    std::string last;
    for (const Detection* row : rows_) {
      const std::string title = title_of(row->defence, row->variant);
      if (title != last) text += "\n" + title + "\n" + head();
      last = title;
      text += line(*row);
    }
    for (const std::string& note : report_.notes)
      text += (&note == &report_.notes.front() ? "\n" : "") + note_lines(note);
    return text + "\n" + legend();
  }

 private:
  static std::string wrapped_line(const std::string& line) { return text::wrapped(line, 118, 2) + "\n"; }

  [[nodiscard]] std::string costs() const {
    std::string text = "  " + padded("what a defence costs the home", std::max<std::size_t>(name_, 29)) +
                       "  payload   on wire     added  user packets wait p50, p95, p99\n";
    for (const Cost& cost : report_.costs) {
      const auto lines = static_cast<double>(cost.overhead.rows.size());
      const defence::DelayHistogram waits = delays_of(cost.overhead);
      text += "  " + padded(title_of(cost.defence, cost.variant), std::max<std::size_t>(name_, 29)) +
              format("%7.0f B/s %5.0f B/s %7.0f %%  ", lines * cost.payload_bytes_per_second,
                     lines * cost.wire_bytes_per_second, cost.percent);
      text += delays(cost.overhead) ? format("%.3g s, %.3g s, %.3g s", waits.quantile(0.5),
                                             waits.quantile(0.95), waits.quantile(0.99))
                                    : "not at all";
      text += "\n";
    }
    return text;
  }

  [[nodiscard]] std::string head() const {
    return "  " + padded(report_.target, target_) +
           "  length    base rate   AP    draws       days        AUC    draws       days      level, "
           "attacker\n";
  }

  [[nodiscard]] std::string line(const Detection& row) const {
    const Estimate &precision = row.average_precision, &area = row.area_under_curve;
    std::string text = "  " + padded(row.target, target_) + "  " + padded(length_text(row.seconds), 8) +
                       format("  %.5f  ", row.base_rate());
    text += three_digits(precision.mean) + "  " + range(precision.low, precision.high) + "  " +
            range(precision.lowest_day, precision.highest_day) + "  ";
    text += three_digits(area.mean) + "  " + range(area.low, area.high) + "  " +
            range(area.lowest_day, area.highest_day) + "  " + row.level + ", " + row.attacker;
    return text + (row.judged ? "" : "  (not judged)") + "\n";
  }

  [[nodiscard]] std::string legend() const {
    return wrapped_line(
        "  AP: average precision, the share of right alarms, where the detector begins with the "
        "moments that it is surest of, in the mean over all that are to be found. 1 finds all and nothing "
        "else, "
        "the base rate is what guessing gives. AUC: area under the curve, the probability that one that is "
        "so is ranked above one that is not; guessing gives 0.5. Both are means over draws. Draws: where "
        "95 % of the defence's draws lie. Days: least and most of single days for testing. Costs: what "
        "leaves less what came, all lines of the home together; on wire: with headers.");
  }

  const DetectionReport& report_;
  std::vector<const Detection*> rows_;
  std::size_t name_ = 0, target_ = 0;
};

}  // namespace

std::vector<const Detection*> strongest(const DetectionReport& report) {
  auto first = &Detection::average_precision, second = &Detection::area_under_curve;
  if (report.game == "presence") std::swap(first, second);
  std::vector<const Detection*> rows;
  for (const Detection& row : report.detections) {
    const auto same = [&](const Detection* other) {
      return other->defence == row.defence && other->variant == row.variant && other->target == row.target &&
             other->seconds == row.seconds;
    };
    const auto at = std::ranges::find_if(rows, same);
    if (at == rows.end())
      rows.push_back(&row);
    else if (better(row, **at, first, second))
      *at = &row;
  }
  return rows;
}

std::string table(const DetectionReport& report) {
  return DetectionTable(report).text();
}

}  // namespace ipet::evaluation
