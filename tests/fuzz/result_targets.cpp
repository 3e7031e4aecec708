// Result files: whole HDF5 with contents that ipet would not have written. Damaged HDF5 is HDF5's affair, and
// a child process meets it first (stages/storage); the tests of that folder damage bytes.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>

#include "stages/storage/handle.hpp"
#include "stages/storage/result_reader.hpp"
#include "stages/storage/result_writer.hpp"
#include "stages/storage/seal.hpp"
#include "stages/traffic/time_range.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {

namespace {

namespace fs = std::filesystem;
namespace h5 = storage::h5;
using storage::Stream;

constexpr Stream streams[] = {Stream::windows, Stream::defended_windows, Stream::packets, Stream::mixed,
                              Stream::aggregates};

std::shared_ptr<const std::string> shared(const char* text) {
  return std::make_shared<const std::string>(text);
}

template <class Batch>
Batch labelled(const char* device, bool defended) {
  Batch batch;
  batch.capture_name = shared("c");
  batch.device = shared(device);
  batch.defended = defended;
  return batch;
}

windows::WindowBatch some_windows(const char* device, bool defended) {
  auto batch = labelled<windows::WindowBatch>(device, defended);
  batch.slots = 3;
  batch.omega = 0.5;
  for (int i = 0; i < 4; ++i) {
    for (std::size_t column = 0; column < 3 * windows::columns; ++column)
      batch.features.push_back(static_cast<float>(column));
    batch.silence.push_back(0.25);
    batch.start.push_back(i * traffic::second);
  }
  return batch;
}

windows::AggregateBatch some_aggregates(const char* device) {
  auto batch = labelled<windows::AggregateBatch>(device, false);
  batch.bin = 900;
  batch.features.assign(2 * windows::aggregate_columns, 1.5F);
  batch.start = {0, traffic::second};
  return batch;
}

traffic::DevicePackets some_packets(const char* device, bool defended) {
  auto batch = labelled<traffic::DevicePackets>(device, defended);
  for (int i = 0; i < 5; ++i)
    batch.packets.push_back({1000 * i, 7, i % 2 == 1 ? traffic::Direction::in : traffic::Direction::out,
                             traffic::Protocol::tcp, defended && i == 3});
  return batch;
}

fingerprint::TrainedModel some_model() {
  fingerprint::TrainedModel model;
  model.model = "lstm";
  model.classes = {"plug", "camera"};
  model.split.mode = "random";
  model.parameters = {{"w", {2, 1}, {1, 2}}};
  return model;
}

std::shared_ptr<generator::GeneratorSet> some_generators() {
  auto set = std::make_shared<generator::GeneratorSet>();
  set->devices = {"plug"};
  set->slots = 2;
  set->omega = 0.5;
  set->max_packets_per_omega = 4;
  set->max_payload_per_omega = 100;
  set->rows = "free";
  generator::Generator made;
  made.weight.assign(generator::latent_size * 8, 0.5F);
  made.bias.assign(8, 0.0F);
  set->chains = {{{{{made}, {}, 0}}}};
  return set;
}

traffic::CaptureSummary some_summary() {
  traffic::CaptureSummary summary;
  summary.capture_name = "c";
  for (const char* device : {"camera", "plug"})
    summary.devices.push_back({device, "02:00:00:00:00:0a", 5, 35});
  summary.unknown_packets = 3;
  summary.unknown = {"192.168.1.9"};
  summary.networks = {"2001:db8::/64"};
  return summary;
}

/// A file with one of everything that can be read back.
void write_everything(const fs::path& file) {
  storage::ResultWriter writer(file, 4);
  writer.add(some_model(), "d");
  const auto generators = some_generators();
  writer.add(*generators, "generators");
  defence::Perturbations perturbations;
  perturbations.generators = generators;
  perturbations.num_samples = 3;
  writer.add(perturbations, "perturbations");
  writer.add(some_summary());
  std::uint64_t number = 0;
  for (const char* device : {"camera", "plug"}) {
    writer.add(some_windows(device, false), {"x", number});
    writer.add(some_windows(device, true), {"x", number + 1});
    writer.add(some_aggregates(device), {"x", number + 2});
    writer.add(some_packets(device, false), {"x", number + 3});
    writer.add(some_packets(device, true), {"x", number + 4});
    number += 5;
  }
  storage::RunFacts facts;
  facts.name = "made";
  facts.definition = "schema = 1\n";
  facts.command_line = "ipet run made.toml";
  facts.version = "0.1.0";
  facts.created = "2026-01-02T03:04:05Z";
  facts.plugins = {{"pcap_reader", "1.0", "plugins/pcap_reader.so", "00ff"}};
  facts.inputs = {{"a.pcap", 123, "aa"}};
  writer.commit(facts);
}

struct Named {
  std::string object, attribute;
};

/// What edits choose from.
struct Base {
  std::vector<std::uint8_t> bytes;     ///< as ipet wrote it
  std::vector<std::uint8_t> editable;  ///< without digests of its datasets, which would refuse every edit
  std::vector<std::string> objects, datasets;
  std::vector<Named> attributes;
};

herr_t note_attribute(hid_t, const char* name, const H5A_info_t*, void* into) {
  static_cast<std::vector<std::string>*>(into)->emplace_back(name);
  return 0;
}

void list(hid_t file, const std::string& path, Base& base) {
  const h5::Object object(H5Oopen(file, path.c_str(), H5P_DEFAULT));
  base.objects.push_back(path);
  std::vector<std::string> names;
  hsize_t at = 0;
  H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_INC, &at, note_attribute, &names);
  for (const std::string& name : names) base.attributes.push_back({path, name});
  if (H5Iget_type(object.get()) == H5I_DATASET) return base.datasets.push_back(path);
  const auto link = [](hid_t, const char* name, const H5L_info_t*, void* into) -> herr_t {
    static_cast<std::vector<std::string>*>(into)->emplace_back(name);
    return 0;
  };
  std::vector<std::string> links;
  H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, link, &links);
  for (const std::string& name : links) list(file, (path == "/" ? "" : path) + "/" + name, base);
}

