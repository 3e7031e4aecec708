// Reads back what Hdf5Writer writes: the schema is in stages/storage/README.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "stages/files/error.hpp"
#include "stages/files/row_store.hpp"
#include "stages/generator/generator_set.hpp"
#include "stages/generator/perturbations.hpp"
#include "stages/model/trained_model.hpp"
#include "stages/storage/open_file.hpp"
#include "stages/traffic/packet.hpp"
#include "stages/windows/aggregate.hpp"
#include "stages/windows/window.hpp"

namespace ipet::storage {

class ReadGroup;
class ReadArray;
class ReadTable;

/// A row of /devices.
struct StoredDevice {
  std::string name, mac;
  std::uint64_t packets = 0, bytes = 0, windows = 0;
  bool declared = false;  ///< by a devices file; else discovered
  bool protect = true;    ///< false: no cover traffic for it
};

/// The group of a stream below the root: "windows", "mixed" ...
const char* group_of(Stream stream);

/// A row of /captures: what batches of its streams carry.
struct StoredCapture {
  std::uint32_t number = 0;  ///< of the reader of the captures
  std::shared_ptr<const std::string> name;
};

/// All rows of one device in one capture, and where they are: in the one table of windows or aggregates
/// (first), or, of packets, in a table of their own (first = 0).
struct StoredRows {
  Stream stream = Stream::windows;
  std::uint32_t capture = 0;  ///< position in captures()
  std::string device;
  std::uint64_t first = 0, count = 0;
};

/// Several may read one file, each from any thread. All errors are StorageError, "FILE: /path: what is
/// wrong"; reading rows of a file that vanished or changed since it was opened is one. Memory: one value at a
/// time; streams come in ranges of rows.
class Hdf5Reader {
 public:
  /// Throws as check_format does, and when /devices or /captures is not what the schema says. `warn` hears of
  /// a file, and of datasets in it, that are not as ipet wrote them.
  explicit Hdf5Reader(const std::filesystem::path& file, const Warn& warn = {}, const Walker& walker = {});
  Hdf5Reader& operator=(Hdf5Reader&&) = delete;
  ~Hdf5Reader();

  /// Whether the root has a group of this name: "windows", "generators" ...
  [[nodiscard]] bool has(const std::string& group) const;
  /// What it has of what can be read back, for messages: "windows, models (discriminator), generators".
  [[nodiscard]] std::string contents() const;
  /// Throws "FILE: /group: missing; the file has: ..." when has(group) is false.
  void require(const std::string& group) const;

  [[nodiscard]] const std::vector<StoredDevice>& devices() const { return devices_; }
  /// Names of the declared devices in their order; null when there is none.
  [[nodiscard]] const std::shared_ptr<const std::vector<std::string>>& declared_devices() const {
    return declared_;
  }
  [[nodiscard]] const std::vector<StoredCapture>& captures() const { return captures_; }
  [[nodiscard]] std::vector<traffic::CaptureSummary> summaries() const;

  /// Stage ids below /models, sorted; empty without models.
  [[nodiscard]] std::vector<std::string> models() const;
  /// The model of a stage, without its factory.
  [[nodiscard]] fingerprint::TrainedModel model(const std::string& stage) const;
  /// Checked with generator::check.
  [[nodiscard]] generator::GeneratorSet generators() const;
  /// With a table of samples, all of them in memory.
  [[nodiscard]] defence::Perturbations perturbations() const;
  /// The stage that made /generators or /perturbations.
  [[nodiscard]] std::string stage_of(const std::string& group) const;

  /// Rows of a stream in the file's order: by capture, then device. Empty when the file has none.
  [[nodiscard]] std::vector<StoredRows> rows(Stream stream) const;
  /// Rows first .. first + count - 1 of those.
  [[nodiscard]] windows::WindowBatch read_windows(const StoredRows& rows, std::uint64_t first,
                                                  std::uint64_t count) const;
  /// Copies the features of these rows of the whole stream (windows), ascending, to `out`.
  void read_features(Stream stream, std::span<const std::uint64_t> rows, float* out) const;
  [[nodiscard]] windows::AggregateBatch read_aggregates(const StoredRows& rows, std::uint64_t first,
                                                        std::uint64_t count) const;
  [[nodiscard]] traffic::DevicePackets read_packets(const StoredRows& rows, std::uint64_t first,
                                                    std::uint64_t count) const;

 private:
  void read_devices();
  void read_captures();
  /// The rows of windows or aggregates.
  [[nodiscard]] std::vector<StoredRows> feature_rows(Stream stream) const;
  [[nodiscard]] std::vector<StoredRows> packet_rows(Stream stream) const;

  struct FeatureArrays;
  /// The arrays of windows or aggregates, opened once. Under h5::Library only.
  [[nodiscard]] const FeatureArrays& arrays(Stream stream) const;

  /// That of a device in a capture; valid until the next call. Under h5::Library only.
  [[nodiscard]] const ReadTable& packet_table(const StoredRows& rows) const;

  std::unique_ptr<ReadGroup> root_;
  mutable std::map<std::tuple<Stream, std::uint32_t, std::string>, std::shared_ptr<const ReadTable>>
      packet_tables_;
  mutable std::map<Stream, std::shared_ptr<const FeatureArrays>> arrays_;
  std::vector<StoredDevice> devices_;
  std::shared_ptr<const std::vector<std::string>> declared_;
  std::vector<StoredCapture> captures_;
};

}  // namespace ipet::storage
