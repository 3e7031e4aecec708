#include "stages/traffic/device_csv.hpp"

#include <algorithm>
#include <map>
#include <sstream>

#include "pipeline/text/error_text.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/toml/document.hpp"
#include "stages/traffic/delimited.hpp"
#include "stages/traffic/mac_fault.hpp"

namespace ipet::traffic {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

/// Runs of tabs as one.
std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != '\t' || !out.ends_with('\t')) out += c;
  return out;
}

/// Reads one file and gathers all problems before it gives up.
class CsvLoader {
 public:
  CsvLoader(const std::filesystem::path& path, std::vector<Network> local_networks) {
    file_.path = path;
    file_.local_networks = std::move(local_networks);
    file_.has_networks = false;
  }

  DeviceFile load() {
    std::istringstream in(read());
    std::string header;
    std::getline(in, header);
    line_ = 1;
    const bool is_aligned = header.find("\t\t") != std::string::npos;
    const auto line = [&](const std::string& text) {
      return is_aligned ? squeezed(without_return(text)) : std::string(without_return(text));
    };
    const std::string names = line(std::string(without_mark(header)));
    CellSplitter splitter(separator_of(names));
    read_header(splitter.split(names));
    fail_if_wrong();
    for (std::string text; std::getline(in, text);) {
      ++line_;
      const std::string row = line(text);
      if (!trimmed(row).empty()) read_row(splitter.split(row));
    }
    if (file_.devices.empty() && wrong_ == 0) problem("no device: nothing to name");
    fail_if_wrong();
    return std::move(file_);
  }

 private:
  using Cells = std::optional<std::span<const std::string_view>>;
  static constexpr std::size_t absent = static_cast<std::size_t>(-1);
  static constexpr std::size_t longest_problem = 400;

  [[nodiscard]] std::string read() const {
    try {
      return toml_text::read_text(file_.path);
    } catch (const toml_text::Refused& refused) {
      throw DeviceFileError(toml_text::text_of({refused.issue()}, file_.path.string(), ""));
    }
  }

  [[nodiscard]] std::string place() const { return file_.path.string() + ":" + std::to_string(line_); }
  void problem(const std::string& text) {
    if (++wrong_ <= text::most_shown)
      problems_ += place() + ": error: " + text::shortened(text::printable(text), longest_problem) + "\n";
  }
  void fail_if_wrong() {
    if (wrong_ == 0) return;
    problems_ += text::more_text(wrong_, "error");
    problems_.pop_back();
    throw DeviceFileError(problems_);
  }

  void read_header(const Cells& names) {
    const std::map<std::string, std::size_t*> known = {
        {"device", &name_},          {"list of devices", &name_},
        {"device name", &name_},     {"name", &name_},
        {"mac address", &mac_},      {"mac", &mac_},
        {"ips", &addresses_},        {"ip", &addresses_},
        {"ip address", &addresses_}, {"ip addresses", &addresses_},
        {"hostname", &hostname_}};
    columns_ = names ? names->size() : 0;
    for (std::size_t i = 0; i < columns_; ++i) {
      const auto found = known.find(lower(trimmed((*names)[i])));
      if (found == known.end()) continue;
      if (*found->second != absent) problem("two columns '" + std::string(trimmed((*names)[i])) + "'");
      *found->second = i;
    }
    if (name_ == absent || (mac_ == absent && addresses_ == absent))
      problem(std::string("no column '") + (name_ == absent ? "Device" : "MAC ADDRESS' or 'IPs") +
              "'; a devices.csv has Device, MAC ADDRESS, IPs and Hostname, separated by tabs");
  }

  void read_row(const Cells& cells) {
    if (!cells) return problem("a quoted cell does not end");
    if (cells->size() > columns_ && !std::ranges::all_of(cells->subspan(columns_), &std::string_view::empty))
      return problem(std::to_string(cells->size()) + " cells, but " + std::to_string(columns_) + " columns");
    const auto cell = [&](std::size_t column) {
      return column < cells->size() ? trimmed((*cells)[column]) : std::string_view();
    };
    Device device;
    device.place = place();
    device.name = cell(name_);
    device.description = cell(hostname_);
    const std::string_view mac = cell(mac_), addresses = cell(addresses_);
    read_mac(device, mac);
    read_addresses(device, addresses);
    if (!can_name_device(device.name))
      problem("'" + text::shown(device.name) + "' cannot name a device: " + name_rule);
    else if (mac.empty() && addresses.empty())
      problem("device '" + device.name + "' has nothing to know it by: give a MAC address or IPs");
    const auto [first, is_new] = first_place_.emplace(device.name, device.place);
    if (!is_new && !device.name.empty())
      problem("device '" + device.name + "' was declared before, at " + first->second +
              (device.macs.empty() ? "" : "; several MAC addresses of one device stand in one cell: A::B"));
    file_.devices.push_back(std::move(device));
    if (file_.devices.size() == most_devices + 1)
      problem("more than " + std::to_string(most_devices) + " devices");
  }

  void read_mac(Device& device, std::string_view text) {
    constexpr std::string_view between = "::";
    while (!text.empty()) {
      const std::size_t end = text.find(between);
      const std::string_view one = trimmed(text.substr(0, end));
      if (const auto mac = MacAddress::parse(one))
        device.macs.push_back(*mac);
      else
        problem(mac_fault(one));
      text = end == std::string_view::npos ? std::string_view() : text.substr(end + between.size());
    }
  }

  void read_addresses(Device& device, std::string_view text) {
    if (text.empty()) return;
    auto addresses = split_addresses(text);
    if (addresses)
      device.addresses = std::move(*addresses);
    else
      problem("'" + std::string(text) + "' is not a list of IP addresses (192.168.1.5::192.168.1.6)");
  }

  DeviceFile file_;
  std::size_t line_ = 0, columns_ = 0;
  std::size_t name_ = absent, mac_ = absent, addresses_ = absent, hostname_ = absent;
  std::string problems_;   ///< those that are shown
  std::size_t wrong_ = 0;  ///< all of them
  std::map<std::string, std::string> first_place_;
};

}  // namespace

std::optional<std::vector<IpAddress>> split_addresses(std::string_view text) {
  constexpr std::string_view between = "::";
  std::vector<IpAddress> addresses;
  while (true) {
    std::size_t end = text.find(between);
    auto address = IpAddress::parse(trimmed(text.substr(0, end)));
    if (!address && end != std::string_view::npos) {  // the "::" may be within an IPv6 address
      end = text.find(between, end + between.size());
      address = IpAddress::parse(trimmed(text.substr(0, end)));
    }
    if (!address) return std::nullopt;
    addresses.push_back(*address);
    if (end == std::string_view::npos) return addresses;
    text.remove_prefix(end + between.size());
  }
}

DeviceFile load_device_csv(const std::filesystem::path& path, std::vector<Network> local_networks) {
  return CsvLoader(path, std::move(local_networks)).load();
}

DeviceFile load_devices(const std::filesystem::path& path, std::vector<Network> local_networks) {
  const std::string extension = lower(path.extension().string());
  if (extension == ".csv" || extension == ".tsv") return load_device_csv(path, std::move(local_networks));
  return load_device_file(path);
}

}  // namespace ipet::traffic
