#include "stages/synthesis/modelled_home.hpp"

#include <map>
#include <set>

#include <tins/hw_address.h>
#include <tins/ip_address.h>
#include <tins/ipv6_address.h>

#include "stages/traffic/device_file.hpp"

namespace ipet::synthesis {

namespace {

constexpr double day_seconds = 86400;
constexpr const char* code = "home-file";

[[noreturn]] void fail_at(const toml::source_region& where, const std::string& message) {
  throw toml_text::Refused({code, toml_text::where_of(where), message, {}});
}

class TableReader : public traffic::TableReader {
 public:
  TableReader(const toml::table& table, std::string what)
      : traffic::TableReader(code, table, std::move(what)) {}
};

struct NamedProfile {
  std::string name;
  Profile profile{};
};

const std::map<std::string, Transport>& transports() {
  static const std::map<std::string, Transport> names = {
      {"tcp", Transport::tcp}, {"udp", Transport::udp},   {"dns", Transport::dns},
      {"ntp", Transport::ntp}, {"mdns", Transport::mdns}, {"ssdp", Transport::ssdp},
      {"arp", Transport::arp}, {"ping", Transport::ping}, {"neighbour", Transport::neighbour}};
  return names;
}

template <class Address>
void check_address(TableReader& reader, std::string_view key, const std::string& text, const char* kind) {
  try {
    const Address parsed(text);
  } catch (const std::exception&) {
    reader.fail(key, "is not " + std::string(kind) + ": '" + text::shown(text) + "'");
  }
}

/// In any of the usual spellings; kept with colons.
std::string read_mac(TableReader& reader, std::string_view key) {
  const std::string given = reader.text(key);
  const std::optional<traffic::MacAddress> mac = traffic::MacAddress::parse(given);
  if (!mac) reader.fail(key, "is not a MAC address: '" + text::shown(given) + "'");
  return mac ? mac->text() : given;
}

void check_ip(TableReader& reader, std::string_view key, const std::string& text) {
  if (text.find(':') != std::string::npos)
    check_address<Tins::IPv6Address>(reader, key, text, "an IP address");
  else
    check_address<Tins::IPv4Address>(reader, key, text, "an IP address");
}

class HomeReader {
 public:
  explicit HomeReader(const toml::table& root) : root_(root, "home file") {}

  Home read() {
    read_home_table();
    read_profiles();
    for_each("event", [&](TableReader& r) { home_.events.push_back(read_event(r)); });
    for_each("product", [&](TableReader& r) { home_.products.push_back(read_product(r)); });
    for_each("device", [&](TableReader& r) { home_.devices.push_back(read_device(r)); });
    root_.finish();
    if (home_.devices.empty()) root_.fail("there is no [[device]]");
    check_peers();
    return std::move(home_);
  }

 private:
  template <class Read>
  void for_each(std::string_view key, Read read) {
    if (!root_.has(key)) return;
    std::set<std::string> names;
    for (const toml::node& node : root_.array(key)) {
      if (!node.is_table()) fail_at(node.source(), std::string(key) + " must be a table");
      TableReader reader(*node.as_table(), std::string(key));
      const std::string name = reader.text("name");
      reader.rename(std::string(key) + " '" + text::shown(name) + "'");
      if (!traffic::can_name_device(name) || !names.insert(name).second)
        reader.fail("name", std::string("must be unique and a name: ") + traffic::name_rule);
      read(reader);
      reader.finish();
    }
  }

  void read_home_table() {
    TableReader reader(root_.table("home"), "home");
    for (const toml::node& node : reader.array("local_networks")) {
      const auto network = node.value_exact<std::string>();
      if (!network) fail_at(node.source(), "home: 'local_networks' must hold strings");
      if (!traffic::Network::parse(*network))
        fail_at(node.source(),
                "home: '" + text::shown(*network) +
                    "' is not a network: write it like 192.168.0.0/16 or fe80::/10, with no bits "
                    "set beyond the prefix");
      home_.local_networks.push_back(*network);
    }
    home_.gateway_mac = read_mac(reader, "gateway_mac");
    home_.gateway_ip = reader.text("gateway_ip");
    check_address<Tins::IPv4Address>(reader, "gateway_ip", home_.gateway_ip, "an IPv4 address");
    home_.gateway_ipv6 = reader.text("gateway_ipv6");
    check_address<Tins::IPv6Address>(reader, "gateway_ipv6", home_.gateway_ipv6, "an IPv6 address");
    reader.finish();
  }

