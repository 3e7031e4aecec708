#include "stages/interchange/csv_writer.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <stdexcept>
#include <variant>
#include <vector>

#include "stages/interchange/csv_file.hpp"
#include "stages/report/detection_columns.hpp"
#include "stages/report/score_columns.hpp"
#include "stages/report/summary.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::interchange {

using storage::StorageError;

namespace {

/// Reports by stage.
using Reports = std::map<std::string, evaluation::EvaluationReport>;
using DetectionReports = std::map<std::string, evaluation::DetectionReport>;

using evaluation::Score;
using Row = defence::Overhead::Row;

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();  // an empty cell
constexpr std::string_view cost_columns =
    "intensity,payload_bytes_per_second,highest_payload_bytes_per_second,wire_bytes_per_second,"
    "overhead_percent,peak_second_bytes,over_budget_devices";
constexpr std::string_view prediction_columns =
    "stage,defence,variant,level,attacker,seed,view,capture,device,start,day,truth,predicted";
constexpr std::string_view delay_columns =
    "delay_p50_seconds,delay_p95_seconds,delay_p99_seconds,delay_most_seconds,unsent_bytes,misdirected_bytes";

void names(CsvFile& out, std::string_view list) {
  for (std::size_t at = 0, end = 0; end != list.npos; at = end + 1) {
    end = list.find(',', at);
    out.cell(list.substr(at, end - at));
  }
}

/// A column `sweep_NAME` for each axis of the sweep that the run is of. All reports are of one run.
void point_names(CsvFile& out, const auto& reports) {
  if (reports.empty()) return;
  for (const evaluation::AxisValue& axis : reports.begin()->second.point) out.cell("sweep_" + axis.name);
}
void point(CsvFile& out, const auto& reports) {
  for (const evaluation::AxisValue& axis : reports.begin()->second.point)
    std::visit([&](const auto& value) { out.cell(value); }, axis.value);
}

void delays(CsvFile& out, const defence::DelayHistogram& delays, std::uint64_t unsent,
            std::uint64_t misdirected) {
  for (const double share : {0.5, 0.95, 0.99}) out.cell(delays.quantile(share));
  out.cell(delays.maximum()).cell(unsent).cell(misdirected);
}

/// What the defence of a score cost; empty cells where nobody said.
void cost(CsvFile& out, const evaluation::Cost* cost) {
  if (cost == nullptr) {
    for (int i = 0; i < 7 + 6; ++i) out.cell(nothing);
    return;
  }
  out.cell(cost->intensity).cell(cost->payload_bytes_per_second).cell(cost->highest_payload_bytes_per_second);
  out.cell(cost->wire_bytes_per_second).cell(cost->percent).cell(cost->peak_second).cell(cost->over_budget);
  delays(out, evaluation::delays_of(cost->overhead), evaluation::unsent_bytes_of(cost->overhead),
         evaluation::misdirected_bytes_of(cost->overhead));
}

void recalls(CsvFile& out, const Score& score, const std::vector<std::string>& known,
             const std::vector<std::string>& devices) {
  for (const std::string& device : devices) {
    const auto at = static_cast<std::size_t>(std::ranges::find(known, device) - known.begin());
    out.cell(at < score.recall.size() ? score.recall[at] : nothing);
  }
}

/// Throws std::invalid_argument where names of devices collide (evaluation::all_devices).
void write_scores(CsvFile& out, const Reports& reports, bool header) {
  const std::vector<std::string> devices = evaluation::all_devices(reports);
  if (header) {
    point_names(out, reports);
    out.cell("stage");
    evaluation::each_score_column([&](const char* name, const char*, auto) { out.cell(name); });
    names(out, cost_columns);
    names(out, delay_columns);
    for (const std::string& device : devices) out.cell("recall_" + device);
    out.end_row();
  }
  for (const auto& [stage, report] : reports) {
    for (const Score& score : report.scores) {
      point(out, reports);
      out.cell(stage);
      evaluation::each_score_column([&](const char*, const char*, auto member) { out.cell(score.*member); });
      cost(out, evaluation::cost_of(report.costs, score.defence, score.variant));
      recalls(out, score, report.devices, devices);
      out.end_row();
    }
  }
}

void write_detections(CsvFile& out, const DetectionReports& reports, bool header) {
  if (header) {
    point_names(out, reports);
    out.cell("stage").cell("game");
    evaluation::each_detection_column(
        [&](const std::string& name, const char*, const auto&) { out.cell(name); });
    names(out, "lines");
    names(out, cost_columns);
    names(out, delay_columns);
    out.end_row();
  }
  for (const auto& [stage, report] : reports)
    for (const evaluation::Detection& row : report.detections) {
      point(out, reports);
      out.cell(stage).cell(report.game);
      evaluation::each_detection_column([&](const std::string&, const char*, const auto& get) {
        if constexpr (std::is_same_v<decltype(get(row)), bool>)
          out.cell(get(row) ? 1 : 0);
        else
          out.cell(get(row));
      });
      const evaluation::Cost* of = evaluation::cost_of(report.costs, row.defence, row.variant);
      out.cell(of->overhead.rows.size());
      cost(out, of);
      out.end_row();
    }
}

/// All answers of one attacker; `place`: of the report's devices in the columns of probabilities.
void predictions(CsvFile& out, const Reports& reports, const std::string& stage,
                 const evaluation::EvaluationReport& report, const evaluation::Answers& of,
                 const std::vector<std::size_t>& place, std::size_t columns) {
  const Score& score = report.scores.at(of.score);
  const evaluation::TestRows& rows = report.predictions->rows.at(of.rows);
  for (std::size_t i = 0; i < of.size(); ++i) {
    const std::size_t row = of.row_of(i);
    point(out, reports);
    out.cell(stage).cell(score.defence).cell(score.variant).cell(score.level).cell(score.attacker);
    out.cell(of.seed).cell(rows.view).cell(rows.captures.at(rows.capture.at(row)));
    out.cell(report.devices.at(rows.device.at(row)));
    out.cell(traffic::time_text(rows.start.at(row))).cell(traffic::time_text(rows.day.at(row)));
    out.cell(report.devices.at(report.predictions->truth_of(of, i))).cell(report.devices.at(of.named[i]));
    std::vector<float> cells(columns, of.probabilities.empty() ? std::numeric_limits<float>::quiet_NaN() : 0);
    for (std::size_t c = 0; c < of.classes && !of.probabilities.empty(); ++c)
      cells[place[c]] = of.probabilities.at(i * of.classes + c);
    for (const float cell : cells) out.cell(cell);
    out.end_row();
  }
}

/// Throws as write_scores does.
void write_predictions(CsvFile& out, const Reports& reports, bool header) {
  const std::vector<std::string> devices = evaluation::all_devices(reports);
  if (header) {
    point_names(out, reports);
    names(out, prediction_columns);
    for (const std::string& device : devices) out.cell("probability_" + device);
    out.end_row();
  }
  for (const auto& [stage, report] : reports) {
    if (report.predictions == nullptr) continue;
    std::vector<std::size_t> place;
    for (const std::string& device : report.devices)
      place.push_back(static_cast<std::size_t>(std::ranges::find(devices, device) - devices.begin()));
    for (const evaluation::Answers& of : report.predictions->answers)
      predictions(out, reports, stage, report, of, place, devices.size());
  }
}

void write_overhead(CsvFile& out, const auto& reports, bool header) {
  const std::pair<const char*, const defence::Count(Row::*)[2]> groups[] = {
      {"user", &Row::user}, {"dummy", &Row::dummy}, {"sent", &Row::sent}};
  if (header) {
    point_names(out, reports);
    names(out, "stage,defence,variant,device,seconds");
    for (const auto& [who, counts] : groups) {
      for (const char* direction : {"out", "in"}) {
        for (const char* what : {"packets", "payload_bytes", "wire_bytes"})
          out.cell(std::string(who) + "_" + direction + "_" + what);
      }
    }
    names(out, delay_columns);
    out.cell("exposed_minutes").end_row();
  }
  for (const auto& [stage, report] : reports) {
    for (const evaluation::Load& load : evaluation::loads_of(report)) {
      const Row& row = *load.counts;
      point(out, reports);
      out.cell(stage).cell(load.defence).cell(load.variant).cell(row.device).cell(row.seconds);
      for (const auto& [who, counts] : groups) {
        for (const defence::Count& count : row.*counts)
          out.cell(count.packets).cell(count.payload_bytes).cell(count.wire_bytes);
      }
      delays(out, row.delays, row.unsent_bytes, row.misdirected_bytes);
      out.cell(row.exposed_minutes).end_row();
    }
  }
}

}  // namespace

