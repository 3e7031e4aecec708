// /evaluation/test_rows and /evaluation/predictions: what each attacker answered about each test row.
#include <algorithm>
#include <limits>
#include <map>

#include "stages/storage/sections.hpp"

namespace ipet::storage {

namespace {

using evaluation::Answers;
using evaluation::EvaluationReport;
using evaluation::Predictions;
using evaluation::TestRows;

/// Numbers texts in the order in which they are first asked for.
class Numbered {
 public:
  std::uint32_t operator()(const std::string& text) {
    const auto [at, added] = numbers_.try_emplace(text, static_cast<std::uint32_t>(texts_.size()));
    if (added) texts_.push_back(text);
    return at->second;
  }
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_;
  std::map<std::string, std::uint32_t> numbers_;
};

/// Predictions of one report, whose scores and rows follow those of the reports before it.
struct Placed {
  const Predictions* predictions;
  std::vector<std::uint16_t> device;  ///< [device of the report] in those of all
  std::uint64_t first_score = 0;
  std::vector<std::uint64_t> first_row;  ///< [set of rows]
};

void check_stage(const Group& group, const std::string& stage, const EvaluationReport& report) {
  const auto refuse = [&](const char* what) { group.refuse("predictions of stage '" + stage + "' " + what); };
  for (const TestRows& rows : report.predictions->rows) {
    const std::size_t n = rows.size();
    if (rows.capture.size() != n || rows.device.size() != n || rows.day.size() != n)
      refuse("have rows without capture, device or day");
    const auto known = [&](std::uint16_t device) { return device < report.devices.size(); };
    if (!std::ranges::all_of(rows.device, known)) refuse("are of devices that it does not have");
  }
  for (const Answers& of : report.predictions->answers) {
    const bool fits =
        of.score < report.scores.size() && of.rows < report.predictions->rows.size() &&
        of.classes <= report.devices.size() && (of.truth.empty() || of.truth.size() == of.size()) &&
        (of.probabilities.empty() || of.probabilities.size() == of.size() * of.classes) &&
        of.size() == (of.row.empty() ? report.predictions->rows[of.rows].size() : of.row.size());
    if (!fits) refuse("do not fit its rows and scores");
  }
}

std::vector<Placed> place(const Group& group, const Reports& reports,
                          const std::vector<std::string>& devices) {
  std::vector<Placed> placed;
  std::uint64_t scores = 0, rows = 0;
  for (const auto& [stage, report] : reports) {
    if (report.predictions != nullptr) {
      check_stage(group, stage, report);
      Placed& one = placed.emplace_back(Placed{report.predictions.get(), {}, scores, {}});
      for (const std::string& device : report.devices)
        one.device.push_back(
            static_cast<std::uint16_t>(std::ranges::find(devices, device) - devices.begin()));
      for (const TestRows& set : report.predictions->rows) {
        one.first_row.push_back(rows);
        rows += set.size();
      }
    }
    scores += report.scores.size();
  }
  return placed;
}

void finish(ArrayWriter& array, const char* unit) {
  if (unit != nullptr) array.attribute("units", unit);
  array.finish();
}

/// One dataset, `get(placed, set, i)` of every row.
template <class T, class Get>
void column_of_rows(Group& group, const char* name, const char* unit, const std::vector<Placed>& placed,
                    std::uint64_t rows, Get get) {
  ArrayWriter array = group.array<T>(name, {rows, {}});
  for (const Placed& one : placed)
    for (const TestRows& set : one.predictions->rows)
      for (std::size_t i = 0; i < set.size(); ++i) {
        const T value = get(one, set, i);
        array.append(&value, 1);
      }
  finish(array, unit);
}

void write_rows(Group& evaluation, const std::vector<Placed>& placed) {
  std::uint64_t rows = 0;
  for (const Placed& one : placed)
    for (const TestRows& set : one.predictions->rows) rows += set.size();
  Group group = evaluation.group("test_rows");
  Numbered views, captures;
  column_of_rows<std::uint16_t>(group, "view", nullptr, placed, rows,
                                [&](const Placed&, const TestRows& set, std::size_t) {
                                  return static_cast<std::uint16_t>(views(set.view));
                                });
  column_of_rows<std::uint32_t>(group, "capture", nullptr, placed, rows,
                                [&](const Placed&, const TestRows& set, std::size_t i) {
                                  return captures(set.captures.at(set.capture[i]));
                                });
  column_of_rows<std::uint16_t>(
      group, "device", nullptr, placed, rows,
      [](const Placed& one, const TestRows& set, std::size_t i) { return one.device[set.device[i]]; });
  column_of_rows<std::int64_t>(
      group, "start", epoch_ns, placed, rows,
      [](const Placed&, const TestRows& set, std::size_t i) { return set.start[i]; });
  column_of_rows<std::int64_t>(group, "day", epoch_ns, placed, rows,
                               [](const Placed&, const TestRows& set, std::size_t i) { return set.day[i]; });
  group.names("views", views.texts());
  group.names("captures", captures.texts());
  group.index("test_row", rows);
  for (const char* name : {"view", "capture", "device", "start", "day"}) group.dimensions(name, {"test_row"});
}

/// One dataset, `get(placed, answers, i)` of every answer.
template <class T, class Get>
void column_of_answers(Group& group, const char* name, const std::vector<Placed>& placed, std::uint64_t count,
                       Get get) {
  ArrayWriter array = group.array<T>(name, {count, {}});
  for (const Placed& one : placed)
    for (const Answers& of : one.predictions->answers)
      for (std::size_t i = 0; i < of.size(); ++i) {
        const T value = get(one, of, i);
        array.append(&value, 1);
      }
  finish(array, nullptr);
}

/// False when there are none.
bool write_probabilities(Group& group, const std::vector<Placed>& placed, std::uint64_t count,
                         std::size_t devices) {
  const auto has_any = [](const Placed& one) {
    return std::ranges::any_of(one.predictions->answers,
                               [](const Answers& of) { return !of.probabilities.empty(); });
  };
  if (std::ranges::none_of(placed, has_any)) return false;
  ArrayWriter array = group.array<float>("probabilities", {count, {devices}});
  array.attribute("dimensions", std::vector<std::string>{"prediction", "device"});
  std::vector<float> row(devices);
  for (const Placed& one : placed)
    for (const Answers& of : one.predictions->answers)
      for (std::size_t i = 0; i < of.size(); ++i) {
        const bool has = !of.probabilities.empty();
        std::ranges::fill(row, has ? 0.0F : std::numeric_limits<float>::quiet_NaN());
        for (std::size_t c = 0; has && c < of.classes; ++c)
          row[one.device[c]] = of.probabilities[i * of.classes + c];
        array.append(row.data(), 1);
      }
  array.finish();
  return true;
}

}  // namespace

void write_predictions(Group& evaluation, const Reports& reports, const std::vector<std::string>& devices) {
  const std::vector<Placed> placed = place(evaluation, reports, devices);
  if (placed.empty()) return;
  write_rows(evaluation, placed);
  Group group = evaluation.group("predictions");
  std::uint64_t count = 0;
  for (const Placed& one : placed) count += one.predictions->count();
  column_of_answers<std::uint32_t>(group, "score", placed, count,
                                   [](const Placed& one, const Answers& of, std::size_t) {
                                     return static_cast<std::uint32_t>(one.first_score + of.score);
                                   });
  column_of_answers<std::uint32_t>(group, "seed", placed, count,
                                   [](const Placed&, const Answers& of, std::size_t) { return of.seed; });
  column_of_answers<std::uint64_t>(group, "row", placed, count,
                                   [](const Placed& one, const Answers& of, std::size_t i) {
                                     return one.first_row[of.rows] + of.row_of(i);
                                   });
  column_of_answers<std::uint16_t>(group, "truth", placed, count,
                                   [](const Placed& one, const Answers& of, std::size_t i) {
                                     return one.device.at(one.predictions->truth_of(of, i));
                                   });
  column_of_answers<std::uint16_t>(
      group, "predicted", placed, count,
      [](const Placed& one, const Answers& of, std::size_t i) { return one.device.at(of.named[i]); });
  const bool probable = write_probabilities(group, placed, count, devices.size());
  group.index("prediction", count);
  for (const char* name : {"score", "seed", "row", "truth", "predicted"})
    group.dimensions(name, {"prediction"});
  if (probable) group.dimensions("probabilities", {"prediction", "/evaluation/device"});
}

void write_split_rows(Group& model, const fingerprint::SplitRows& rows) {
  Group group = model.group("split");
  const std::uint64_t n = rows.size();
  if (rows.capture.size() != n || rows.device.size() != n || rows.part.size() != n)
    group.refuse("rows without capture, device or part");
  Numbered captures;
  std::vector<std::uint32_t> capture;
  capture.reserve(n);
  for (const std::uint32_t number : rows.capture) capture.push_back(captures(rows.captures.at(number)));
  const auto write = [&](ArrayWriter array, const void* values, const char* unit) {
    array.append(values, n);
    finish(array, unit);
  };
  write(group.array<std::int64_t>("start", {n, {}}), rows.start.data(), epoch_ns);
  write(group.array<std::uint16_t>("device", {n, {}}), rows.device.data(), nullptr);
  write(group.array<std::uint32_t>("capture", {n, {}}), capture.data(), nullptr);
  write(group.flags("part", n, {{0, "training"}, {1, "validation"}, {2, "test"}}), rows.part.data(), nullptr);
  group.names("captures", captures.texts());
  group.index("row", n);
  for (const char* name : {"start", "device", "capture", "part"}) group.dimensions(name, {"row"});
}

}  // namespace ipet::storage
