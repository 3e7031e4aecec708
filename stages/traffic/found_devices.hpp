// Devices that were found without a devices file, and the file that would have named them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "stages/traffic/address.hpp"

namespace ipet::traffic {

/// A device that was found without a devices file.
struct DiscoveredDevice {
  std::string name;
  std::string mac;      ///< "" when packets carry none; then `address` names it
  std::string address;  ///< of the local end
  std::uint64_t packets = 0;
};

/// "f4b85e-ff2b1b": vendor prefix and last bytes.
std::string discovered_name(const MacAddress& mac);

/// Text of a devices.toml; devices are sorted by name.
std::string found_devices_text(const std::vector<Network>& local_networks,
                               std::vector<DiscoveredDevice> devices);

/// Where such a text goes: `folder`/devices.toml, or where that is there already and says something else,
/// devices.found.toml, devices.found.2.toml and so on: what stands in the folder is the user's and stays as
/// it is. `taken`: names that are spoken for, though nothing is there yet.
struct FoundDevicesFile {
  std::filesystem::path path;
  bool is_there = false;  ///< and says the same
};
FoundDevicesFile found_devices_file(const std::filesystem::path& folder, const std::string& text,
                                    const std::set<std::filesystem::path>& taken = {});

}  // namespace ipet::traffic
