#include "stages/interchange/csv_writer.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/interchange/csv_evaluation.hpp"
#include "stages/interchange/csv_file.hpp"

namespace ipet::interchange {

using storage::StorageError;

CsvWriter::CsvWriter(std::filesystem::path file, const CsvOptions& options)
    : file_(std::move(file)),
      claim_(file_),
      folder_(storage::prepare_folder_of(file_)),
      staging_(folder_, file_.string()),
      options_(options) {}

void CsvWriter::expect(Kind kind) {
  static constexpr const char* names[] = {"", "perturbations", "an evaluation", "windows", "packets"};
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
