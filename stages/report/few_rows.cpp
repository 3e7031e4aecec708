#include "stages/report/few_rows.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "pipeline/text/wrapping.hpp"
#include "stages/report/summary.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::evaluation {
namespace {

constexpr std::size_t most_devices = 5, most_kinds = 3;  // that are named

/// Test rows of each device in one run.
std::vector<std::uint64_t> rows_of(const Score& score, std::size_t devices) {
  std::vector<std::uint64_t> rows(devices);
  for (std::size_t i = 0; i < score.confusion.size() && devices > 0; ++i)
    rows[i / devices] += score.confusion[i];
  for (std::uint64_t& count : rows) count /= std::max(score.seeds, std::uint32_t{1});
  return rows;
}

/// What the rows are called beside others: of a comparison, which has the same rows for most defences, by
/// view.
std::string name_of(const Score& score, bool comparison) {
  if (!comparison) return score.defence;
  const std::string votes =
      score.seconds > 0 ? ", votes over " + traffic::number_text(score.seconds / 60) + " min" : "";
  return score.view + votes;
}

std::string devices_text(const std::vector<std::string>& devices, const std::vector<std::uint64_t>& rows,
                         std::size_t classes) {
  std::vector<std::string> few;
  for (std::size_t d = 0; d < classes; ++d)
    if (rows[d] < fewest_rows) few.push_back(devices[d] + " " + std::to_string(rows[d]));
  return text::named(few, most_devices);
}

}  // namespace

std::string few_rows_text(const EvaluationReport& report) {
  const bool comparison = is_comparison(report);
  const std::size_t devices = report.devices.size();
  // The class of unknown devices has no rows where nobody is held out.
  const std::size_t classes =
      comparison && devices > 0 && report.devices.back() == "other" ? devices - 1 : devices;
  std::vector<std::pair<std::string, std::string>> found;  // name of the rows, devices with few
  for (const Score& score : report.scores) {
    if (score.confusion.size() != devices * devices || score.level == "T5") continue;
    std::string few = devices_text(report.devices, rows_of(score, devices), classes);
    if (few.empty()) continue;
    std::pair one(name_of(score, comparison), std::move(few));
    const auto same = [&](const auto& other) { return other.second == one.second; };
    if (std::ranges::any_of(found, same)) continue;
    if (std::ranges::find(found, one.first, [](const auto& other) { return other.first; }) != found.end())
      one.first += " under " + title_of(score.defence, score.variant);
    found.push_back(std::move(one));
  }
  if (found.empty()) return {};
  std::string list;
  for (std::size_t i = 0; i < std::min(found.size(), most_kinds); ++i)
    list += (i == 0 ? "" : "; ") + (found.size() == 1 && !comparison ? "" : found[i].first + ": ") +
            found[i].second;
  if (found.size() > most_kinds)
    list += "; and " + std::to_string(found.size() - most_kinds) + " more kinds of rows";
  return "fewer than " + std::to_string(fewest_rows) + " test " + report.rows +
         ", so that scores of these devices say little: " + list +
         "; record for longer, test on more of it (test_fraction), or on all of it in turn (folds)";
}

void warn_of_few_rows(EvaluationReport& report, fingerprint::Observer& observer) {
  const std::string text = few_rows_text(report);
  if (text.empty()) return;
  observer.warn(text::wrapped(text, 96, 0));
  report.notes.push_back(text);
}

}  // namespace ipet::evaluation
