// /windows, /aggregates, /packets, and those of defended traffic, in ranges of rows.
#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>
#include <tuple>

#include "stages/files/object_names.hpp"
#include "stages/storage/hdf5_reader.hpp"
#include "stages/storage/read_node.hpp"
#include "stages/storage/sections.hpp"
#include "stages/traffic/time_range.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::storage {

namespace {

bool is_packets(Stream stream) {
  return stream == Stream::packets || stream == Stream::mixed;
}

bool is_windows(Stream stream) {
  return stream == Stream::windows || stream == Stream::defended_windows;
}

/// Runs of equal (capture, device), gathered range by range.
class Runs {
 public:
  Runs(Stream stream, const ReadGroup& group, const std::vector<StoredDevice>& devices, std::size_t captures)
      : stream_(stream), group_(group), devices_(devices), captures_(captures) {}

  void add(std::uint32_t capture, std::uint16_t device) {
    if (rows_ == 0 || std::tie(capture, device) != std::tie(capture_, device_)) begin(capture, device);
    ++out_.back().count;
    ++rows_;
  }
  [[nodiscard]] std::vector<StoredRows> take() { return std::move(out_); }

 private:
  void begin(std::uint32_t capture, std::uint16_t device) {
    const std::string row = "row " + std::to_string(rows_) + ": ";
    if (rows_ > 0 && std::tie(capture, device) < std::tie(capture_, device_))
      group_.refuse(row + "not sorted by capture and device");
    if (capture >= captures_ || device >= devices_.size())
      group_.refuse(row + "capture " + std::to_string(capture) + " or device " + std::to_string(device) +
                    " does not exist");
    capture_ = capture;
    device_ = device;
    out_.push_back({stream_, capture, devices_[device].name, rows_, 0});
  }

  Stream stream_;
  const ReadGroup& group_;
  const std::vector<StoredDevice>& devices_;
  std::size_t captures_;
  std::uint64_t rows_ = 0;
  std::uint32_t capture_ = 0;
  std::uint16_t device_ = 0;
  std::vector<StoredRows> out_;
};

template <std::floating_point T>
void check_finite_rows(const ReadArray& array, const std::vector<T>& values, std::uint64_t first,
                       std::size_t width) {
  const auto finite = [](T value) { return std::isfinite(value); };
  const auto bad = std::ranges::find_if_not(values, finite);
  if (bad != values.end())
    array.refuse("row " + std::to_string(first + static_cast<std::size_t>(bad - values.begin()) / width) +
                 " is not a finite number");
}

/// The starts of windows or aggregates.
std::vector<traffic::Nanoseconds> read_starts(const ReadArray& array, std::uint64_t first,
                                              std::uint64_t count) {
  std::vector<traffic::Nanoseconds> starts = array.read<traffic::Nanoseconds>(first, count);
  const auto bad = std::ranges::find_if_not(starts, traffic::in_time_range);
  if (bad != starts.end())
    array.refuse("row " + std::to_string(first + static_cast<std::uint64_t>(bad - starts.begin())) +
                 " is before 1969 or after 2255");
  return starts;
}

void check_range(const StoredRows& rows, std::uint64_t first, std::uint64_t count) {
  if (first > rows.count || count > rows.count - first)
    throw std::logic_error("rows beyond those of '" + rows.device + "'");
}

/// What a batch of any stream says of its rows.
template <class Batch>
Batch labelled(const StoredCapture& capture, const StoredRows& rows,
               const std::shared_ptr<const std::vector<std::string>>& declared) {
  Batch batch;
  batch.capture = capture.number;
  batch.capture_name = capture.name;
  batch.device = std::make_shared<const std::string>(rows.device);
  batch.declared_devices = declared;
  batch.defended = rows.stream == Stream::defended_windows || rows.stream == Stream::mixed ||
                   rows.stream == Stream::defended_aggregates;
  return batch;
}

/// The numbers of one row, after checking what the group says of all of them.
std::vector<std::uint64_t> row_shape(const ReadGroup& group, Stream stream) {
  const auto length = [&](const char* name) {
    const auto seconds = group.number<double>(name);
    if (!(seconds > 0) || !std::isfinite(seconds))
      group.refuse_attribute(name, "is " + traffic::number_text(seconds) + " s");
  };
  if (!is_windows(stream)) {
    length("bin");
    return {windows::aggregate_columns};
  }
  length("omega");
  const auto slots = group.number<std::uint32_t>("slots");
  if (slots == 0) group.refuse_attribute("slots", "is 0");
  return {slots, windows::columns};
}

/// The compound of format 3.
h5::Type packet_type() {
  h5::Type type(H5Tcreate(H5T_COMPOUND, sizeof(PacketRow)));
  H5Tinsert(type.get(), "time_ns", offsetof(PacketRow, time_ns), H5T_NATIVE_INT64);
  H5Tinsert(type.get(), "size", offsetof(PacketRow, size), H5T_NATIVE_UINT32);
  H5Tinsert(type.get(), "direction", offsetof(PacketRow, direction), direction_type().get());
  H5Tinsert(type.get(), "protocol", offsetof(PacketRow, protocol), protocol_type().get());
  H5Tinsert(type.get(), "dummy", offsetof(PacketRow, dummy), bool_type().get());
  return type;
}

std::vector<PacketRow> read_packet_rows(const ReadTable& table, std::uint64_t first, std::uint64_t count) {
  if (table.compound() != nullptr) return table.compound()->records<PacketRow>(packet_type(), first, count);
  const auto time = table.column<std::int64_t>("time_ns", first, count);
  const auto size = table.column<std::uint32_t>("size", first, count);
  const auto direction = table.column<std::uint8_t>("direction", first, count),
             protocol = table.column<std::uint8_t>("protocol", first, count),
             dummy = table.column<std::uint8_t>("dummy", first, count);
  std::vector<PacketRow> rows;
  rows.reserve(time.size());
  for (std::size_t i = 0; i < time.size(); ++i)
    rows.push_back({time[i], size[i], direction[i], protocol[i], static_cast<std::int8_t>(dummy[i])});
  return rows;
}

}  // namespace

