#include "stages/traffic/found_devices.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace ipet::traffic {

namespace {

namespace fs = std::filesystem;

/// devices.toml, devices.found.toml, devices.found.2.toml ...
fs::path candidate(const fs::path& folder, unsigned number) {
  if (number == 0) return folder / "devices.toml";
  return folder / (number == 1 ? "devices.found.toml" : "devices.found." + std::to_string(number) + ".toml");
}

bool holds(const fs::path& path, const std::string& text) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream there;
  return in && there << in.rdbuf() && there.str() == text;
}

}  // namespace

std::string discovered_name(const MacAddress& mac) {
  std::string digits = mac.text();
  std::erase(digits, ':');
  return digits.substr(0, 6) + "-" + digits.substr(6);
}

std::string found_devices_text(const std::vector<Network>& local_networks,
                               std::vector<DiscoveredDevice> devices) {
  std::sort(devices.begin(), devices.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::ostringstream out;
  out << "# Devices found by device_splitter, which had no devices file. Name them, delete what is not a "
         "device,\n# and give this file as option 'devices'.\nlocal_networks = [";
  for (std::size_t i = 0; i < local_networks.size(); ++i)
    out << (i > 0 ? ", " : "") << '"' << local_networks[i].text() << '"';
  out << "]\n";
  for (const DiscoveredDevice& device : devices) {
    out << "\n[[device]]\nname = \"" << device.name << "\"\n";
    if (device.mac.empty())
      out << "ip = [\"" << device.address << "\"]\n";
    else
      out << "mac = \"" << device.mac << "\"\n";
    out << "description = \"" << device.packets << " packets across the gateway\"\n";
  }
  return out.str();
}

FoundDevicesFile found_devices_file(const fs::path& folder, const std::string& text,
                                    const std::set<fs::path>& taken) {
  for (unsigned number = 0;; ++number) {
    const fs::path path = candidate(folder, number);
    if (taken.contains(path)) continue;
    std::error_code error;
    if (fs::symlink_status(path, error).type() == fs::file_type::not_found) return {path, false};
    if (fs::is_regular_file(path, error) && holds(path, text)) return {path, true};
  }
}

}  // namespace ipet::traffic