/// Else edits would be made to a file that nobody reads.
void require_whole(const fs::path& path) {
  const storage::ResultReader reader(path);
  require(reader.model("d").parameters.size() == 1, "the file before the edits has lost its model");
  require(reader.generators().chains.size() == 1 && reader.perturbations().num_samples == 3,
          "the file before the edits has lost its generators");
  require(reader.summaries().size() == 1, "the file before the edits has lost its summary");
  for (const Stream stream : streams)
    require(reader.rows(stream).size() == 2, "the file before the edits has lost a stream");
}

std::vector<std::uint8_t> bytes_in(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const Base& base() {
  static const Base made = [] {
    Base out;
    const fs::path path = scratch() / "base.h5";
    write_everything(path);
    require_whole(path);
    out.bytes = bytes_in(path);
    {
      const h5::Library library;
      const h5::File file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
      require(H5Ldelete(file.get(), "/provenance/digests", H5P_DEFAULT) >= 0,
              "there are no digests to take off");
      list(file.get(), "/", out);
    }
    out.editable = bytes_in(path);
    return out;
  }();
  return made;
}

/// Ends a file as ipet does, as somebody could who means ill, so that it is read without a look at it by a
/// child.
void forge_seal(const fs::path& path) {
  const std::vector<std::uint8_t> bytes = bytes_in(path);
  const auto read = [&](std::uint64_t offset, char* into, std::size_t size) {
    if (offset + size > bytes.size()) return false;
    std::memcpy(into, bytes.data() + offset, size);
    return true;
  };
  std::ofstream(path, std::ios::binary | std::ios::app)
      << storage::seal_block(bytes.size(), {}, read, path.string());
}

bool holds_pointers(hid_t type) {
  return H5Tdetect_class(type, H5T_VLEN) > 0 || H5Tdetect_class(type, H5T_REFERENCE) > 0 ||
         H5Tis_variable_str(type) > 0 || H5Tget_class(type) == H5T_COMPOUND;
}
/// Whether bytes of its values can be changed at will. Compounds can, where none of their members points
/// anywhere.
bool is_plain(hid_t type) {
  if (H5Tget_class(type) != H5T_COMPOUND) return !holds_pointers(type);
  for (int i = 0; i < H5Tget_nmembers(type); ++i) {
    const h5::Type member(H5Tget_member_type(type, static_cast<unsigned>(i)));
    if (holds_pointers(member.get())) return false;
  }
  return true;
}

/// Edits a file through HDF5, as h5py would: what comes out is whole.
class Editor {
 public:
  Editor(const fs::path& path, Parts& parts)
      : file_(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT)), parts_(parts) {
    require(file_.get() >= 0, "the file before the edits is none of HDF5");
  }

  void edit() {
    switch (parts_.byte() % 8) {
      case 0:
      case 1:
        return change_values();
      case 2:
        H5Ldelete(file_.get(), object().c_str(), H5P_DEFAULT);
        return;
      case 3:
        return replace_dataset();
      case 4:
        return change_attribute();
      case 5:
        return replace_attribute();
      case 6:
        return relink();
      default:
        return copy();
    }
  }

 private:
  template <class List>
  const auto& chosen(const List& list) {
    return list[parts_.number<std::uint16_t>() % list.size()];
  }
  const std::string& object() { return chosen(base().objects); }
  const std::string& dataset() { return chosen(base().datasets); }

  void change(std::vector<std::uint8_t>& bytes) {
    if (bytes.empty()) return;
    const std::size_t at = parts_.number<std::uint16_t>() % bytes.size();
    const Bytes with = parts_.take(1 + parts_.byte() % 16);
    std::copy_n(with.begin(), std::min(with.size(), bytes.size() - at),
                bytes.begin() + static_cast<std::ptrdiff_t>(at));
  }

  void change_values() {
    const h5::Dataset data(H5Dopen2(file_.get(), dataset().c_str(), H5P_DEFAULT));
    if (data.get() < 0) return;
    const h5::Type type(H5Dget_type(data.get()));
    const h5::Space space(H5Dget_space(data.get()));
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    if (!is_plain(type.get()) || count < 0 || count > most_elements) return;
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count) * H5Tget_size(type.get()));
    if (H5Dread(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) return;
    change(bytes);
    H5Dwrite(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
  }

  void change_attribute() {
    const Named& one = chosen(base().attributes);
    const h5::Attribute attribute(
        H5Aopen_by_name(file_.get(), one.object.c_str(), one.attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT));
    if (attribute.get() < 0) return;
    const h5::Type type(H5Aget_type(attribute.get()));
    if (!is_plain(type.get())) return;
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(H5Aget_storage_size(attribute.get())));
    if (bytes.size() > most_elements || H5Aread(attribute.get(), type.get(), bytes.data()) < 0) return;
    change(bytes);
    H5Awrite(attribute.get(), type.get(), bytes.data());
  }

  h5::Type some_type() {
    const std::uint8_t choice = parts_.byte();
    const hid_t plain[] = {H5T_STD_I8LE,  H5T_STD_U16LE,  H5T_STD_U32BE,  H5T_STD_I64LE,
                           H5T_STD_U64LE, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_C_S1};
    if (choice % 4 != 0) {  // of another dataset
      const h5::Dataset other(H5Dopen2(file_.get(), dataset().c_str(), H5P_DEFAULT));
      if (other.get() >= 0) return h5::Type(H5Dget_type(other.get()));
    }
    h5::Type made(H5Tcopy(plain[choice / 4 % std::size(plain)]));
    if (H5Tget_class(made.get()) == H5T_STRING)
      H5Tset_size(made.get(), choice % 8 == 0 ? H5T_VARIABLE : 1 + choice);
    return made;
  }
  h5::Space some_space(unsigned& rank, hsize_t* size) {
    static constexpr hsize_t sizes[] = {
        0, 1, 2, 3, 4, 8, 1000, hsize_t{1} << 20, hsize_t{1} << 40, hsize_t{1} << 62};
    rank = parts_.byte() % 4;
    for (unsigned i = 0; i < rank; ++i) size[i] = sizes[parts_.byte() % std::size(sizes)];
    return h5::Space(rank == 0 ? H5Screate(H5S_SCALAR)
                               : H5Screate_simple(static_cast<int>(rank), size, nullptr));
  }

  void replace_dataset() {
    const std::string& path = dataset();
    const h5::Type type = some_type();
    unsigned rank = 0;
    hsize_t size[3] = {}, chunk[3] = {};
    const h5::Space space = some_space(rank, size);
    const h5::PropertyList how(H5Pcreate(H5P_DATASET_CREATE));
    if (rank > 0) {
      for (unsigned i = 0; i < rank; ++i) chunk[i] = 1 + parts_.byte() % 4;
      H5Pset_chunk(how.get(), static_cast<int>(rank), chunk);  // nothing is stored until it is written
    }
    H5Ldelete(file_.get(), path.c_str(), H5P_DEFAULT);
    const h5::Dataset made(
        H5Dcreate2(file_.get(), path.c_str(), type.get(), space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT));
  }

  void replace_attribute() {
    const Named& one = chosen(base().attributes);
    H5Adelete_by_name(file_.get(), one.object.c_str(), one.attribute.c_str(), H5P_DEFAULT);
    const std::uint8_t choice = parts_.byte();
    const h5::Object object(H5Oopen(file_.get(), one.object.c_str(), H5P_DEFAULT));
    if (choice % 3 == 0 || object.get() < 0) return;
    const h5::Type type(choice % 3 == 1 ? H5Tcopy(H5T_STD_I64LE) : H5Tcopy(H5T_IEEE_F64LE));
    const hsize_t size = choice / 3 % 3;
    const h5::Space space(size == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, nullptr));
    const h5::Attribute made(
        H5Acreate2(object.get(), one.attribute.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
    std::int64_t values[2] = {parts_.number<std::int64_t>(), 0};
    if (made.get() >= 0) H5Awrite(made.get(), type.get(), values);
  }

  void relink() {
    const std::string& from = object();
    const std::string& to = object();
    switch (parts_.byte() % 3) {
      case 0:
        H5Ldelete(file_.get(), to.c_str(), H5P_DEFAULT);
        H5Lmove(file_.get(), from.c_str(), file_.get(), to.c_str(), H5P_DEFAULT, H5P_DEFAULT);
        return;
      case 1:  // also of a group into itself
        H5Ldelete(file_.get(), to.c_str(), H5P_DEFAULT);
        H5Lcreate_hard(file_.get(), from.c_str(), file_.get(), to.c_str(), H5P_DEFAULT, H5P_DEFAULT);
        return;
      default:
        H5Ldelete(file_.get(), to.c_str(), H5P_DEFAULT);
        H5Lcreate_soft(from.c_str(), file_.get(), to.c_str(), H5P_DEFAULT, H5P_DEFAULT);
    }
  }

  /// Under another name in the same group, which the input chooses.
  void copy() {
    const std::string& from = object();
    std::string name(text_of(parts_.take(1 + parts_.byte() % 12)));
    std::erase_if(name, [](char c) { return c == '\0' || c == '/'; });
    if (name.empty() || name == "." || from == "/") return;
    const std::string to = from.substr(0, from.rfind('/') + 1) + name;
    H5Ocopy(file_.get(), from.c_str(), file_.get(), to.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  }

  static constexpr hssize_t most_elements = 1 << 16;
  h5::File file_;
  Parts& parts_;
};

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

void check_windows(const storage::ResultReader& reader, const storage::StoredRows& rows) {
  const windows::WindowBatch batch = reader.read_windows(rows, 0, rows.count);
  require(batch.silence.size() == rows.count && batch.start.size() == rows.count,
          "not as many windows as rows");
  require(batch.features.size() == rows.count * batch.slots * windows::columns, "windows of another shape");
  require(std::ranges::all_of(batch.start, traffic::in_time_range), "a window at a time of no calendar");
}

void check_packets(const storage::ResultReader& reader, const storage::StoredRows& rows) {
  const traffic::DevicePackets batch = reader.read_packets(rows, 0, rows.count);
  require(batch.packets.size() == rows.count, "not as many packets as rows");
  traffic::Nanoseconds newest = std::numeric_limits<traffic::Nanoseconds>::min();
  for (const traffic::DevicePacket& packet : batch.packets) {
    require(traffic::in_time_range(packet.time) && packet.time >= newest,
            "time goes back, or to no calendar");
    newest = packet.time;
  }
}

void read_streams(const storage::ResultReader& reader, const std::string& file) {
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

void read_values(const storage::ResultReader& reader, const std::string& file) {
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

void run_results(Bytes input) {
  constexpr int most_edits = 20;
  constexpr std::size_t rarely = 32;  // a child process takes longer than all else
  const fs::path path = scratch_file("results.h5", base().editable);
  const std::string file = path.string();
  {
    const h5::Library library;
    Parts parts(input);
    Editor editor(path, parts);
    for (int i = 0; i < most_edits && !parts.empty(); ++i) editor.edit();
  }
  if (input.size() % rarely != 0) forge_seal(path);
  attempt(file, [&] {
    const storage::ResultReader reader(path, require_line);
    read_values(reader, file);
    read_streams(reader, file);
  });
  const h5::Library library;
  require(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL) == 0, "objects of HDF5 stay open");
}

/// All that can be read, for comparison.
class Everything {
 public:
  explicit Everything(const storage::ResultReader& reader) {
    for (const Stream stream : streams) {
      for (const storage::StoredRows& rows : reader.rows(stream)) {
        text_ += rows.device;
        if (stream == Stream::windows || stream == Stream::defended_windows)
          add_features(reader.read_windows(rows, 0, rows.count));
        else if (stream == Stream::aggregates)
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
    const fs::path path = scratch_file("whole.h5", base().bytes);
    return Everything(storage::ResultReader(path)).text();
  }();
  std::vector<std::uint8_t> bytes = base().bytes;
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
    const storage::ResultReader reader(path, require_line, nobody);
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
           {"stages/storage/read_", "stages/storage/result_reader.", "stages/storage/names."},
           run_results}};
}

}  // namespace ipet::fuzz