  void read_profiles() {
    profiles_.push_back({"always", {}});
    profiles_.back().profile.fill(1);
    if (!root_.has("profiles")) return;
    for (const auto& [key, node] : root_.table("profiles")) {
      const std::string name(key.str());
      const toml::array* hours = node.as_array();
      if (hours == nullptr || hours->size() != 24)
        fail_at(node.source(), "profile '" + text::shown(name) + "' must be an array of 24 numbers");
      NamedProfile profile{name, {}};
      for (std::size_t h = 0; h < 24; ++h) {
        const auto value = hours->get(h)->value<double>();
        if (!value || !(*value >= 0 && *value <= 1000))
          fail_at(hours->get(h)->source(),
                  "profile '" + text::shown(name) + "' must hold numbers in 0 .. 1000");
        profile.profile[h] = *value;
      }
      profiles_.push_back(profile);
    }
  }

  Profile profile_of(TableReader& reader) {
    return profiles_[reader.has("profile") ? reader.reference("profile", profiles_, "profile") : 0].profile;
  }

  HomeEvent read_event(TableReader& reader) {
    HomeEvent event{reader.text("name"), reader.number("per_hour", 0, 3600), {}};
    event.profile = profile_of(reader);
    return event;
  }

  Product read_product(TableReader& reader) {
    Product product{reader.text("name"), {}, {}};
    for (const toml::node& node : reader.array("process")) {
      if (!node.is_table()) fail_at(node.source(), "process must be a table");
      TableReader process(*node.as_table(), "process");
      process.rename("product '" + product.name + "', process '" + text::shown(process.text("name")) + "'");
      product.processes.push_back(read_process(process));
      process.finish();
    }
    if (!reader.has("updates")) return product;
    for (const toml::node& node : reader.array("updates")) {
      if (!node.is_table())
        fail_at(node.source(), "an update must be a table such as { after_hours = 48, grows = 12 }");
      TableReader update(*node.as_table(), "product '" + product.name + "', update");
      product.updates.push_back(
          {update.number("after_hours", 0, never), update.number("grows", 0, largest_message)});
      update.finish();
    }
    return product;
  }

  Process read_process(TableReader& reader) {
    Process process;
    process.name = reader.text("name");
    process.trigger = read_trigger(reader);
    process.hours = reader.range("hours", 0, never, process.hours);
    const std::string transport = reader.text("transport", "tcp");
    const auto found = transports().find(transport);
    if (found == transports().end())
      reader.fail("transport", "must be tcp, udp, dns, ntp, mdns, ssdp, arp, ping or neighbour, not '" +
                                   text::shown(transport) + "'");
    process.transport = found->second;
    const bool conversation = process.transport == Transport::tcp || process.transport == Transport::udp;
    if (conversation || process.transport == Transport::dns || process.transport == Transport::ntp ||
        process.transport == Transport::ping)
      process.server = read_server(reader);
    if (!conversation) return process;
    const std::string connection = reader.text("connection", "fresh");
    if (connection != "fresh" && connection != "kept")
      reader.fail("connection", "must be fresh or kept, not '" + text::shown(connection) + "'");
    process.kept = connection == "kept";
    for (const toml::node& node : reader.array("steps")) process.steps.push_back(read_step(node));
    if (process.steps.empty()) reader.fail("steps", "must not be empty");
    return process;
  }

  Trigger read_trigger(TableReader& reader) {
    const int given = reader.has("every_seconds") + reader.has("per_hour") + reader.has("on");
    if (given != 1) reader.fail("needs exactly one of 'every_seconds', 'per_hour' and 'on'");
    Trigger trigger;
    if (reader.has("every_seconds")) {
      trigger.every_seconds = reader.number("every_seconds", 0.05, day_seconds);
      trigger.jitter_seconds = reader.number("jitter_seconds", 0, trigger.every_seconds / 2, 0);
      trigger.keeps_time = reader.flag("keeps_time", false);
    } else if (reader.has("per_hour")) {
      trigger.kind = Trigger::Kind::poisson;
      trigger.per_hour = reader.number("per_hour", 0, 36000);
      trigger.profile = profile_of(reader);
    } else {
      trigger.kind = Trigger::Kind::event;
      trigger.event = reader.reference("on", home_.events, "event");
      trigger.chance = reader.number("chance", 0, 1, 1);
      trigger.delay_seconds = reader.range("delay_seconds", 0, 3600, {0, 0});
    }
    return trigger;
  }

