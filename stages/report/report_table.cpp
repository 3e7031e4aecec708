#include <algorithm>
#include <cmath>
#include <set>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/wrapping.hpp"
#include "stages/report/summary.hpp"
#include "stages/report/text.hpp"

namespace ipet::evaluation {
namespace {

std::size_t tested_devices(const Score& score) {
  return static_cast<std::size_t>(
      std::ranges::count_if(score.recall, [](double recall) { return !std::isnan(recall); }));
}

std::string score_rows(const EvaluationReport& report) {
  std::size_t defence = std::string("defence").size(), attacker = std::string("attacker").size();
  for (const Score& score : report.scores) {
    defence = std::max(defence, score.defence.size());
    attacker = std::max(attacker, score.attacker.size());
  }
  const auto names = [&](const std::string& a, const std::string& b) {
    return "  " + padded(a, defence) + "  " + padded(b, attacker);
  };
  const std::string tested = "test " + report.rows;
  const int width = static_cast<int>(tested.size());
  std::string text = names("defence", "attacker");
  text += "  accuracy  95 %        macro F1  95 %        majority  " + tested + "\n";
  for (const Score& score : report.scores)
    text += names(score.defence, score.attacker) +
            format("  %8.3f  %-10s  %8.3f  %-10s  %8.3f  %*llu\n", score.accuracy,
                   interval_text(score.accuracy_low, score.accuracy_high).c_str(), score.macro_f1,
                   interval_text(score.macro_f1_low, score.macro_f1_high).c_str(), score.majority, width,
                   static_cast<unsigned long long>(score.windows));
  return text;
}

/// What the intervals are, of each kind that occurs.
std::string interval_lines(const EvaluationReport& report) {
  std::set<std::string> over;
  bool none = false;
  for (const Score& score : report.scores) {
    none = none || std::isnan(score.accuracy_low) || std::isnan(score.macro_f1_low);
    if (!score.interval_over.empty()) over.insert(score.interval_over);
  }
  const std::string units = text::joined(over, "; or ");
  std::string text;
  if (!units.empty())
    text = text::wrapped(
               "  95 %: bootstrap over each device's " + units + " (Rao and Wu 1988)" +
                   (units.find("test rows") == std::string::npos ? ", not over rows, which are alike" : ""),
               118, 8) +
           (units.find("pieces") == std::string::npos && units.find("test rows") == std::string::npos
                ? ".\n"
                : ";\n        of one recording alone, so that other days may differ by more.\n");
  if (none && !report.scores.empty())
    text +=
        "  95 %: none where all draws agree, where each device has test rows of one stretch of 5 min alone, "
        "or "
        "too many\n        to draw from.\n";
  return text;
}

}  // namespace

/// Means over the devices that were given cover, and the sum of all bytes against that of the original ones.
std::string cost_lines(const defence::Overhead& overhead) {
  using defence::Count;
  double packets = 0, bytes = 0, payload = 0, all = 0, user = 0;
  std::size_t devices = 0;
  for (const defence::Overhead::Row& row : overhead.rows) {
    all += added(row, &Count::wire_bytes);
    for (const Count& count : row.user) user += static_cast<double>(count.wire_bytes);
    if (row.seconds <= 0 || !row.covered) continue;
    ++devices;
    packets += added(row, &Count::packets) / row.seconds;
    bytes += added(row, &Count::wire_bytes) / row.seconds;
    payload += added(row, &Count::payload_bytes) / row.seconds;
  }
  if (devices == 0) return {};
  const auto n = static_cast<double>(devices);
  std::string text = format(
      "  cover traffic per device (mean of %zu): %.2f dummy packets/s, %.1f bytes/s on the wire with headers "
      "(%.1f payload)\n",
      devices, packets / n, bytes / n, payload / n);
  if (user > 0)
    text += format("  all dummies together: %.1f %% of the original bytes on the wire\n", 100 * all / user);
  return text;
}

std::string delay_line(const defence::Overhead& overhead) {
  const defence::DelayHistogram delays = delays_of(overhead);
  const std::uint64_t unsent = unsent_bytes_of(overhead);
  const std::uint64_t misdirected = misdirected_bytes_of(overhead);
  if (delays.count() == 0 && unsent == 0) return {};
  std::string text = "  delay of user packets: p50 " + short_number(delays.quantile(0.5)) + " s, p95 " +
                     short_number(delays.quantile(0.95)) + " s, p99 " + short_number(delays.quantile(0.99)) +
                     " s, most " + short_number(delays.maximum()) + " s";
  text += format("; user bytes not sent: %llu", static_cast<unsigned long long>(unsent));
  if (misdirected > 0)
    text += format(", sent the wrong way: %llu", static_cast<unsigned long long>(misdirected));
  unsigned long long exposed = 0;
  for (const defence::Overhead::Row& row : overhead.rows) exposed += row.exposed_minutes;
  if (exposed > 0) text += format("; minutes in which a line can be told from others: %llu", exposed);
  return text + "\n";
}

std::string table(const EvaluationReport& report) {
  if (is_comparison(report)) return comparison_table(report);
  std::string text =
      format("How often an eavesdropper names the right one of %zu devices, %s", report.devices.size(),
             report.rows == "windows" ? "window by window" : "by aggregates of their traffic");
  const std::size_t tested = report.scores.empty() ? 0 : tested_devices(report.scores.front());
  if (tested < report.devices.size())
    text += format(" (%zu of them have test %s)", tested, report.rows.c_str());
  if (!report.point.empty()) text += ", where " + point_text(report);
  text += ":\n";
  if (!report.scores.empty()) text += score_rows(report);
  text += cost_lines(report.overhead);
  text += delay_line(report.overhead);
  if (!report.scores.empty())
    text +=
        "  static: learned from undefended traffic; retrained: learned from defended traffic.\n"
        "  macro F1: mean over devices, 1 is perfect; majority: accuracy of always naming the most frequent "
        "one.\n";
  text += interval_lines(report);
  for (const std::string& note : report.notes) text += note_lines(note);
  return text;
}

}  // namespace ipet::evaluation
