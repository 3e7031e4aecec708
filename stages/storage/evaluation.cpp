// /evaluation and /detection: the reports of all stages that attack.
#include <algorithm>
#include <limits>
#include <stdexcept>
#include <variant>

#include "pipeline/text/lists.hpp"
#include "stages/report/detection_columns.hpp"
#include "stages/report/score_columns.hpp"
#include "stages/report/summary.hpp"
#include "stages/storage/sections.hpp"
#include "stages/storage/stored_table.hpp"

namespace ipet::storage {

namespace {

using evaluation::Cost;
using evaluation::Detection;
using evaluation::DetectionReport;
using evaluation::EvaluationReport;
using evaluation::LineUse;
using evaluation::Score;

/// A row of one of the tables, and the stage that it comes from.
template <class Row, class Report = EvaluationReport>
struct Of {
  const std::string* stage;
  const Report* report;
  const Row* row;
};

/// What gives a column: a member of all rows.
template <class Rows>
auto members_of(const Rows& rows) {
  return [&rows](auto member) {
    return text::mapped(rows, [member](const auto& of) { return of.row->*member; });
  };
}

template <class Row, class Report>
std::vector<Of<Row, Report>> all_of(const std::map<std::string, Report>& reports,
                                    std::vector<Row> Report::*rows) {
  std::vector<Of<Row, Report>> all;
  for (const auto& [stage, report] : reports)
    for (const Row& row : report.*rows) all.push_back({&stage, &report, &row});
  return all;
}

std::vector<std::string> names_of_devices(const Group& group, const Reports& reports) {
  try {
    return evaluation::all_devices(reports);
  } catch (const std::invalid_argument& error) {
    group.refuse(error.what());
  }
}

/// A column `sweep_NAME` for each axis of the sweep that the run is of, with its value in every row. All
/// reports are of one run.
template <class Rows, class Report>
Table& point_columns(Table& table, const Rows& rows, const std::map<std::string, Report>& reports) {
  if (!reports.empty())
    for (const evaluation::AxisValue& axis : reports.begin()->second.point)
      std::visit(
          [&](const auto& value) { table.column("sweep_" + axis.name, "", std::vector(rows.size(), value)); },
          axis.value);
  return table.column("stage", "", text::mapped(rows, [](const auto& of) { return *of.stage; }));
}

void write_scores(Group& group, const std::vector<Of<Score>>& rows, const Reports& reports) {
  const auto of = members_of(rows);
  Table table;
  point_columns(table, rows, reports);
  evaluation::each_score_column(
      [&](const char* name, const char* unit, auto member) { table.column(name, unit, of(member)); });
  table.write(group, "scores");
}

/// Recall and confusion of one score, for the devices of all reports.
class Spread {
 public:
  explicit Spread(const std::vector<std::string>& devices) : devices_(devices) {}

  void set(Group& group, const Of<Score>& of) {
    const std::vector<std::string>& known = of.report->devices;
    const std::size_t n = known.size();
    if (of.row->recall.size() != n || of.row->confusion.size() != n * n)
      group.refuse("scores of '" + of.row->attacker + "' are not for " + std::to_string(n) + " devices");
    recall.assign(devices_.size(), std::numeric_limits<double>::quiet_NaN());
    confusion.assign(devices_.size() * devices_.size(), 0);
    std::vector<std::size_t> place;
    for (const std::string& device : known)
      place.push_back(static_cast<std::size_t>(std::ranges::find(devices_, device) - devices_.begin()));
    for (std::size_t a = 0; a < n; ++a) {
      recall[place[a]] = of.row->recall[a];
      for (std::size_t b = 0; b < n; ++b)
        confusion[place[a] * devices_.size() + place[b]] = of.row->confusion[a * n + b];
    }
  }

  std::vector<double> recall;
  std::vector<std::uint64_t> confusion;

