#include "stages/traffic/accounting.hpp"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "pipeline/text/lists.hpp"
#include "stages/traffic/text_table.hpp"

namespace ipet::traffic {

namespace {

constexpr std::size_t most_names = 20, most_addresses = 5, most_kept = 4096;

std::string counted_verb(std::uint64_t number, const char* one, const char* several) {
  return std::to_string(number) + (number == 1 ? one : several);
}

template <class Names>
std::string list(const Names& names, std::size_t most, const char* separator = ", ") {
  std::string text;
  std::size_t shown = 0;
  for (const std::string& name : names) {
    if (shown++ == most) return text + " ... (" + std::to_string(names.size()) + " in all)";
    text += (text.empty() ? "" : separator) + name;
  }
  return text;
}

bool is_private(const IpAddress& address) {
  static const LocalNetworks networks = [] {
    std::vector<Network> made;
    for (const std::string& text : default_local_networks) made.push_back(Network::parse(text).value());
    return LocalNetworks(std::move(made));
  }();
  return networks.contains(address);
}

}  // namespace

void Accounting::add(const CaptureSummary& summary, const DeviceSplitter& splitter) {
  for (const DeviceTotals& totals : summary.devices) {
    Row& row = devices_[totals.device];
    row.counted += totals.packets;
    row.left_out += totals.left_out;
    all_.counted += totals.packets;
  }
  all_.left_out += summary.left_out;
  unknown_packets_ += summary.unknown_packets;
  unknown_.insert(summary.unknown.begin(), summary.unknown.end());
  networks_.insert(summary.networks.begin(), summary.networks.end());
  for (const auto& [address, packets] : splitter.outside_addresses())
    if (outside_.size() < most_kept || outside_.contains(address)) outside_[address] += packets;
  matched_.insert(splitter.candidates().begin(), splitter.candidates().end());
  if (recordings_++ == 0 || summary.capture < first_capture_) {
    first_capture_ = summary.capture;
    first_file_ = summary.files.empty() ? summary.capture_name : summary.files.front();
  }
  files_ += summary.files.size();
}

std::size_t Accounting::devices() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(devices_, [](const auto& device) { return device.second.counted > 0; }));
}

std::string Accounting::table() const {
  TextTable table({"device", "packets", "counted", "no payload", "both local", "neither local", "multicast",
                   "unknown device"});
  const auto add = [&](const std::string& name, const Row& row, std::uint64_t unknown) {
    const LeftOut& left = row.left_out;
    table.row(name, {row.counted + unknown + left.total(), row.counted, left.empty, left.local, left.outside,
                     left.multicast, unknown});
  };
  std::vector<std::string> names;
  if (settings_.declared) names = *settings_.declared;
  for (const auto& [name, row] : devices_)
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  LeftOut others = all_.left_out;
  for (const std::string& name : names) {
    const auto found = devices_.find(name);
    const Row row = found == devices_.end() ? Row{} : found->second;
    others.multicast -= row.left_out.multicast;
    others.local -= row.left_out.local;
    others.outside -= row.left_out.outside;
    others.empty -= row.left_out.empty;
    add(name, row, 0);
  }
  add("(no device)", {0, others}, unknown_packets_);
  add("all", all_, unknown_packets_);
  return "TCP and UDP packets of " + text::counted(recordings_, "recording") + "\n" + table.text();
}

std::string Accounting::local_networks() const {
  const bool of_file = settings_.file && settings_.file->has_networks;
  return text::joined(settings_.networks.networks(), ", ", &Network::text) +
         (of_file ? ", of " + settings_.file->path.string() : ", option 'local_networks'");
}

/// Those that look like a home's first, then those with most packets.
std::string Accounting::seen_addresses() const {
  std::vector<std::tuple<bool, std::uint64_t, IpAddress>> order;
  for (const auto& [address, packets] : outside_) order.emplace_back(!is_private(address), ~packets, address);
  std::sort(order.begin(), order.end());
  std::vector<std::string> texts;
  for (const auto& [foreign, packets, address] : order)
    texts.push_back(address.text() + " (" + text::counted(~packets, "packet") + ")");
  return list(texts, most_addresses);
}