CsvWriter::CsvWriter(std::filesystem::path file, const CsvOptions& options)
    : file_(std::move(file)),
      claim_(file_),
      folder_(storage::prepare_folder_of(file_)),
      staging_(folder_, file_.string()),
      options_(options) {}

void CsvWriter::expect(Kind kind) {
  static constexpr const char* names[] = {"",        "perturbations", "an evaluation",
                                          "windows", "packets",       "a game"};
  if (kind_ != Kind::nothing && kind_ != kind)
    throw StorageError(file_.string() + ": holds " +
                       names[std::min(static_cast<int>(kind_), static_cast<int>(kind))] + " or " +
                       names[std::max(static_cast<int>(kind_), static_cast<int>(kind))] +
                       ", not both; give each a csv_writer of its own");
  kind_ = kind;
}

void CsvWriter::refuse_several_devices(std::size_t devices) const {
  if (options_.labels == Labels::never && devices > 1)
    throw StorageError(file_.string() + ": " + std::to_string(devices) +
                       " devices cannot be told apart without columns that name them (labels = \"never\")");
}

void CsvWriter::add(const defence::Perturbations& perturbations, const std::string& stage) {
  expect(Kind::perturbations);
  if (perturbations_)
    throw StorageError(file_.string() + ": stages '" + std::min(stage_, stage) + "' and '" +
                       std::max(stage_, stage) +
                       "' both give a value for it; give each a csv_writer of its own");
  refuse_several_devices(perturbations.chosen_devices().size());
  stage_ = stage;
  perturbations_ = perturbations;
}

