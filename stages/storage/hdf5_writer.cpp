#include "stages/storage/hdf5_writer.hpp"

#include <algorithm>
#include <limits>
#include <system_error>

#include "stages/files/object_names.hpp"
#include "stages/storage/packed_windows.hpp"
#include "stages/storage/sections.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::storage {

namespace {

Tables of(const std::vector<StoredTable>& tables, Stream stream) {
  const auto by_stream = [](const StoredTable& table) { return table.key.stream; };
  return {std::ranges::lower_bound(tables, stream, {}, by_stream),
          std::ranges::upper_bound(tables, stream, {}, by_stream)};
}

}  // namespace

Hdf5Writer::Hdf5Writer(std::filesystem::path file, int compression)
    : file_(std::move(file)),
      claim_(file_),
      staging_(prepare_folder_of(file_), file_.string()),
      compression_(compression),
      rows_(folder_of(file_), file_.string()) {}

void Hdf5Writer::check_window_shape(const windows::WindowBatch& batch) {
  std::optional<WindowShape>& shape = window_shape_[batch.defended ? 1 : 0];
  if (!shape) shape = WindowShape{batch.slots, batch.omega};
  if (shape->slots != batch.slots || shape->omega != batch.omega)
    throw StorageError(file_.string() + ": windows of " + std::to_string(shape->slots) + " slots of " +
                       traffic::number_text(shape->omega) + " s and of " + std::to_string(batch.slots) +
                       " slots of " + traffic::number_text(batch.omega) + " s cannot share one table");
  const std::size_t count = batch.start.size();
  if (batch.silence.size() != count || batch.features.size() != count * batch.slots * windows::columns)
    throw StorageError(file_.string() + ": windows of '" + *batch.device + "' with " + std::to_string(count) +
                       " starts, " + std::to_string(batch.silence.size()) + " silences and " +
                       std::to_string(batch.features.size()) + " features");
}

void Hdf5Writer::add(const windows::WindowBatch& batch, const Position& position) {
  check_window_shape(batch);
  directory_.add(batch.capture, *batch.capture_name, *batch.device, batch.declared_devices);
  const TableKey key{batch.defended ? Stream::defended_windows : Stream::windows, batch.capture,
                     *batch.capture_name, *batch.device};
  pack_windows(batch, packed_);
  rows_.add(key, position, batch.start.size(), {bytes_of(packed_)});
}

void Hdf5Writer::check_bin(const windows::AggregateBatch& batch) {
  std::optional<double>& bin = bin_[batch.defended ? 1 : 0];
  if (!bin) bin = batch.bin;
  if (*bin != batch.bin)
    throw StorageError(file_.string() + ": aggregates over " + traffic::number_text(*bin) + " s and over " +
                       traffic::number_text(batch.bin) + " s cannot share one table");
  if (batch.features.size() != batch.start.size() * windows::aggregate_columns)
    throw StorageError(file_.string() + ": aggregates of '" + *batch.device + "' with " +
                       std::to_string(batch.start.size()) + " starts and " +
                       std::to_string(batch.features.size()) + " features");
}

void Hdf5Writer::add(const windows::AggregateBatch& batch, const Position& position) {
  check_bin(batch);
  directory_.add(batch.capture, *batch.capture_name, *batch.device, batch.declared_devices);
  const TableKey key{batch.defended ? Stream::defended_aggregates : Stream::aggregates, batch.capture,
                     *batch.capture_name, *batch.device};
  rows_.add(key, position, batch.start.size(), {bytes_of(batch.features), bytes_of(batch.start)});
}

void Hdf5Writer::add(const traffic::DevicePackets& batch, const Position& position) {
  directory_.add(batch.capture, *batch.capture_name, *batch.device, batch.declared_devices);
  if (!batch.protect) directory_.add_unprotected(*batch.device);
  std::vector<PacketRow> rows;
  rows.reserve(batch.packets.size());
  for (const traffic::DevicePacket& packet : batch.packets)
    rows.push_back({packet.time, packet.size, static_cast<std::uint8_t>(packet.direction),
                    static_cast<std::uint8_t>(packet.protocol),
                    static_cast<std::int8_t>(packet.dummy ? 1 : 0)});
  const TableKey key{batch.defended ? Stream::mixed : Stream::packets, batch.capture, *batch.capture_name,
                     *batch.device};
  rows_.add(key, position, rows.size(), {bytes_of(rows)});
}