const char* group_of(Stream stream) {
  static constexpr const char* names[] = {"windows", "defended_windows", "packets",
                                          "mixed",   "aggregates",       "defended_aggregates"};
  return names[static_cast<int>(stream)];
}

std::vector<StoredRows> Hdf5Reader::rows(Stream stream) const {
  const h5::Library library;
  if (!root_->has(group_of(stream))) return {};
  return is_packets(stream) ? packet_rows(stream) : feature_rows(stream);
}

std::vector<StoredRows> Hdf5Reader::feature_rows(Stream stream) const {
  const ReadGroup group = root_->group(group_of(stream));
  const std::vector<std::string> names = group.array("captures").texts();
  const auto same = [](const std::string& name, const StoredCapture& capture) {
    return name == *capture.name;
  };
  if (!std::ranges::equal(names, captures_, same)) group.refuse("captures are not those of /captures/names");

  const ReadArray features = group.array("features"), capture = group.array("capture"),
                  device = group.array("device");
  const std::uint64_t count = features.rows();
  features.expect_rows_of(row_shape(group, stream));
  for (const char* column : {"device", "capture", "start"}) group.array(column).expect_shape({count});
  if (is_windows(stream)) group.array("silence").expect_shape({count});
  Runs runs(stream, group, devices_, captures_.size());
  constexpr std::uint64_t at_once = 1 << 16;
  for (std::uint64_t first = 0; first < count; first += at_once) {
    const std::uint64_t some = std::min(at_once, count - first);
    const auto captures = capture.read<std::uint32_t>(first, some);
    const auto devices = device.read<std::uint16_t>(first, some);
    for (std::size_t i = 0; i < some; ++i) runs.add(captures[i], devices[i]);
  }
  return runs.take();
}

/// Open while the reader is: opening takes as long as the dataset has chunks, and HDF5 keeps the chunks that
/// it decoded last with the open dataset.
struct Hdf5Reader::FeatureArrays {
  ReadArray features, start;
  std::optional<ReadArray> silence;
  std::uint32_t slots = 0;
  double seconds = 0;  ///< omega or bin
};

const Hdf5Reader::FeatureArrays& Hdf5Reader::arrays(Stream stream) const {
  std::shared_ptr<const FeatureArrays>& made = arrays_[stream];
  if (made) return *made;
  const ReadGroup group = root_->group(group_of(stream));
  auto open = std::make_shared<FeatureArrays>(
      FeatureArrays{group.array("features"), group.array("start"), std::nullopt});
  open->seconds = group.number<double>(is_windows(stream) ? "omega" : "bin");
  if (is_windows(stream)) {
    open->silence.emplace(group.array("silence"));
    open->slots = group.number<std::uint32_t>("slots");
  }
  return *(made = std::move(open));
}

windows::WindowBatch Hdf5Reader::read_windows(const StoredRows& rows, std::uint64_t first,
                                              std::uint64_t count) const {
  check_range(rows, first, count);
  const h5::Library library;
  const FeatureArrays& from = arrays(rows.stream);
  auto batch = labelled<windows::WindowBatch>(captures_.at(rows.capture), rows, declared_);
  batch.slots = from.slots;
  batch.omega = from.seconds;
  batch.features = from.features.read<float>(rows.first + first, count);
  // Files of earlier versions hold float32.
  batch.silence = from.silence->read<double>(rows.first + first, count);
  batch.start = read_starts(from.start, rows.first + first, count);
  root_->check_unchanged();
  check_finite_rows(from.features, batch.features, rows.first + first, batch.slots * windows::columns);
  check_finite_rows(*from.silence, batch.silence, rows.first + first, 1);
  return batch;
}