void CsvWriter::add(const evaluation::EvaluationReport& report, const std::string& stage) {
  expect(Kind::evaluation);
  if (!reports_.emplace(stage, report).second)
    throw StorageError(file_.string() + ": stage '" + stage + "' gave two reports");
}

void CsvWriter::add(const evaluation::DetectionReport& report, const std::string& stage) {
  expect(Kind::game);
  if (options_.evaluation == EvaluationTable::predictions)
    throw StorageError(file_.string() +
                       ": a game keeps no single answers; take table = \"scores\" or \"overhead\"");
  if (!detections_.emplace(stage, report).second)
    throw StorageError(file_.string() + ": stage '" + stage + "' gave two reports");
}

void CsvWriter::add(const windows::WindowBatch& batch, const Position& position) {
  expect(Kind::windows);
  if (!streams_) streams_.emplace(folder_, file_.string());
  streams_->add(batch, position);
}

void CsvWriter::add(const traffic::DevicePackets& batch, const Position& position) {
  expect(Kind::packets);
  if (!streams_) streams_.emplace(folder_, file_.string());
  streams_->add(batch, position);
}

std::filesystem::path CsvWriter::commit(bool interrupted, const storage::Publisher& publish) {
  if (kind_ == Kind::nothing) return {};
  std::filesystem::path final = file_;
  std::error_code unknown;
  // The earlier file may be complete; a part of a result must not take its place.
  if (interrupted && std::filesystem::exists(file_, unknown)) final += ".interrupted";
  CsvFile out(final, staging_);
  write(out);
  storage::CompleteFiles files;
  out.hand_over(files);
  publish(final, files);
  return final;
}

void CsvWriter::write(CsvFile& out) {
  if (streams_) streams_->finish();
  if (perturbations_) write(out, *perturbations_);
  if (kind_ == Kind::evaluation) write_evaluation(out);
  if (kind_ == Kind::game && options_.evaluation == EvaluationTable::overhead)
    write_overhead(out, detections_, options_.header);
  else if (kind_ == Kind::game)
    write_detections(out, detections_, options_.header);
  if (kind_ == Kind::windows) write_windows(out);
  if (kind_ == Kind::packets) write_packets(out);
}

