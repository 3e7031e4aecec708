// The published implementation's devices.csv (stages/interchange/README.md): tab (or comma) separated,
// columns by name in any order.
//
//   Device  MAC ADDRESS  IPs  Hostname
//
// Device is the class label, Hostname becomes the description and may be missing, as may one of the two
// columns that a device is known by. Lists of devices that others publish are read too: names of columns in
// upper or lower case, `List of Devices`, `Device Name` or `Name` for Device, `MAC` for MAC ADDRESS, `IP`,
// `IP ADDRESS` or `IP ADDRESSES` for IPs, and columns that are aligned by several tabs; other columns are
// passed over. `a::b` separates several addresses in MAC ADDRESS and in IPs. IPv6 addresses have "::" in them
// too: from left to right, a part that is an address is one, and one that is not is taken together with the
// part after it. So `192.168.1.5::fe80::1::10.0.0.7` are three addresses. Where both MAC and addresses are
// given, both must match, as in devices.toml; a device is known by one of them alone where the other cell is
// empty. All devices are protected.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "stages/traffic/device_file.hpp"

namespace ipet::traffic {

/// Throws DeviceFileError: everything that is wrong, one "file:line: error: ..." each. The format says
/// nothing of local networks.
DeviceFile load_device_csv(const std::filesystem::path& path, std::vector<Network> local_networks);

/// A devices file of either format: .csv and .tsv are devices.csv, anything else devices.toml, which has
/// local networks of its own. Throws DeviceFileError.
DeviceFile load_devices(const std::filesystem::path& path, std::vector<Network> local_networks);

/// The addresses of an IPs cell; null when it does not consist of addresses.
std::optional<std::vector<IpAddress>> split_addresses(std::string_view text);

}  // namespace ipet::traffic
