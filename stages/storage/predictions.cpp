// /evaluation/test_rows and /evaluation/predictions: what each attacker answered about each test row.
#include <algorithm>
#include <limits>
#include <map>

#include "pipeline/text/lists.hpp"
#include "stages/storage/sections.hpp"

namespace ipet::storage {

namespace {

using evaluation::Answers;
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

void check_stage(const Group& group, const std::string& stage, const evaluation::EvaluationReport& report) {
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

/// Datasets with a row for each row of all sets: of test rows, or of answers.
template <class Set>
struct Columns {
  Group& group;
  const std::vector<Placed>& placed;
  std::vector<Set> Predictions::*sets;

  [[nodiscard]] std::uint64_t rows() const {
    std::uint64_t rows = 0;
    for (const Placed& one : placed)
      for (const Set& set : one.predictions->*sets) rows += set.size();
    return rows;
  }
  /// get(placed, set, i) of every row.
  template <class T, class Get>
  void write(const char* name, const char* unit, Get get) const {
    ArrayWriter array = group.array<T>(name, {rows(), {}});
    for (const Placed& one : placed)
      for (const Set& set : one.predictions->*sets)
        for (std::size_t i = 0; i < set.size(); ++i) {
          const auto value = static_cast<T>(get(one, set, i));
          array.append(&value, 1);
        }
    if (unit != nullptr) array.attribute("units", unit);
    array.finish();
  }
};

void write_rows(Group& evaluation, const std::vector<Placed>& placed) {
  Group group = evaluation.group("test_rows");
  Numbered views, captures;
  const Columns<TestRows> columns{group, placed, &Predictions::rows};
  columns.write<std::uint16_t>("view", nullptr, [&](auto&, auto& set, auto) { return views(set.view); });
  columns.write<std::uint32_t>("capture", nullptr, [&](auto&, auto& set, auto i) {
    return captures(set.captures.at(set.capture[i]));
  });
  columns.write<std::uint16_t>("device", nullptr,
                               [](auto& one, auto& set, auto i) { return one.device[set.device[i]]; });
  columns.write<std::int64_t>("start", epoch_ns, [](auto&, auto& set, auto i) { return set.start[i]; });
  columns.write<std::int64_t>("day", epoch_ns, [](auto&, auto& set, auto i) { return set.day[i]; });
  group.names("views", views.texts());
  group.names("captures", captures.texts());
  group.index("test_row", columns.rows());
  for (const char* name : {"view", "capture", "device", "start", "day"}) group.dimensions(name, {"test_row"});
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
  const Columns<Answers> columns{group, placed, &Predictions::answers};
  columns.write<std::uint32_t>("score", nullptr,
                               [](auto& one, auto& of, auto) { return one.first_score + of.score; });
  columns.write<std::uint32_t>("seed", nullptr, [](auto&, auto& of, auto) { return of.seed; });
  columns.write<std::uint64_t>(
      "row", nullptr, [](auto& one, auto& of, auto i) { return one.first_row[of.rows] + of.row_of(i); });
  columns.write<std::uint16_t>("truth", nullptr, [](auto& one, auto& of, auto i) {
    return one.device.at(one.predictions->truth_of(of, i));
  });
  columns.write<std::uint16_t>("predicted", nullptr,
                               [](auto& one, auto& of, auto i) { return one.device.at(of.named[i]); });
  const bool probable = write_probabilities(group, placed, columns.rows(), devices.size());
  group.index("prediction", columns.rows());
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
  group.numbers("start", rows.start, epoch_ns);
  group.numbers("device", rows.device);
  group.numbers("capture", text::mapped(rows.capture, [&](std::uint32_t number) {
                  return captures(rows.captures.at(number));
                }));
  ArrayWriter part = group.flags("part", n, {{0, "training"}, {1, "validation"}, {2, "test"}});
  part.append(rows.part.data(), n);
  part.finish();
  group.names("captures", captures.texts());
  group.index("row", n);
  for (const char* name : {"start", "device", "capture", "part"}) group.dimensions(name, {"row"});
}

}  // namespace ipet::storage
