#include "stages/interchange/npy_writer.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "pipeline/text/numbers.hpp"
#include "stages/files/object_names.hpp"
#include "stages/interchange/npy_file.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::interchange {

namespace {

namespace fs = std::filesystem;
using storage::StorageError;
using Json = nlohmann::ordered_json;
using windows::Column;

/// Where each column of the published implementation stands in ours.
constexpr std::size_t published_columns[windows::columns] = {Column::in_packets, Column::in_bytes,
                                                             Column::out_packets, Column::out_bytes};
const std::vector<std::string> trace_columns = {"direction", "dummy", "size", "time"};

std::vector<std::string> slot_columns() {
  std::vector<std::string> names;
  for (const std::size_t column : published_columns) names.emplace_back(windows::column_names[column]);
  return names;
}

/// Slots of ours as float64 in the published order.
template <class T>
void append_slots(NpyFile& file, std::span<const T> slots, std::vector<double>& buffer) {
  buffer.clear();
  for (std::size_t at = 0; at < slots.size(); at += windows::columns) {
    for (const std::size_t column : published_columns)
      buffer.push_back(static_cast<double>(slots[at + column]));
  }
  file.append(buffer);
}

/// Text that is not UTF-8 (of file names) shows its bytes.
std::string json_text(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// The generation that all samples come from, or "ensemble".
std::string generation_text(const defence::Perturbations& perturbations) {
  const auto generation = perturbations.fixed_generation();
  return generation ? std::to_string(*generation) : "ensemble";
}

/// The files of one commit: all are written before the first gets its name.
class Commit {
 public:
  Commit(fs::path folder, storage::Staging& staging) : folder_(std::move(folder)), staging_(staging) {}

  void arrays_of_windows(StreamStore& streams, bool defended) {
    const std::uint32_t slots = streams.slots(defended);
    if (slots == 0) return;
    const std::string folder = defended ? "defended/" : "";
    const std::string features_name = folder + "new_features_main.npy",
                      silence_name = folder + "new_silences.npy", label_name = folder + "new_labels.npy";
    NpyFile features = make(features_name, {slots, windows::columns}), silence = make(silence_name, {}),
            labels = make(label_name, {});
    std::vector<double> buffer;
    streams.each_windows(defended, [&](const WindowRows& rows) {
      append_slots(features, rows.features, buffer);
      silence.append(rows.silence);
      buffer.assign(rows.start.size(), static_cast<double>(rows.device_number));
      labels.append(buffer);
    });
    finish(std::move(features), features_name,
           {{"columns", slot_columns()}, {"omega", streams.omega(defended)}, {"defended", defended}});
    finish(std::move(silence), silence_name, {{"unit", "s"}, {"defended", defended}});
    finish(std::move(labels), label_name, {{"unit", "row of devices.txt"}, {"defended", defended}});
  }
  void arrays_of_traces(StreamStore& streams, bool defended) {
    streams.each_trace(defended, [&](const Trace& trace) {
      const std::string name = std::string(defended ? "mixed/" : "packets/") + file_name_of(trace.capture) +
                               "/" + file_name_of(trace.device) + ".npy";
      NpyFile file = make(name, {trace_columns.size()});
      std::vector<double> buffer;
      trace.each([&](std::span<const traffic::DevicePacket> packets) {
        buffer.clear();
        for (const traffic::DevicePacket& packet : packets) {
          buffer.push_back(packet.direction == traffic::Direction::out ? 1 : -1);
          buffer.push_back(packet.dummy ? 1 : 0);
          buffer.push_back(packet.size);
          buffer.push_back(static_cast<double>(packet.time - trace.capture_start) /
                           static_cast<double>(traffic::second));
        }
        file.append(buffer);
      });
      finish(std::move(file), name,
             {{"columns", trace_columns},
              {"capture", trace.capture},
              {"device", trace.device},
              {"start_ns", trace.capture_start}});
    });
  }
  void perturbations(const defence::Perturbations& perturbations, const std::string& stage) {
    const std::vector<std::string> names = perturbations.devices();
    const std::string generation = generation_text(perturbations);
    const std::size_t width = std::size_t{perturbations.slots()} * windows::columns;
    std::vector<std::uint16_t> sample(width);
    std::vector<double> buffer;
    for (const std::size_t device : perturbations.chosen_devices()) {
      const std::string name = file_name_of(names[device]) + "_" + generation + ".npy";
      NpyFile file = make(name, {windows::columns});
      for (std::uint64_t index = 0; index < perturbations.num_samples; ++index) {
        perturbations.sample(device, index, sample);
        append_slots(file, std::span<const std::uint16_t>(sample), buffer);
      }
      Json facts = {
          {"columns", slot_columns()},      {"device", names[device]}, {"slots", perturbations.slots()},
          {"omega", perturbations.omega()}, {"stage", stage},          {"seed", perturbations.seed}};
      if (const auto chain = perturbations.fixed_chain()) facts["chain"] = *chain;
      if (const auto fixed = perturbations.fixed_generation()) facts["generation"] = *fixed;
      finish(std::move(file), name, std::move(facts));
    }
  }
  void names_of_devices(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += name + "\n";
    text_file("devices.txt", text);
    contents_["devices"] = names;
  }
  storage::CompleteFiles finish() {
    text_file("contents.json", json_text(contents_));
    return std::move(files_);
  }

 private:
  NpyFile make(const std::string& name, std::vector<std::uint64_t> row_shape) {
    if (!made_.insert(name).second)
      throw StorageError((folder_ / name).string() + ": two results would have this name");
    return {folder_ / name, staging_, std::move(row_shape)};
  }
  void finish(NpyFile file, const std::string& name, Json facts) {
    Json entry = {{"shape", file.shape()}};
    entry.update(facts);
    contents_["files"][name] = std::move(entry);
    file.hand_over(files_);
  }
  void text_file(const std::string& name, const std::string& text) {
    storage::OutputFile file(folder_ / name, staging_);
    file.write(text);
    file.hand_over(files_);
  }

  fs::path folder_;
  storage::Staging& staging_;
  storage::CompleteFiles files_;
  Json contents_ = Json::object();
  std::set<std::string> made_;
};

fs::path prepared(const fs::path& folder) {
  storage::prepare_folder_of(folder / "contents.json");
  return folder;
}

}  // namespace

std::string file_name_of(std::string_view name) {
  constexpr std::size_t longest = 200;
  std::string encoded = storage::encode_name(name);
  if (encoded.size() <= longest) return encoded;
  const std::string checksum =
      text::format("~%llx", static_cast<unsigned long long>(traffic::StreamKey(0).with(name).word()));
  // Not within a character of several bytes, nor within an encoded one.
  std::size_t end = longest - checksum.size();
  while (end > 0 && (static_cast<unsigned char>(encoded[end]) & 0xC0) == 0x80) --end;
  if (encoded[end - 1] == '%') end -= 1;
  if (encoded[end - 2] == '%') end -= 2;
  return encoded.substr(0, end) + checksum;
}

NpyWriter::NpyWriter(fs::path folder)
    : folder_(std::move(folder)),
      claim_(folder_),
      staging_(prepared(folder_), folder_.string()),
      streams_(folder_, folder_.string()) {}

void NpyWriter::add(const defence::Perturbations& perturbations, const std::string& stage) {
  if (perturbations_)
    throw StorageError(folder_.string() + ": stages '" + std::min(stage_, stage) + "' and '" +
                       std::max(stage_, stage) + "' both give perturbations; write them to two folders");
  perturbations_ = perturbations;
  stage_ = stage;
}

fs::path NpyWriter::commit(bool interrupted, const storage::Publisher& publish) {
  fs::path folder = folder_;
  std::error_code unknown;
  if (interrupted && fs::exists(folder_ / "contents.json", unknown)) folder += ".interrupted";
  streams_.finish();
  Commit files(folder, staging_);
  for (const bool defended : {false, true}) {
    files.arrays_of_windows(streams_, defended);
    files.arrays_of_traces(streams_, defended);
  }
  if (perturbations_) files.perturbations(*perturbations_, stage_);
  if (!streams_.devices().empty()) files.names_of_devices(streams_.devices());
  publish(folder, files.finish());
  return folder;
}

}  // namespace ipet::interchange
