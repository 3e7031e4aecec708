// /evaluation: the reports of all stages that attack.
#include <algorithm>
#include <limits>

#include "stages/storage/sections.hpp"
#include "stages/storage/table.hpp"

namespace ipet::storage {

namespace {

using evaluation::EvaluationReport;
using evaluation::Score;

/// A row of one of the tables, and the stage that it comes from.
template <class Row>
struct Of {
  const std::string* stage;
  const EvaluationReport* report;
  const Row* row;
};

template <class Row>
auto all_of(const Reports& reports, const std::vector<Row>& (*rows_of)(const EvaluationReport&)) {
  std::vector<Of<Row>> all;
  for (const auto& [stage, report] : reports)
    for (const Row& row : rows_of(report)) all.push_back({&stage, &report, &row});
  return all;
}

std::vector<std::string> all_devices(const Reports& reports) {
  std::vector<std::string> devices;
  for (const auto& [stage, report] : reports) {
    for (const std::string& device : report.devices) {
      if (std::ranges::find(devices, device) == devices.end()) devices.push_back(device);
    }
  }
  return devices;
}

void write_scores(Group& group, const std::vector<Of<Score>>& rows) {
  const auto of = [&](auto Score::*member) {
    return column_of(rows, [member](const Of<Score>& of) { return of.row->*member; });
  };
  Table()
      .column("stage", "", column_of(rows, [](const Of<Score>& of) { return *of.stage; }))
      .column("defence", "", of(&Score::defence))
      .column("attacker", "", of(&Score::attacker))
      .column("windows", "windows or aggregates", of(&Score::windows))
      .column("accuracy", "", of(&Score::accuracy))
      .column("macro_f1", "", of(&Score::macro_f1))
      .column("majority", "", of(&Score::majority))
      .write(group, "scores");
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
}

void write_overhead(Group& group, const std::vector<Of<defence::Overhead::Row>>& rows) {
  using Row = defence::Overhead::Row;
  Table table;
  table.column("stage", "", column_of(rows, [](const Of<Row>& of) { return *of.stage; }));
  table.column("device", "", column_of(rows, [](const Of<Row>& of) { return of.row->device; }));
  table.column("seconds", "s", column_of(rows, [](const Of<Row>& of) { return of.row->seconds; }));
  const char* directions[] = {"out", "in"};
  for (const auto& [who, member] :
       {std::pair("user", &Row::user), std::pair("dummy", &Row::dummy), std::pair("sent", &Row::sent)}) {
    for (const int direction : {0, 1}) {
      const std::string prefix = std::string(who) + "_" + directions[direction] + "_";
      const auto count = [&](std::uint64_t defence::Count::*what) {
        return column_of(rows, [&](const Of<Row>& of) { return (of.row->*member)[direction].*what; });
      };
      table.column(prefix + "packets", "packets", count(&defence::Count::packets));
      table.column(prefix + "payload_bytes", "bytes", count(&defence::Count::payload_bytes));
      table.column(prefix + "wire_bytes", "bytes", count(&defence::Count::wire_bytes));
    }
  }
  const auto delay = [&](double share) {
    return column_of(rows, [share](const Of<Row>& of) { return of.row->delays.quantile(share); });
  };
  table.column("delay_p50", "s", delay(0.5));
  table.column("delay_p95", "s", delay(0.95));
  table.column("delay_p99", "s", delay(0.99));
  table.column("delay_most", "s",
               column_of(rows, [](const Of<Row>& of) { return of.row->delays.maximum(); }));
  table.column("unsent_bytes", "bytes",
               column_of(rows, [](const Of<Row>& of) { return of.row->unsent_bytes; }));
  table.column("misdirected_bytes", "bytes",
               column_of(rows, [](const Of<Row>& of) { return of.row->misdirected_bytes; }));
  table.write(group, "overhead");
}

}  // namespace

void write_evaluation(Group& root, const Reports& reports) {
  const std::vector<std::string> devices = all_devices(reports);
  Group group = root.group("evaluation");
  group.attribute("stages", column_of(reports, [](const auto& made) { return made.first; }));
  group.attribute("devices", devices);
  const auto scores =
      all_of<Score>(reports, [](const EvaluationReport& r) -> const std::vector<Score>& { return r.scores; });
  write_scores(group, scores);
  write_per_device(group, scores, devices);
  write_overhead(group,
                 all_of<defence::Overhead::Row>(
                     reports, [](const EvaluationReport& r) -> const std::vector<defence::Overhead::Row>& {
                       return r.overhead.rows;
                     }));
}

}  // namespace ipet::storage