 private:
  const std::vector<std::string>& devices_;
};

void write_per_device(Group& group, const std::vector<Of<Score>>& rows,
                      const std::vector<std::string>& devices) {
  const std::uint64_t n = devices.size();
  ArrayWriter recall = group.array<double>("recall", {rows.size(), {n}});
  ArrayWriter confusion = group.array<std::uint64_t>("confusion", {rows.size(), {n, n}});
  recall.attribute("dimensions", std::vector<std::string>{"row of scores", "device"});
  confusion.attribute("dimensions",
                      std::vector<std::string>{"row of scores", "true device", "predicted device"});
  confusion.attribute("units", "windows or aggregates");
  Spread spread(devices);
  for (const Of<Score>& row : rows) {
    spread.set(group, row);
    recall.append(spread.recall.data(), 1);
    confusion.append(spread.confusion.data(), 1);
  }
  recall.finish();
  confusion.finish();
  group.index("score", rows.size());
  group.names("device", devices);
  group.names("true_device", devices);
  group.names("predicted_device", devices);
  group.dimensions("recall", {"score", "device"});
  group.dimensions("confusion", {"score", "true_device", "predicted_device"});
}

/// Delays of user packets, and what became of their bytes.
template <class Rows, class Delays, class Unsent, class Misdirected>
void delay_columns(Table& table, const Rows& rows, Delays delays_of, Unsent unsent, Misdirected misdirected) {
  const auto delay = [&](double share) {
    return text::mapped(rows, [&](const auto& row) { return delays_of(row).quantile(share); });
  };
  table.column("delay_p50", "s", delay(0.5));
  table.column("delay_p95", "s", delay(0.95));
  table.column("delay_p99", "s", delay(0.99));
  table.column("delay_most", "s",
               text::mapped(rows, [&](const auto& row) { return delays_of(row).maximum(); }));
  table.column("unsent_bytes", "bytes", text::mapped(rows, unsent));
  table.column("misdirected_bytes", "bytes", text::mapped(rows, misdirected));
}

template <class Rows, class Report>
void write_costs(Group& group, const Rows& rows, const std::map<std::string, Report>& reports) {
  const auto of = members_of(rows);
  Table table;
  point_columns(table, rows, reports)
      .column("defence", "", of(&Cost::defence))
      .column("variant", "", of(&Cost::variant))
      .column("intensity", "", of(&Cost::intensity))
      .column("payload_bytes_per_second", "bytes/s", of(&Cost::payload_bytes_per_second))
      .column("highest_payload_bytes_per_second", "bytes/s", of(&Cost::highest_payload_bytes_per_second))
      .column("wire_bytes_per_second", "bytes/s", of(&Cost::wire_bytes_per_second))
      .column("percent", "% of the original bytes", of(&Cost::percent))
      .column("peak_second", "bytes", of(&Cost::peak_second))
      .column("over_budget", "devices", of(&Cost::over_budget));
  delay_columns(
      table, rows, [](const auto& of) { return evaluation::delays_of(of.row->overhead); },
      [](const auto& of) { return evaluation::unsent_bytes_of(of.row->overhead); },
      [](const auto& of) { return evaluation::misdirected_bytes_of(of.row->overhead); });
  table.write(group, "costs");
}

/// One device under one defence, and the stage that says so.
struct StagedLoad : evaluation::Load {
  const std::string* stage;
};

template <class Report>
std::vector<StagedLoad> all_loads(const std::map<std::string, Report>& reports) {
  std::vector<StagedLoad> loads;
  for (const auto& [stage, report] : reports)
    for (const evaluation::Load& load : evaluation::loads_of(report)) loads.push_back({load, &stage});
  return loads;
}

template <class Report>
void write_overhead(Group& group, const std::vector<StagedLoad>& rows,
                    const std::map<std::string, Report>& reports) {
  using Row = defence::Overhead::Row;
  Table table;
  point_columns(table, rows, reports);
  table.column("defence", "", text::mapped(rows, [](const StagedLoad& of) { return of.defence; }));
  table.column("variant", "", text::mapped(rows, [](const StagedLoad& of) { return of.variant; }));
  table.column("device", "", text::mapped(rows, [](const StagedLoad& of) { return of.counts->device; }));
  table.column("seconds", "s", text::mapped(rows, [](const StagedLoad& of) { return of.counts->seconds; }));
  const char* directions[] = {"out", "in"};
  for (const auto& [who, counts] :
       {std::pair("user", &Row::user), std::pair("dummy", &Row::dummy), std::pair("sent", &Row::sent)}) {
    const auto member = counts;  // clang 14 captures no structured bindings
    for (const int direction : {0, 1}) {
      const std::string prefix = std::string(who) + "_" + directions[direction] + "_";
      const auto count = [&](std::uint64_t defence::Count::*what) {
        return text::mapped(rows,
                            [&](const StagedLoad& of) { return (of.counts->*member)[direction].*what; });
      };
      table.column(prefix + "packets", "packets", count(&defence::Count::packets));
      table.column(prefix + "payload_bytes", "bytes", count(&defence::Count::payload_bytes));
      table.column(prefix + "wire_bytes", "bytes", count(&defence::Count::wire_bytes));
    }
  }
  const auto bytes = [](std::uint64_t Row::*member) {
    return [member](const StagedLoad& of) { return of.counts->*member; };
  };
  delay_columns(
      table, rows, [](const StagedLoad& of) -> const auto& { return of.counts->delays; },
      bytes(&Row::unsent_bytes), bytes(&Row::misdirected_bytes));
  table.column("exposed_minutes", "min", text::mapped(rows, bytes(&Row::exposed_minutes)));
  table.write(group, "overhead");
}

template <class Rows, class Report>
void write_notes(Group& group, const Rows& rows, const std::map<std::string, Report>& reports) {
  Table table;
  point_columns(table, rows, reports)
      .column("note", "", text::mapped(rows, [](const auto& of) { return *of.row; }))
      .write(group, "notes");
}

void write_lines(Group& group, const std::vector<Of<LineUse>>& rows, const Reports& reports) {
  const auto of = members_of(rows);
  Table table;
  point_columns(table, rows, reports)
      .column("device", "", of(&LineUse::device))
      .column("capture", "", of(&LineUse::capture))
      .column("day", epoch_ns, of(&LineUse::day))
      .column("begin", epoch_ns, of(&LineUse::begin))
      .column("end", epoch_ns, of(&LineUse::end))
      .column("role", "", of(&LineUse::role))
      .write(group, "lines");
}

void write_detections(Group& group, const std::vector<Of<Detection, DetectionReport>>& rows,
                      const DetectionReports& reports) {
  Table table;
  point_columns(table, rows, reports).column("game", "", text::mapped(rows, [](const auto& of) {
                                               return of.report->game;
                                             }));
  evaluation::each_detection_column([&](const std::string& name, const char* unit, auto get) {
    table.column(name, unit, text::mapped(rows, [&](const auto& of) { return get(*of.row); }));
  });
  table.write(group, "scores");
}

/// netCDF4 for Python cannot read texts of no rows, so tables without rows are left out.
template <class Report>
void write_beside_scores(Group& group, const std::map<std::string, Report>& reports) {
  if (const auto costs = all_of(reports, &Report::costs); !costs.empty()) write_costs(group, costs, reports);
  if (const auto loads = all_loads(reports); !loads.empty()) write_overhead(group, loads, reports);
  if (const auto notes = all_of(reports, &Report::notes); !notes.empty()) write_notes(group, notes, reports);
}

}  // namespace

void write_detections(Group& root, const DetectionReports& reports) {
  Group group = root.group("detection");
  group.attribute("stages", text::mapped(reports, [](const auto& made) { return made.first; }));
  write_detections(group, all_of(reports, &DetectionReport::detections), reports);
  write_beside_scores(group, reports);
}

void write_evaluation(Group& root, const Reports& reports) {
  Group group = root.group("evaluation");
  const std::vector<std::string> devices = names_of_devices(group, reports);
  group.attribute("stages", text::mapped(reports, [](const auto& made) { return made.first; }));
  group.attribute("devices", devices);
  const auto scores = all_of(reports, &EvaluationReport::scores);
  write_scores(group, scores, reports);
  write_per_device(group, scores, devices);
  write_beside_scores(group, reports);
  if (const auto lines = all_of(reports, &EvaluationReport::lines); !lines.empty())
    write_lines(group, lines, reports);
  write_predictions(group, reports, devices);
}

}  // namespace ipet::storage