  Server read_server(TableReader& parent) {
    TableReader reader(parent.table("server"), "server");
    Server server;
    server.host = reader.text("host", "");
    server.device = reader.text("device", "");
    if (reader.has("ip") == reader.has("device")) reader.fail("needs exactly one of 'ip' and 'device'");
    if (reader.has("ip")) {
      server.ip = reader.text("ip");
      check_ip(reader, "ip", server.ip);
    } else {
      peers_.push_back({server.device, parent.table("server").source()});
    }
    server.port = static_cast<std::uint16_t>(reader.number("port", 0, 65535, 0));
    server.rtt_ms = reader.number("rtt_ms", 0.1, 2000, 25);
    reader.finish();
    return server;
  }

  Step read_step(const toml::node& node) {
    if (!node.is_table()) fail_at(node.source(), "a step must be a table such as { out = 120 }");
    TableReader reader(*node.as_table(), "step");
    if (reader.has("out") == reader.has("in")) reader.fail("needs exactly one of 'out' and 'in'");
    Step step;
    step.out = reader.has("out");
    step.size = reader.range(step.out ? "out" : "in", 1, largest_message);
    step.times = reader.range("times", 0, 1e6, step.times);
    step.after_ms = reader.range("after_ms", 0, 1e6, step.after_ms);
    reader.finish();
    return step;
  }

  Device read_device(TableReader& reader) {
    Device device;
    device.name = reader.text("name");
    device.description = reader.text("description", "");
    device.mac = read_mac(reader, "mac");
    device.ip = reader.text("ip");
    check_address<Tins::IPv4Address>(reader, "ip", device.ip, "an IPv4 address");
    device.ipv6 = reader.text("ipv6", "");
    if (!device.ipv6.empty())
      check_address<Tins::IPv6Address>(reader, "ipv6", device.ipv6, "an IPv6 address");
    device.resolver = reader.text("resolver", home_.gateway_ip);
    if (reader.has("resolver"))
      check_address<Tins::IPv4Address>(reader, "resolver", device.resolver, "an IPv4 address");
    device.product = reader.reference("product", home_.products, "product");
    device.protect = reader.flag("protect", true);
    device.drift_ppm = reader.number("drift_ppm", -1e5, 1e5, 0);
    if (reader.has("present_hours")) device.present = reader.ranges("present_hours", 0, never);
    if (!macs_.insert(device.mac).second) reader.fail("mac", "belongs to another device already");
    if (!ips_.insert(device.ip).second) reader.fail("ip", "belongs to another device already");
    check_ipv6_use(reader, device);
    return device;
  }

  void check_ipv6_use(const TableReader& reader, const Device& device) const {
    for (const Process& process : home_.products[device.product].processes) {
      const bool needed =
          process.transport == Transport::neighbour || process.server.ip.find(':') != std::string::npos;
      if (needed && device.ipv6.empty())
        reader.fail("process '" + process.name + "' of its product needs 'ipv6'");
    }
  }

  void check_peers() const {
    for (const auto& [name, where] : peers_) {
      bool found = false;
      for (const Device& device : home_.devices) found = found || device.name == name;
      if (!found) fail_at(where, "server: 'device' names no device: '" + text::shown(name) + "'");
    }
  }

  TableReader root_;
  Home home_;
  std::vector<NamedProfile> profiles_;
  std::set<std::string> macs_, ips_;
  std::vector<std::pair<std::string, toml::source_region>> peers_;
};

}  // namespace

Home read_home(const std::filesystem::path& file) {
  return traffic::read_toml(file, [](const toml::table& root) { return HomeReader(root).read(); });
}

std::string devices_toml(const Home& home) {
  std::string text =
      "# The devices of a synthetic home, written together with its captures.\nlocal_networks = [";
  for (std::size_t i = 0; i < home.local_networks.size(); ++i)
    text += (i == 0 ? "" : ", ") + traffic::toml_quoted(home.local_networks[i]);
  text += "]\n";
  for (const Device& device : home.devices) {
    text += "\n[[device]]\nname = " + traffic::toml_quoted(device.name) +
            "\nmac = " + traffic::toml_quoted(device.mac) + "\n";
    if (!device.description.empty())
      text += "description = " + traffic::toml_quoted(device.description) + "\n";
    if (!device.protect) text += "protect = false\n";
  }
  return text;
}

}  // namespace ipet::synthesis