void Hdf5Writer::add(const fingerprint::TrainedModel& model, const std::string& stage) {
  if (!models_.try_emplace(stage, model).second)
    throw StorageError(file_.string() + ": stage '" + stage + "' gave two models");
}

template <class Value>
void Hdf5Writer::keep(std::optional<Made<Value>>& into, const Value& value, const std::string& stage,
                      const char* what) {
  if (into)
    throw StorageError(file_.string() + ": stages '" + std::min(into->stage, stage) + "' and '" +
                       std::max(into->stage, stage) + "' both give " + what + "; write them to two files");
  into = Made<Value>{stage, value};
}

void Hdf5Writer::add(const generator::GeneratorSet& generators, const std::string& stage) {
  keep(generators_, generators, stage, "generators");
}
void Hdf5Writer::add(const defence::Perturbations& perturbations, const std::string& stage) {
  keep(perturbations_, perturbations, stage, "perturbations");
}
template <class Report>
void Hdf5Writer::keep(std::map<std::string, Report>& into, const Report& report, const std::string& stage) {
  if (!into.try_emplace(stage, report).second)
    throw StorageError(file_.string() + ": stage '" + stage + "' gave two reports");
}

void Hdf5Writer::add(const evaluation::EvaluationReport& report, const std::string& stage) {
  keep(reports_, report, stage);
}
void Hdf5Writer::add(const evaluation::DetectionReport& report, const std::string& stage) {
  keep(detections_, report, stage);
}

std::filesystem::path Hdf5Writer::commit(const RunFacts& facts, const Publisher& publish) {
  const h5::Library library;
  DiskFile disk(staging_, file_.string());
  Target target{disk, compression_};
  const h5::PropertyList access = disk.access();
  h5::File file(H5Fcreate(disk.path().c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()));
  disk.check();
  if (file.get() < 0) h5::fail(file_.string(), "", "create");
  {
    Group root(target, "/", h5::GroupId(H5Gopen2(file.get(), "/", H5P_DEFAULT)));
    write(root, facts);
    const std::vector<DatasetDigest> digests = target.digests;
    disk.end_raw();
    write_digests(root, digests);
  }
  const bool closed = file.close();
  disk.check();
  if (!closed) h5::fail(file_.string(), "", "close");
  disk.seal();
  // The earlier file may be complete; a part of a result must not take its place.
  std::filesystem::path final = file_;
  std::error_code unknown;
  if (facts.interrupted && std::filesystem::exists(file_, unknown)) final += ".interrupted";
  publish(final, {{final, disk.hand_over()}});
  return final;
}

void Hdf5Writer::write(Group& root, const RunFacts& facts) {
  directory_.finish(file_.string());
  const std::vector<StoredTable> tables = rows_.tables();
  const Tables clean = of(tables, Stream::windows);
  write_provenance(root, facts);
  write_directory(root, directory_, clean);
  const auto windows = [&](const char* name, Stream stream, const std::optional<WindowShape>& shape) {
    if (shape) write_windows(root, name, directory_, rows_, of(tables, stream), shape->slots, shape->omega);
  };
  windows("windows", Stream::windows, window_shape_[0]);
  windows("defended_windows", Stream::defended_windows, window_shape_[1]);
  const auto aggregates = [&](const char* name, Stream stream, const std::optional<double>& bin) {
    if (bin) write_aggregates(root, name, directory_, rows_, of(tables, stream), *bin);
  };
  aggregates("aggregates", Stream::aggregates, bin_[0]);
  aggregates("defended_aggregates", Stream::defended_aggregates, bin_[1]);
  write_packets(root, "packets", directory_, rows_, of(tables, Stream::packets));
  write_packets(root, "mixed", directory_, rows_, of(tables, Stream::mixed));
  if (!models_.empty()) {
    Group models = root.group("models");
    for (const auto& [stage, model] : models_) write_model(models, stage, model);
  }
  if (generators_) write_generators(root, generators_->stage, generators_->value);
  if (perturbations_) write_perturbations(root, perturbations_->stage, perturbations_->value);
  if (!reports_.empty()) write_evaluation(root, reports_);
  if (!detections_.empty()) write_detections(root, detections_);

  std::map<std::string, std::uint64_t> windows_of;
  for (const StoredTable& table : clean) windows_of[table.key.device] += table.rows;
  without_windows_.clear();
  for (const std::string& device : directory_.devices()) {
    if (window_shape_[0] && windows_of[device] == 0) without_windows_.push_back(device);
  }
}

}  // namespace ipet::storage
