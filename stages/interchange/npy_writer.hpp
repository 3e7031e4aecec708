// Results as numpy files for the published Python implementation (stages/interchange/README.md). All arrays
// are float64. The columns of a slot are those of that implementation, in before out: in_packets, in_bytes,
// out_packets, out_bytes; everywhere else in this project it is the other way round.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "stages/files/publish.hpp"
#include "stages/files/staging.hpp"
#include "stages/generator/perturbations.hpp"
#include "stages/interchange/stream_store.hpp"

namespace ipet::interchange {

/// Files of the folder, each there when something for it was added:
///  new_features_main.npy  [window, slot, 4], sorted by capture, device and time
///  new_silences.npy       [window], seconds
///  new_labels.npy         [window], row of devices.txt
///  devices.txt            names of devices, one a line: declared ones in their order, then others by name
///  defended/...           the first three for windows of defended traffic
///  DEVICE_GENERATION.npy  [sample x slot, 4]: perturbations of a device. GENERATION is a number, or
///                         "ensemble" where each sample draws one
///  mixed/CAPTURE/DEVICE.npy
///                         [packet, 4]: defended traffic; direction (1 out, -1 in), dummy (1, 0), size, time
///  packets/CAPTURE/DEVICE.npy
///                         the same before the defence
///  contents.json          what each file holds: its shape, columns, device, capture
/// A packet's time is in seconds since the first stored packet of its capture, as in the published traces:
/// float64 seconds since the epoch cannot hold nanoseconds (steps of 238 ns), relative ones can (for 104
/// days). contents.json gives that first time as `start_ns`, nanoseconds since the epoch, of each trace.
/// Names in file names are percent-encoded (files/object_names.hpp), and cut when they are too long for a
/// file system; contents.json has them as they are.
///
/// Call from one thread at a time. Errors are StorageError and begin with the folder or file.
class NpyWriter {
 public:
  /// Creates the folder.
  explicit NpyWriter(std::filesystem::path folder);

  void add(const windows::WindowBatch& batch, const Position& position) { streams_.add(batch, position); }
  void add(const traffic::DevicePackets& batch, const Position& position) { streams_.add(batch, position); }
  void add(const defence::Perturbations& perturbations, const std::string& stage);

  /// Staging::on_write: so that a long commit can be cancelled.
  void on_write(std::function<void()> call) { staging_.on_write(std::move(call)); }

  /// Writes all files under temporary names, flushes them, and only then gives them to `publish`. Files of
  /// earlier runs that this one does not write stay. The part of an interrupted run replaces nothing: where
  /// contents.json is there already, it goes to "<folder>.interrupted". Returns the folder that the files get
  /// to. Call once; the writer must live until they have their names.
  std::filesystem::path commit(bool interrupted,
                               const storage::Publisher& publish = storage::publish_at_once);

 private:
  std::filesystem::path folder_;
  storage::Claim claim_;
  storage::Staging staging_;
  StreamStore streams_;
  std::optional<defence::Perturbations> perturbations_;
  std::string stage_;  ///< that gave the perturbations
};

/// A name of a device or capture as part of a file name: encoded, and cut to 200 bytes with a checksum where
/// it is longer.
std::string file_name_of(std::string_view name);

}  // namespace ipet::interchange
