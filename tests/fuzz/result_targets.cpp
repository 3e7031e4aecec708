// Result files: whole HDF5 with contents that ipet would not have written, and damage that must not go
// unseen. Damaged HDF5 is HDF5's affair, and a child process meets it first (stages/storage); the tests of
// that folder damage bytes.
#include <algorithm>
#include <limits>

#include "stages/storage/handle.hpp"
#include "stages/storage/hdf5_reader.hpp"
#include "stages/traffic/time_range.hpp"
#include "tests/fuzz/result_editor.hpp"
#include "tests/fuzz/result_file.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {

namespace {

namespace fs = std::filesystem;
namespace h5 = storage::h5;
using storage::Stream;

/// Runs what reads; an error of the reader ends it.
template <class Read>
void attempt(const std::string& file, Read read) {
  try {
    read();
  } catch (const storage::StorageError& error) {
    require_line(error.what());
    require(std::string_view(error.what()).starts_with(file), "an error that does not name the file");
  }
}

void check_windows(const storage::Hdf5Reader& reader, const storage::StoredRows& rows) {
  const windows::WindowBatch batch = reader.read_windows(rows, 0, rows.count);
  require(batch.silence.size() == rows.count && batch.start.size() == rows.count,
          "not as many windows as rows");
  require(batch.features.size() == rows.count * batch.slots * windows::columns, "windows of another shape");
  require(std::ranges::all_of(batch.start, traffic::in_time_range), "a window at a time of no calendar");
}

void check_packets(const storage::Hdf5Reader& reader, const storage::StoredRows& rows) {
  const traffic::DevicePackets batch = reader.read_packets(rows, 0, rows.count);
  require(batch.packets.size() == rows.count, "not as many packets as rows");
  traffic::Nanoseconds newest = std::numeric_limits<traffic::Nanoseconds>::min();
  for (const traffic::DevicePacket& packet : batch.packets) {
    require(traffic::in_time_range(packet.time) && packet.time >= newest,
            "time goes back, or to no calendar");
    newest = packet.time;
  }
}

void read_streams(const storage::Hdf5Reader& reader, const std::string& file) {
  for (const Stream stream : streams) {
    attempt(file, [&] {
      for (const storage::StoredRows& rows : reader.rows(stream)) {
        constexpr std::uint64_t most = 100'000;  // a file may claim to have more rows than it stores
        if (rows.count > most) continue;
        if (stream == Stream::windows || stream == Stream::defended_windows)
          check_windows(reader, rows);
        else if (stream == Stream::packets || stream == Stream::mixed)
          check_packets(reader, rows);
        else
          require(reader.read_aggregates(rows, 0, rows.count).start.size() == rows.count, "other aggregates");
      }
    });
  }
}

void read_values(const storage::Hdf5Reader& reader, const std::string& file) {
  attempt(file, [&] { require_line(reader.contents()); });
  attempt(file, [&] {
    for (const std::string& stage : reader.models()) attempt(file, [&] { (void)reader.model(stage); });
  });
  attempt(file, [&] { (void)reader.generators(); });
  attempt(file, [&] { (void)reader.perturbations(); });
  attempt(file, [&] {
    for (const traffic::CaptureSummary& summary : reader.summaries())
      require(summary.devices.size() <= reader.devices().size() * 1000, "a summary of too many devices");
  });
}

/// The first byte says which file is edited.
void run_results(Bytes input) {
  constexpr std::size_t rarely = 32;  // a child process takes longer than all else
  Parts parts(input);
  const ResultFile& before = parts.byte() % 4 == 3 ? old_result_file() : result_file();
  const fs::path path = scratch_file("results.h5", before.editable);
  edit_result(path, before, parts.rest());
  const std::string file = path.string();
  if (input.size() % rarely != 0) forge_seal(path);
  attempt(file, [&] {
    const storage::Hdf5Reader reader(path, require_line);
    read_values(reader, file);
    read_streams(reader, file);
  });
  const h5::Library library;
  require(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL) == 0, "objects of HDF5 stay open");
}

/// All that can be read, for comparison.
class Everything {
 public:
  explicit Everything(const storage::Hdf5Reader& reader) {
    for (const Stream stream : streams) {
      for (const storage::StoredRows& rows : reader.rows(stream)) {
        text_ += rows.device;
        if (stream == Stream::windows || stream == Stream::defended_windows)
          add_features(reader.read_windows(rows, 0, rows.count));
        else if (stream == Stream::aggregates || stream == Stream::defended_aggregates)
          add_features(reader.read_aggregates(rows, 0, rows.count));
        else
          add_packets(reader.read_packets(rows, 0, rows.count));
      }
    }
    const fingerprint::TrainedModel model = reader.model("d");
    for (const fingerprint::NamedArray& array : model.parameters) add(array.values);
    const generator::GeneratorSet generators = reader.generators();
    for (const generator::Generator& made : generators.chains.at(0).generations.at(0).devices) {
      add(made.weight);
      add(made.bias);
    }
    for (const traffic::CaptureSummary& summary : reader.summaries())
      text_ += summary.capture_name + std::to_string(summary.unknown_packets);
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  template <class T>
  void add(const std::vector<T>& values) {
    text_.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  }
  template <class Batch>
  void add_features(const Batch& batch) {
    add(batch.features);
    add(batch.start);
  }
  void add_packets(const traffic::DevicePackets& batch) {
    for (const traffic::DevicePacket& packet : batch.packets)
      text_ += std::to_string(packet.time) + " " + std::to_string(packet.size) +
               (packet.direction == traffic::Direction::in ? "i" : "o") + (packet.dummy ? "d" : "u");
  }
  std::string text_;
};

/// Where bytes of a file were changed or cut off, it is refused, or nothing that is read is changed.
void run_damage(Bytes input) {
  constexpr int most_places = 8;
  static const std::string whole = [] {
    const fs::path path = scratch_file("whole.h5", result_file().bytes);
    return Everything(storage::Hdf5Reader(path)).text();
  }();
  std::vector<std::uint8_t> bytes = result_file().bytes;
  Parts parts(input);
  for (int i = 0; i < most_places && !parts.empty() && !bytes.empty(); ++i) {
    const std::size_t at = parts.number<std::uint32_t>() % bytes.size();
    const std::uint8_t change = parts.byte();
    if (change == 0)
      bytes.resize(at);
    else
      bytes[at] ^= change;
  }
  const fs::path path = scratch_file("damaged.h5", bytes);
  const storage::Walker nobody{{}, std::chrono::milliseconds(1)};  // HDF5 meets no damage that ipet knows of
  attempt(path.string(), [&] {
    const storage::Hdf5Reader reader(path, require_line, nobody);
    require(Everything(reader).text() == whole, "a damaged file gives other data, and nobody says so");
  });
}

}  // namespace

std::vector<Target> result_targets() {
  return {{"damage",
           "a result file in which some bytes were changed, or its end is gone",
           64,
           "",
           {"stages/storage/check_digest.", "stages/storage/seal.", "stages/storage/open_file."},
           run_damage},
          {"results",
           "a result file whose contents were edited through HDF5",
           512,
           "",
           {"stages/storage/read_", "stages/storage/hdf5_reader.", "stages/files/object_names."},
           run_results}};
}

}  // namespace ipet::fuzz
