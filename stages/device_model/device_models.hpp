// Writes models of devices, one file each, from recordings of a home.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stages/files/publish.hpp"
#include "stages/traffic/traces.hpp"

namespace ipet::device_model {

struct DeviceModelsOptions {
  std::filesystem::path folder;      ///< of NAME.toml, one for each device
  std::vector<std::string> devices;  ///< empty: all with packets
  std::size_t days = 0;              ///< of the recordings, the first ones; 0: all
  double day_offset_hours = 0;       ///< when a day begins, after midnight UTC
  std::size_t beats = 64;            ///< as abridged() has them
  std::size_t packets = 1'500;
};

/// The files that were written, sorted. Throws std::runtime_error where a named device has no packet, and
/// storage::StorageError. `check` is called for each device, and throws to stop.
std::vector<std::filesystem::path> write_models(const std::shared_ptr<const traffic::Traces>& traces,
                                                const DeviceModelsOptions& options,
                                                const std::function<void()>& check,
                                                const storage::Publisher& publish);

}  // namespace ipet::device_model