void CsvWriter::write(CsvFile& out, const defence::Perturbations& perturbations) const {
  const std::vector<std::string> names = perturbations.devices();
  const std::vector<std::size_t> devices = perturbations.chosen_devices();
  const bool labels =
      options_.labels == Labels::always || (options_.labels == Labels::automatic && devices.size() > 1);
  if (options_.header) {
    if (labels) out.cell("device").cell("sample").cell("slot");
    for (const char* name : windows::column_names) out.cell(name);
    out.end_row();
  }
  std::vector<std::uint16_t> sample(std::size_t{perturbations.slots()} * windows::columns);
  for (const std::size_t device : devices) {
    for (std::uint64_t index = 0; index < perturbations.num_samples; ++index) {
      perturbations.sample(device, index, sample);
      for (std::uint32_t slot = 0; slot < perturbations.slots(); ++slot) {
        if (labels) out.cell(names[device]).cell(index).cell(slot);
        for (std::size_t c = 0; c < windows::columns; ++c) out.cell(sample[slot * windows::columns + c]);
        out.end_row();
      }
    }
  }
}

void CsvWriter::write_evaluation(CsvFile& out) const {
  if (options_.evaluation == EvaluationTable::overhead) return write_overhead(out, reports_, options_.header);
  try {
    if (options_.evaluation == EvaluationTable::predictions)
      write_predictions(out, reports_, options_.header);
    else
      write_scores(out, reports_, options_.header);
  } catch (const std::invalid_argument& error) {
    throw StorageError(file_.string() + ": " + error.what());
  }
}

void CsvWriter::write_windows(CsvFile& out) {
  const std::uint32_t slots = std::max(streams_->slots(false), streams_->slots(true));
  for (const bool defended : {false, true}) {
    if (streams_->slots(defended) != 0 && streams_->slots(defended) != slots)
      throw StorageError(file_.string() + ": windows of " + std::to_string(streams_->slots(false)) +
                         " slots and defended ones of " + std::to_string(streams_->slots(true)) +
                         " cannot share one table");
  }
  if (options_.header) {
    for (const char* name : {"capture", "device", "defended", "start_ns", "silence"}) out.cell(name);
    for (std::uint32_t slot = 0; slot < slots; ++slot) {
      for (const char* name : windows::column_names) out.cell(std::string(name) + "_" + std::to_string(slot));
    }
    out.end_row();
  }
  const std::size_t width = std::size_t{slots} * windows::columns;
  for (const bool defended : {false, true}) {
    streams_->each_windows(defended, [&](const WindowRows& rows) {
      for (std::size_t i = 0; i < rows.start.size(); ++i) {
        out.cell(rows.capture).cell(rows.device).cell(defended ? 1 : 0);
        out.cell(rows.start[i]).cell(rows.silence[i]);
        for (const float value : rows.features.subspan(i * width, width)) out.cell(value);
        out.end_row();
      }
    });
  }
}

void CsvWriter::write_packets(CsvFile& out) {
  using traffic::DevicePacket;
  if (options_.header) {
    for (const char* name :
         {"capture", "device", "defended", "time_ns", "direction", "size", "protocol", "dummy"})
      out.cell(name);
    out.end_row();
  }
  for (const bool defended : {false, true}) {
    streams_->each_trace(defended, [&](const Trace& trace) {
      trace.each([&](std::span<const DevicePacket> packets) {
        for (const DevicePacket& packet : packets) {
          out.cell(trace.capture).cell(trace.device).cell(defended ? 1 : 0).cell(packet.time);
          out.cell(packet.direction == traffic::Direction::out ? "out" : "in").cell(packet.size);
          out.cell(packet.protocol == traffic::Protocol::tcp ? "tcp" : "udp").cell(packet.dummy ? 1 : 0);
          out.end_row();
        }
      });
    });
  }
}

}  // namespace ipet::interchange
