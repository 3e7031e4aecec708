// Traces, lists of devices and modelled homes.
#include <algorithm>
#include <limits>
#include <set>

#include "stages/interchange/csv_reader.hpp"
#include "stages/synthesis/modelled_home.hpp"
#include "stages/traffic/device_csv.hpp"
#include "stages/traffic/device_globs.hpp"
#include "stages/traffic/device_splitter.hpp"
#include "stages/traffic/paths.hpp"
#include "stages/traffic/time_range.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {

namespace {

namespace fs = std::filesystem;

/// The columns of the published format, so that mutations of rows stay rows of a trace.
constexpr std::string_view columns[] = {
    "frame.time_relative", "frame.time_epoch", "ip.src",  "ip.dst",   "ip.proto", "tcp.len",
    "udp.length",          "eth.src",          "eth.dst", "ipv6.src", "ipv6.dst", "ipv6.nxt",
    "transport.len"};

std::string header(char separator) {
  std::string out;
  for (const std::string_view column : columns)
    (out += out.empty() ? "" : std::string(1, separator)) += column;
  return out + '\n';
}

void check_rows(const interchange::CsvReader& reader, std::uint64_t delivered) {
  const interchange::TraceStatistics& s = reader.statistics();
  require(s.rows == s.packets + s.other_protocols + s.without_address + s.without_length + s.bad,
          "rows that are neither counted nor left out");
  require(delivered == s.packets, "packets were lost, or made");
  for (const std::string& text : reader.losses()) require_line(text);
  if (const std::string text = reader.no_good_row(); !text.empty()) require_line(text);
  require_line(s.summary());
}

/// The first byte says whether the line of names is written here, and when the trace begins.
void run_trace(Bytes input) {
  constexpr std::size_t limit = 50;
  constexpr traffic::Nanoseconds span = 60 * traffic::second;
  Parts parts(input);
  const std::uint8_t form = parts.byte();
  std::string content = (form & 1) == 0 ? "" : header((form & 2) != 0 ? ',' : '\t');
  content += text_of(parts.rest());
  const fs::path file = scratch_file("trace.csv", bytes_of(content));
  try {
    interchange::CsvReader reader(file, (form & 4) != 0 ? 1'700'000'000 * traffic::second : 0);
    std::vector<traffic::Packet> packets;
    std::uint64_t delivered = 0;
    std::uint32_t part = 0;
    traffic::Nanoseconds newest = std::numeric_limits<traffic::Nanoseconds>::min();
    for (bool more = true; more;) {
      more = reader.next(limit, span, packets);
      require(packets.size() <= limit, "more packets than asked for");
      delivered += packets.size();
      require(packets.empty() || reader.part() >= part, "a part of the trace before the last one");
      if (!packets.empty() && reader.part() != part)
        newest = std::numeric_limits<traffic::Nanoseconds>::min();
      if (!packets.empty()) part = reader.part();
      for (const traffic::Packet& packet : packets) {
        require(traffic::in_time_range(packet.time), "a packet at a time of no calendar");
        require(packet.time >= newest, "time goes back");
        newest = packet.time;
      }
    }
    check_rows(reader, delivered);
  } catch (const capture::CaptureError& error) {
    require_line(error.what());
  }
}

/// A packet from each device to the world and one back, one between every two, and some of strangers.
std::vector<traffic::Packet> packets_of(const std::vector<traffic::Device>& devices) {
  const auto outside = traffic::IpAddress::parse("8.8.8.8"),
             inside = traffic::IpAddress::parse("192.168.1.77");
  std::vector<traffic::Packet> out;
  const auto add = [&](traffic::Packet packet, std::uint32_t payload) {
    packet.payload = payload;
    packet.time = static_cast<traffic::Nanoseconds>(out.size());
    out.push_back(packet);
    std::swap(packet.source, packet.destination);
    std::swap(packet.source_mac, packet.destination_mac);
    packet.time = static_cast<traffic::Nanoseconds>(out.size());
    out.push_back(packet);
  };
  traffic::Packet packet;
  packet.has_mac = true;
  for (std::size_t i = 0; i < std::min<std::size_t>(devices.size(), 20); ++i) {
    packet.source = devices[i].addresses.empty() ? *inside : devices[i].addresses.front();
    packet.source_mac = devices[i].macs.empty() ? traffic::MacAddress{} : devices[i].macs.back();
    packet.destination = *outside;
    packet.destination_mac = {{2, 0, 0, 0, 0, 1}};
    add(packet, i % 3 == 0 ? 0 : 100);
    packet.destination = *inside;
    add(packet, 10);
  }
  packet.source = *inside;
  packet.source_mac = {{2, 0, 0, 0, 0, 9}};
  packet.destination = *outside;
  add(packet, 1);
  return out;
}

/// Divides packets among the devices; none is lost.
void check_division(const traffic::DeviceFile& file) {
  const traffic::SplitSettings settings = traffic::split_settings(file, false);
  const auto name = std::make_shared<const std::string>("home.pcap");
  const auto files = std::make_shared<const std::vector<std::string>>(1, "captures/day1/home.pcap");
  traffic::DeviceSplitter splitter(settings, 0, name, files);
  traffic::PacketBatch batch;
  batch.capture_name = name;
  batch.files = files;
  batch.packets = packets_of(file.devices);
  const std::size_t packets = batch.packets.size();
  try {
    splitter.split(batch);
    splitter.finish();
  } catch (const std::runtime_error& error) {  // two devices claim a packet
    return require_line(error.what());
  }
  const traffic::CaptureSummary summary = splitter.summary();
  std::uint64_t counted = summary.unknown_packets + summary.left_out.total();
  for (const traffic::DeviceTotals& device : summary.devices) counted += device.packets;
  require(counted == packets, "packets that are neither counted nor left out");
}

/// What is written of an address is read as the address again.
void check_addresses(const traffic::DeviceFile& file) {
  for (const traffic::Network& network : file.local_networks)
    require(traffic::Network::parse(network.text()) == network, "a network is written as another one");
  for (const traffic::Device& device : file.devices) {
    for (const traffic::MacAddress& mac : device.macs)
      require(traffic::MacAddress::parse(mac.text()) == mac, "a MAC address is written as another one");
    for (const traffic::IpAddress& address : device.addresses)
      require(traffic::IpAddress::parse(address.text()) == address,
              "an IP address is written as another one");
  }
}

/// A text matches itself, its special characters escaped; texts have one order.
void check_globs(const std::vector<std::string>& globs) {
  constexpr std::size_t most = 8;
  for (std::size_t i = 0; i < std::min(most, globs.size()); ++i) {
    const std::string& one = globs[i];
    require(traffic::glob_match(traffic::glob_escape(one), one), "an escaped glob is not its text");
    for (std::size_t j = 0; j < std::min(most, globs.size()); ++j) {
      const std::string& other = globs[j];
      const bool less = traffic::natural_less(one, other), more = traffic::natural_less(other, one);
      require(!(less && more) && (less || more) == (one != other), "two texts have no order");
    }
  }
}

void check_devices(const traffic::DeviceFile& file) {
  require(!file.devices.empty(), "a list without devices was taken");
  check_addresses(file);
  std::set<std::string> names;
  for (const traffic::Device& device : file.devices) {
    require(traffic::can_name_device(device.name), "a name that cannot be a part of a path");
    require_line(device.name);
    require(names.insert(device.name).second, "two devices of one name");
    require(!device.macs.empty() || !device.addresses.empty() || !device.captures.empty(),
            "a device that nothing is known by");
    check_globs(device.captures);
  }
  check_division(file);
}

void run_devices(Bytes input) {
  try {
    check_devices(traffic::load_device_file(scratch_file("devices.toml", input)));
  } catch (const traffic::DeviceFileError& error) {
    require_lines(error.what());
  }
}

void run_device_list(Bytes input) {
  try {
    check_devices(traffic::load_devices(scratch_file("devices.csv", input),
                                        {*traffic::Network::parse("192.168.0.0/16")}));
  } catch (const traffic::DeviceFileError& error) {
    require_lines(error.what());
  }
}

/// What is made of a home is read again by whoever divides its packets.
void run_home(Bytes input) {
  synthesis::Home home;
  try {
    home = synthesis::read_home(scratch_file("home.toml", input));
  } catch (const std::runtime_error& error) {
    return require_lines(error.what());
  }
  const std::string text = synthesis::devices_toml(home);
  const traffic::DeviceFile file = traffic::load_device_file(scratch_file("devices.toml", bytes_of(text)));
  require(file.devices.size() == home.devices.size(), "the devices file of a home has other devices");
  for (std::size_t i = 0; i < home.devices.size(); ++i)
    require(
        file.devices[i].name == home.devices[i].name && file.devices[i].protect == home.devices[i].protect,
        "the devices file of a home has other devices");
}

}  // namespace

std::vector<Target> text_targets() {
  return {{"trace",
           "a trace in the published format",
           8192,
           "trace.dict",
           {"stages/interchange/csv_reader.", "stages/interchange/trace_r", "stages/interchange/line_reader.",
            "stages/interchange/decimal_time.", "stages/traffic/delimited."},
           run_trace},
          {"devices",
           "devices.toml, and packets divided by it",
           8192,
           "toml.dict",
           {"stages/traffic/device_file.", "stages/traffic/device_globs.", "stages/traffic/paths.",
            "stages/traffic/address."},
           run_devices},
          {"device_list",
           "devices.csv, and packets divided by it",
           8192,
           "trace.dict",
           {"stages/traffic/device_csv.", "stages/traffic/delimited."},
           run_device_list},
          {"home",
           "home.toml, and the devices.toml that is made of it",
           8192,
           "toml.dict",
           {"stages/synthesis/modelled_home.", "stages/traffic/table_reader."},
           run_home}};
}

}  // namespace ipet::fuzz