void Hdf5Reader::read_features(Stream stream, std::span<const std::uint64_t> rows, float* out) const {
  const h5::Library library;
  const FeatureArrays& from = arrays(stream);
  const std::size_t width = from.slots * windows::columns;
  const std::uint64_t chunk = from.features.chunk_rows();
  for (std::size_t begin = 0; begin < rows.size();) {
    // All that is wanted of one chunk in one go.
    std::size_t end = begin + 1;
    while (end < rows.size() && rows[end] / chunk == rows[begin] / chunk) ++end;
    const std::uint64_t first = rows[begin];
    const std::vector<float> some = from.features.read<float>(first, rows[end - 1] - first + 1);
    for (; begin < end; ++begin) out = std::copy_n(some.data() + (rows[begin] - first) * width, width, out);
  }
  root_->check_unchanged();
}

windows::AggregateBatch Hdf5Reader::read_aggregates(const StoredRows& rows, std::uint64_t first,
                                                    std::uint64_t count) const {
  check_range(rows, first, count);
  const h5::Library library;
  const FeatureArrays& from = arrays(rows.stream);
  auto batch = labelled<windows::AggregateBatch>(captures_.at(rows.capture), rows, declared_);
  batch.bin = from.seconds;
  batch.features = from.features.read<float>(rows.first + first, count);
  batch.start = read_starts(from.start, rows.first + first, count);
  root_->check_unchanged();
  check_finite_rows(from.features, batch.features, rows.first + first, windows::aggregate_columns);
  return batch;
}

std::vector<StoredRows> Hdf5Reader::packet_rows(Stream stream) const {
  const ReadGroup group = root_->group(group_of(stream));
  std::vector<StoredRows> out;
  for (const std::string& name : group.names()) {
    const ReadGroup capture = group.group(name);
    const auto row = capture.number<std::uint32_t>("capture");
    if (row >= captures_.size() || *captures_[row].name != decode_name(name))
      capture.refuse_attribute("capture", "is not its row of /captures/names");
    for (const std::string& device : capture.names())
      out.push_back({stream, row, decode_name(device), 0, capture.table(device).rows("time_ns")});
  }
  std::ranges::stable_sort(out, {}, &StoredRows::capture);
  return out;
}

const ReadTable& Hdf5Reader::packet_table(const StoredRows& rows) const {
  // As many as may be read at the same time; each keeps some chunks in memory.
  constexpr std::size_t most_open = 32;
  const auto key = std::tuple(rows.stream, rows.capture, rows.device);
  if (const auto open = packet_tables_.find(key); open != packet_tables_.end()) return *open->second;
  if (packet_tables_.size() >= most_open) packet_tables_.clear();
  const ReadGroup group =
      root_->group(group_of(rows.stream)).group(encode_name(*captures_.at(rows.capture).name));
  auto table = std::make_shared<const ReadTable>(group.table(encode_name(rows.device)));
  return *packet_tables_.emplace(key, std::move(table)).first->second;
}

traffic::DevicePackets Hdf5Reader::read_packets(const StoredRows& rows, std::uint64_t first,
                                                std::uint64_t count) const {
  check_range(rows, first, count);
  const h5::Library library;
  const StoredCapture& capture = captures_.at(rows.capture);
  const ReadTable& table = packet_table(rows);
  auto batch = labelled<traffic::DevicePackets>(capture, rows, declared_);
  const auto known = std::ranges::find(devices_, rows.device, &StoredDevice::name);
  if (known == devices_.end()) table.refuse("the device is not in /devices");
  batch.protect = known->protect;

  const std::vector<PacketRow> stored = read_packet_rows(table, first, count);
  root_->check_unchanged();
  batch.packets.reserve(stored.size());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const PacketRow& row = stored[i];
    const bool known_values =
        row.direction <= 1 && (row.protocol == 6 || row.protocol == 17) && (row.dummy == 0 || row.dummy == 1);
    if (!known_values)
      table.refuse("row " + std::to_string(first + i) + " has an unknown direction, protocol or dummy");
    if (!traffic::in_time_range(row.time_ns))
      table.refuse("row " + std::to_string(first + i) + " is before 1969 or after 2255");
    if (i > 0 && row.time_ns < stored[i - 1].time_ns)
      table.refuse("row " + std::to_string(first + i) + " is older than the row before it");
    batch.packets.push_back({row.time_ns, row.size, static_cast<traffic::Direction>(row.direction),
                             static_cast<traffic::Protocol>(row.protocol), row.dummy == 1});
  }
  return batch;
}

}  // namespace ipet::storage
