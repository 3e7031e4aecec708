#include "stages/traffic/device_file.hpp"

#include <algorithm>
#include <map>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/toml/document.hpp"
#include "stages/traffic/delimited.hpp"
#include "stages/traffic/gateway.hpp"
#include "stages/traffic/mac_fault.hpp"
#include "stages/traffic/paths.hpp"

namespace ipet::traffic {

namespace {

/// Reads one file and gathers all problems before it gives up.
class Loader {
 public:
  explicit Loader(const std::filesystem::path& path) { file_.path = path; }

  DeviceFile load() {
    read();
    for (const auto& [key, value] : root_) {
      if (key.str() == "local_networks")
        read_networks(value);
      else if (key.str() == "device")
        read_devices(value);
      else
        problem(key.source(),
                "unknown key '" + text::shown(key.str()) + "'; known: local_networks, [[device]]");
    }
    if (!root_.contains("local_networks")) {
      for (const std::string& text : default_local_networks) add_network(text);
    }
    if (!root_.contains("device")) problem(root_.source(), "no [[device]]: nothing to name");
    if (!problems_.empty()) fail();
    return std::move(file_);
  }

 private:
  void read() {
    try {
      text_ = toml_text::read_text(file_.path);
      root_ = toml_text::parse(text_);
    } catch (const toml_text::Refused& refused) {
      problems_.push_back(refused.issue());
      fail();
    }
  }

  std::string place(const toml::source_region& at) const {
    return file_.path.string() + ":" + std::to_string(at.begin.line) + ":" + std::to_string(at.begin.column);
  }
  void problem(const toml::source_region& at, const std::string& text) {
    problems_.push_back({"devices-file", toml_text::where_of(at), text, {}});
  }
  [[noreturn]] void fail() const {
    throw DeviceFileError(toml_text::text_of(problems_, file_.path.string(), text_));
  }

  /// A string, or a problem that says what was expected.
  std::optional<std::string> text_of(const toml::node& node, const std::string& what) {
    if (const auto text = node.value_exact<std::string>()) return text;
    problem(node.source(), what + " must be a string");
    return std::nullopt;
  }

  /// Strings of an array, each with its place; a single string stands for a list of one.
  template <class Each>
  void each_text(const toml::node& node, const std::string& what, Each each) {
    if (const toml::array* array = node.as_array()) {
      if (array->empty()) problem(node.source(), what + " is an empty list");
      for (const toml::node& element : *array) {
        if (const auto text = text_of(element, "an element of " + what)) each(*text, element.source());
      }
    } else if (const auto text = text_of(node, what)) {
      each(*text, node.source());
    }
  }

  bool add_network(const std::string& text) {
    const auto network = Network::parse(text);
    if (network) file_.local_networks.push_back(*network);
    return network.has_value();
  }

  void read_networks(const toml::node& node) {
    each_text(node, "local_networks", [this](const std::string& text, const toml::source_region& at) {
      if (!add_network(text))
        problem(at, "'" + text::shown(text) +
                        "' is not a network: write it like 192.168.0.0/16 or fe80::/10, with no bits set "
                        "beyond the prefix");
    });
  }

  void read_devices(const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr)
      return problem(node.source(), "devices are declared as [[device]], with two brackets");
    if (array->size() > most_devices)
      return problem(array->get(most_devices)->source(),
                     std::to_string(array->size()) + " devices, more than " + std::to_string(most_devices));
    for (const toml::node& element : *array) {
      if (const toml::table* table = element.as_table())
        read_device(*table);
      else
        problem(element.source(), "a device must be a table");
    }
  }

  void read_device(const toml::table& table) {
    Device device;
    device.place = place(table.source());
    for (const auto& [key, value] : table) read_entry(device, key, value);
    const std::string who = device.name.empty() ? "device" : "device '" + device.name + "'";
    if (!table.contains("name")) problem(table.source(), "device without a name");
    if (!table.contains("mac") && !table.contains("ip") && !table.contains("captures"))
      problem(table.source(), who + " has nothing to know it by: give mac, ip or captures");
    if (!device.name.empty()) {
      const auto [first, is_new] = first_place_.emplace(device.name, device.place);
      if (!is_new)
        problem(table.source(), "device '" + device.name + "' was declared before, at " + first->second +
                                    several_macs_hint(device));
    }
    file_.devices.push_back(std::move(device));
  }

  /// How to write one class of several devices, where this may have been meant.
  std::string several_macs_hint(const Device& again) const {
    const auto first = std::ranges::find(file_.devices, again.name, &Device::name);
    if (first == file_.devices.end() || first->macs.empty() || again.macs.empty()) return "";
    return "; one device with several MAC addresses is one [[device]] with mac = [\"" +
           first->macs.front().text() + "\", \"" + again.macs.front().text() + "\"]";
  }

  void read_entry(Device& device, const toml::key& key, const toml::node& value) {
    const std::string_view name = key.str();
    if (name == "name") {
      read_name(device, value);
    } else if (name == "mac") {
      each_text(value, "mac", [&](const std::string& text, const toml::source_region& at) {
        if (const auto mac = MacAddress::parse(trimmed(text)))
          device.macs.push_back(*mac);
        else
          problem(at, mac_fault(text));
      });
    } else if (name == "ip") {
      each_text(value, "ip", [&](const std::string& text, const toml::source_region& at) {
        if (const auto address = IpAddress::parse(trimmed(text)))
          device.addresses.push_back(*address);
        else
          problem(at, "'" + text::shown(text) + "' is not an IP address");
      });
    } else if (name == "captures") {
      each_text(value, "captures", [&](const std::string& text, const toml::source_region& at) {
        if (text.empty()) problem(at, "captures: an empty glob matches nothing");
        device.captures.push_back(text);
      });
    } else if (name == "description") {
      if (auto text = text_of(value, "description")) device.description = std::move(*text);
    } else if (name == "protect") {
      const auto flag = value.value_exact<bool>();
      if (!flag) problem(value.source(), "protect must be true or false");
      device.protect = flag.value_or(true);
    } else {
      problem(key.source(), "unknown key '" + text::shown(name) +
                                "' of a device; known: name, mac, ip, captures, description, protect");
    }
  }

  void read_name(Device& device, const toml::node& value) {
    const auto text = text_of(value, "name");
    if (!text) return;
    if (!can_name_device(*text))
      return problem(value.source(), "'" + text::shown(*text) + "' cannot name a device: " + name_rule);
    device.name = *text;
  }

  DeviceFile file_;
  std::string text_;
  toml::table root_;
  std::vector<toml_text::Issue> problems_;
  std::map<std::string, std::string> first_place_;
};

}  // namespace

std::vector<std::string> DeviceFile::names() const {
  return text::mapped(devices, &Device::name);
}

bool can_name_device(std::string_view name) {
  return name.size() <= longest_name && name != "." && name != ".." &&
         name.find_first_not_of(' ') != std::string_view::npos && name.find('/') == std::string_view::npos &&
         text::is_plain(name);
}

DeviceFile load_device_file(const std::filesystem::path& path) {
  return Loader(path).load();
}

}  // namespace ipet::traffic
