// The devices file (stages/traffic/README.md "Devices files"): local networks and what names each device.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "stages/traffic/address.hpp"

namespace ipet::traffic {

/// One [[device]] table, or one row of a devices.csv (device_csv.hpp). All criteria that are given must
/// match.
struct Device {
  std::string name;                   ///< the class label
  std::vector<MacAddress> macs;       ///< any of them
  std::vector<IpAddress> addresses;   ///< of the local end, exact
  std::vector<std::string> captures;  ///< globs relative to the file, as written
  std::string description;
  bool protect = true;  ///< false for laptops and phones
  std::string place;    ///< "devices.toml:12:1" or "devices.csv:12", where it is declared
};

struct DeviceFile {
  std::filesystem::path path;  ///< as given
  std::vector<Network> local_networks;
  std::vector<Device> devices;  ///< in file order
  bool has_networks = true;     ///< local_networks are said in the file, or are its default

  [[nodiscard]] std::vector<std::string> names() const;
};

/// What is wrong with a devices file: "file:line:column: error[devices-file]: ..." with the quoted line,
/// twenty of them at most (pipeline/text/README.md).
class DeviceFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws DeviceFileError.
DeviceFile load_device_file(const std::filesystem::path& path);

/// Devices have numbers of 16 bits in results, one of which stands for none.
inline constexpr std::size_t most_devices = 65'535;

/// Bytes of a device's name: it becomes part of names of files.
inline constexpr std::size_t longest_name = 200;

/// What can_name_device wants, for messages.
inline constexpr const char* name_rule =
    "no '/', '.', '..', control characters, blanks alone or nothing; UTF-8, at most 200 bytes";

/// Names become parts of message keys and of paths in result files: UTF-8 without '/' and control characters
/// (pipeline/text/printable.hpp); not "", "." or "..", not blanks alone, not longer than longest_name.
bool can_name_device(std::string_view name);

}  // namespace ipet::traffic