std::string Accounting::nothing_counted() const {
  if (recordings_ == 0 || all_.counted > 0) return "";
  if (read() == 0)
    return "no packet counts: there is no TCP or UDP packet in " + text::counted(recordings_, "recording");
  const LeftOut& left = all_.left_out;
  std::string text = "no packet counts, of " + std::to_string(read()) + ":";
  if (left.outside > 0)
    text += " " + counted_verb(left.outside, " has", " have") +
            " no end in the local networks: none of the addresses seen (" + seen_addresses() +
            ") is in local_networks (" + local_networks() + "); add the network of the devices there;";
  if (left.local > 0)
    text += " " + counted_verb(left.local, " stays", " stay") + " within the local networks (" +
            local_networks() +
            "): only what crosses the gateway counts; record where the traffic to the internet passes, or "
            "narrow local_networks if one end is remote;";
  if (left.multicast > 0)
    text += " " + counted_verb(left.multicast, " is", " are") + " multicast or broadcast;";
  if (left.empty > 0)
    text += " " + counted_verb(left.empty, " has", " have") + " no payload (option count_empty counts them);";
  if (unknown_packets_ > 0)
    text += " " + counted_verb(unknown_packets_, " crosses", " cross") +
            " the gateway, but of no device in the devices file;";
  text.pop_back();
  return text;
}

std::string Accounting::some_outside() const {
  const std::uint64_t outside = all_.left_out.outside;
  if (outside == 0 || all_.counted == 0) return "";
  return std::to_string(outside) + " of " + text::counted(read(), "packet") +
         " left out: neither end is in local_networks (" + local_networks() + "): " + seen_addresses() +
         "; if one of them is the home's, add its network there";
}

std::string Accounting::some_unknown() const {
  if (unknown_packets_ == 0) return "";
  std::string text = text::counted(unknown_packets_, "packet") + " of " +
                     text::counted(unknown_.size(), "unknown device") + ": " +
                     list(unknown_, most_names, " ");
  const bool without_mac = std::ranges::any_of(
      unknown_, [](const std::string& name) { return IpAddress::parse(name).has_value(); });
  const bool by_mac =
      settings_.file && std::ranges::any_of(settings_.file->devices, [](const Device& device) {
        return !device.macs.empty() && device.addresses.empty();
      });
  if (without_mac && by_mac)
    text +=
        "; these captures do not tell the MAC of every local end (Linux cooked captures have the sender's "
        "only, raw IP none): give such devices 'ip' in the devices file";
  return text;
}

std::string Accounting::unmatched_globs() const {
  if (!settings_.file || recordings_ == 0) return "";
  std::vector<std::string> globs;
  for (std::size_t i = 0; i < settings_.file->devices.size(); ++i) {
    const Device& device = settings_.file->devices[i];
    if (matched_.contains(i) || device.captures.empty()) continue;
    globs.push_back("'" + device.captures.front() + "' of " + device.name);
  }
  if (globs.empty()) return "";
  return "captures globs that match none of " + text::counted(files_, "file") +
         " read: " + list(globs, most_addresses) + "; they are resolved against " +
         settings_.globs->folder().string() + " (the folder of " + settings_.file->path.filename().string() +
         "), and the first file read is " +
         std::filesystem::absolute(first_file_).lexically_normal().string();
}

std::string Accounting::silent_devices() const {
  if (!settings_.file || recordings_ == 0) return "";
  std::vector<std::string> silent;
  for (const std::string& name : *settings_.declared) {
    const auto found = devices_.find(name);
    if (found == devices_.end() || found->second.counted == 0) silent.push_back(name);
  }
  return silent.empty() ? "" : "devices without any counted packet: " + list(silent, silent.size());
}

std::vector<std::string> Accounting::warnings() const {
  std::vector<std::string> texts;
  for (std::string text :
       {nothing_counted(), some_outside(), silent_devices(), unmatched_globs(), some_unknown()})
    if (!text.empty()) texts.push_back(std::move(text));
  return texts;
}

std::string Accounting::findings() const {
  if (networks_.empty()) return "";
  return "IPv6 networks of the home, found by the MAC addresses of devices and routers: " +
         list(networks_, most_names);
}

}  // namespace ipet::traffic
