#include "stages/traffic/device_splitter.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <set>
#include <stdexcept>
#include <utility>

#include "stages/traffic/flow_cache.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::traffic {

namespace {

/// More local ends than this in one recording are spoofed; forgetting them costs time, not correctness.
constexpr std::size_t most_remembered = 65'536;
/// Packets that do not count are told apart by their addresses up to this number, each kind by itself.
constexpr std::size_t most_bins = 16'384;
constexpr MacAddress no_mac{};

std::string packet_text(const Packet& packet) {
  std::string text = packet.source.text() + " to " + packet.destination.text();
  if (packet.has_mac) text += " (" + packet.source_mac.text() + " to " + packet.destination_mac.text() + ")";
  return text + " at " + time_text(packet.time);
}

std::set<MacAddress> macs_of(const SplitSettings& settings) {
  std::set<MacAddress> macs;
  if (!settings.file) return macs;
  for (const Device& device : settings.file->devices) macs.insert(device.macs.begin(), device.macs.end());
  return macs;
}

template <class T>
bool has(const std::vector<T>& values, const T& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

std::string too_many_devices(const std::string& found) {
  return found +
         ": results hold 65,535 devices at most. MAC addresses of this number are random ones, or the "
         "capture is not of one home: name the devices in a devices file (option 'devices'), or narrow "
         "local_networks";
}

SplitSettings split_settings(DeviceFile file, bool count_empty) {
  if (file.devices.size() > most_devices)
    throw DeviceFileError(file.path.string() + ": error: " + std::to_string(file.devices.size()) +
                          " devices: results hold 65,535 at most; divide the home, or leave devices out");
  SplitSettings settings{std::nullopt, LocalNetworks(file.local_networks), count_empty,
                         std::make_shared<const std::vector<std::string>>(file.names())};
  settings.globs = std::make_shared<const DeviceGlobs>(file);
  std::vector<std::string> to_protect;
  for (const Device& device : file.devices)
    if (device.protect) to_protect.push_back(device.name);
  settings.protected_devices = std::make_shared<const std::vector<std::string>>(std::move(to_protect));
  settings.file = std::move(file);
  return settings;
}

SplitSettings split_settings(std::vector<Network> local_networks, bool count_empty) {
  return {std::nullopt, LocalNetworks(std::move(local_networks)), count_empty, nullptr};
}

std::size_t DeviceSplitter::EndsHash::operator()(const Ends& ends) const noexcept {
  std::uint64_t words[6] = {};
  static_assert(sizeof(Ends) == 44);
  std::memcpy(words, &ends, sizeof ends);
  std::uint64_t hash = 0;
  for (const std::uint64_t word : words) hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL + (hash >> 29);
  return hash ^ (hash >> 32);
}

DeviceSplitter::DeviceSplitter(const SplitSettings& settings, std::uint32_t capture,
                               std::shared_ptr<const std::string> capture_name,
                               std::shared_ptr<const std::vector<std::string>> files)
    : settings_(settings),
      number_(FlowCache<Verdict>::next_owner()),
      capture_(capture),
      capture_name_(std::move(capture_name)),
      files_(std::move(files)),
      home_(settings.networks, macs_of(settings), settings.find_networks) {
  for (std::size_t kind = 0; kind < kinds_left_out; ++kind) bins_.push_back({static_cast<Kind>(kind), {}});
  if (!settings.file) return;
  candidates_ = settings.globs->devices_of(*files_);
  for (const Device& device : settings.file->devices) {
    Slot slot;
    slot.totals.device = device.name;
    for (const MacAddress& mac : device.macs)
      slot.totals.mac += (slot.totals.mac.empty() ? "" : " ") + mac.text();
    slot.name = std::make_shared<const std::string>(device.name);
    slots_.push_back(std::move(slot));
  }
}

std::int32_t DeviceSplitter::declared_owner(const Packet& packet, const LocalEnd& local,
                                            const MacAddress& mac) const {
  const auto names = [&](const Device& device) {
    if (!device.addresses.empty() && !has(device.addresses, local.address)) return false;
    if (device.macs.empty() || has(device.macs, packet.source_mac) ||
        has(device.macs, packet.destination_mac) || has(device.macs, mac))
      return true;
    // A MAC that the link layer does not tell cannot contradict.
    return mac == no_mac && !packet.has_mac && !device.addresses.empty();
  };
  std::int32_t owner = unknown;
  for (const std::size_t position : candidates_) {
    const Device& device = settings_.file->devices[position];
    if (!names(device)) continue;
    if (owner != unknown) {
      const Device& other = settings_.file->devices[static_cast<std::size_t>(owner)];
      throw std::runtime_error(*capture_name_ + ": two devices claim the packet from " + packet_text(packet) +
                               ": '" + other.name + "' (" + other.place + ") and '" + device.name + "' (" +
                               device.place + ")");
    }
    owner = static_cast<std::int32_t>(position);
  }
  return owner;
}

std::int32_t DeviceSplitter::discover(const Packet& packet, const LocalEnd& local, const MacAddress& mac) {
  const std::string name = mac != no_mac ? discovered_name(mac) : local.address.text();
  const auto [found, is_new] = discovered_.emplace(name, static_cast<std::int32_t>(slots_.size()));
  if (is_new) {
    if (slots_.size() == most_devices)
      throw std::runtime_error(too_many_devices(*capture_name_ + ": no devices file, and the packet from " +
                                                packet_text(packet) + " is of device 65,536"));
    Slot slot;
    slot.totals.device = name;
    if (mac != no_mac) slot.totals.mac = mac.text();
    slot.name = std::make_shared<const std::string>(name);
    slot.address = local.address.text();
    slots_.push_back(std::move(slot));
  }
  return found->second;
}

std::int32_t DeviceSplitter::resolve(const Packet& packet, const LocalEnd& local, const MacAddress& mac) {
  const Ends ends{packet.source_mac, packet.destination_mac, local.address, {}};
  if (const auto known = owners_.find(ends); known != owners_.end()) return known->second;
  const std::int32_t owner =
      settings_.file ? declared_owner(packet, local, mac) : discover(packet, local, mac);
  if (owner != unknown) remember(slots_[static_cast<std::size_t>(owner)], packet, local);
  if (owners_.size() >= most_remembered) owners_.clear();
  owners_.emplace(ends, owner);
  return owner;
}

void DeviceSplitter::remember(Slot& slot, const Packet& packet, const LocalEnd& local) {
  if (slot.addresses.size() >= most_remembered) return;
  const bool out = local.direction == Direction::out;
  slot.addresses.insert({out ? packet.source_mac : packet.destination_mac,
                         out ? packet.destination_mac : packet.source_mac, local.address});
}

DeviceSplitter::Verdict DeviceSplitter::left_out(Kind kind, const Ends& ends) {
  auto& bins = bin_of_[static_cast<std::size_t>(kind)];
  const auto found = bins.find(ends);
  if (found != bins.end()) return {found->second, kind, Direction::out};
  if (bins.size() >= most_bins) return {static_cast<std::int32_t>(kind), kind, Direction::out};
  const auto index = static_cast<std::int32_t>(bins_.size());
  bins_.push_back({kind, ends});
  bins.emplace(ends, index);
  return {index, kind, Direction::out};
}

DeviceSplitter::Verdict DeviceSplitter::classify(const Packet& packet) {
  const auto [course, news] = home_.see(packet);
  if (news) {
    number_ = FlowCache<Verdict>::next_owner();
    owners_.clear();
  }
  if (course.way != Way::crossing) {
    const Kind kind = course.way == Way::multicast ? Kind::multicast
                      : course.way == Way::local   ? Kind::local
                                                   : Kind::outside;
    return left_out(kind, {packet.source_mac, packet.destination_mac, packet.source, packet.destination});
  }
  const LocalEnd local = local_end(packet, course.from_local);
  const MacAddress mac = home_.local_mac(local);
  const std::int32_t owner = resolve(packet, local, mac);
  if (owner == unknown) return left_out(Kind::unknown, {mac, {}, local.address, {}});
  return {owner, Kind::counted, local.direction};
}

void DeviceSplitter::look(std::span<const Packet> packets) {
  FlowCache<Verdict> flows(number_);
  for (const Packet& packet : packets.first(std::min(packets.size(), first_look - seen_))) {
    flows.of(packet, [&] {
      if (home_.see(packet).news) number_ = FlowCache<Verdict>::next_owner();
      return Verdict{};
    });
  }
  seen_ = std::min(first_look, seen_ + packets.size());
}

std::vector<DevicePackets> DeviceSplitter::split(const PacketBatch& batch) {
  reading_ = batch.reading;
  if (!looking_) return divide(batch.packets);
  look(batch.packets);
  if (seen_ < first_look) {
    if (!batch.packets.empty()) held_.push_back(batch.packets);
    return {};
  }
  std::vector<DevicePackets> parts = finish();
  std::vector<DevicePackets> more = divide(batch.packets);
  parts.insert(parts.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return parts;
}

std::vector<DevicePackets> DeviceSplitter::finish() {
  if (!looking_) return {};
  looking_ = false;
  home_.end_first_look();
  number_ = FlowCache<Verdict>::next_owner();
  std::vector<DevicePackets> parts;
  for (const std::vector<Packet>& packets : std::exchange(held_, {})) {
    for (DevicePackets& part : divide(packets)) parts.push_back(std::move(part));
  }
  return parts;
}

std::vector<DevicePackets> DeviceSplitter::divide(std::span<const Packet> packets) {
  if (watermark_ == DevicePackets::no_watermark && !packets.empty()) watermark_ = packets.front().time;
  std::vector<Verdict> verdicts(packets.size());
  std::vector<std::size_t> counts;
  FlowCache<Verdict> flows(number_);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    Verdict& verdict = verdicts[i];
    verdict = flows.of(packets[i], [&] { return classify(packets[i]); });
    const auto index = static_cast<std::size_t>(verdict.index);
    const bool counted = verdict.kind == Kind::counted,
               is_empty = packets[i].payload == 0 && !settings_.count_empty;
    if (!counted) {
      ++(verdict.kind == Kind::unknown && is_empty ? unknown_empty_ : bins_[index].packets);
      continue;
    }
    if (index >= counts.size()) counts.resize(slots_.size());
    verdict.takes = !is_empty;
    counts[index] += is_empty ? 0 : 1;
    slots_[index].totals.left_out.empty += is_empty ? 1 : 0;
  }
  counts.resize(slots_.size());
  std::vector<DevicePackets> parts(slots_.size());
  for (std::size_t i = 0; i < slots_.size(); ++i) parts[i].packets.reserve(counts[i]);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (!verdicts[i].takes) continue;
    const auto slot = static_cast<std::size_t>(verdicts[i].index);
    const Packet& packet = packets[i];
    DeviceTotals& totals = slots_[slot].totals;
    if (totals.packets++ == 0) totals.first = packet.time;
    totals.last = packet.time;
    totals.payload_bytes += packet.payload;
    parts[slot].packets.push_back(
        {packet.time, packet.payload, verdicts[i].direction, packet.protocol, false});
  }
  std::vector<DevicePackets> filled;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (counts[i] == 0) continue;
    parts[i].capture = capture_;
    parts[i].capture_name = capture_name_;
    parts[i].files = files_;
    parts[i].device = slots_[i].name;
    parts[i].declared_devices = settings_.declared;
    parts[i].protected_devices = settings_.protected_devices;
    parts[i].watermark = watermark_;
    // Declared devices have the first slots, in their order.
    parts[i].protect = !settings_.file || settings_.file->devices[i].protect;
    filled.push_back(std::move(parts[i]));
  }
  // With the last message, all of these packets have come.
  if (!packets.empty()) watermark_ = std::max(watermark_, packets.back().time);
  if (!filled.empty()) filled.back().watermark = watermark_;
  return filled;
}

std::int32_t DeviceSplitter::owner_of(MacAddress mac, const IpAddress& address) const {
  if (mac == no_mac) mac = home_.sender_at(address);
  if (!settings_.file) {
    const auto found = discovered_.find(mac != no_mac ? discovered_name(mac) : address.text());
    return found == discovered_.end() ? unknown : found->second;
  }
  for (const std::size_t position : candidates_) {
    const Device& device = settings_.file->devices[position];
    const bool told = mac != no_mac || device.addresses.empty();
    if ((device.macs.empty() || !told || has(device.macs, mac)) &&
        (device.addresses.empty() || has(device.addresses, address)))
      return static_cast<std::int32_t>(position);
  }
  return unknown;
}

std::int32_t DeviceSplitter::owner_of(const Bin& bin) const {
  if (bin.kind == Kind::unknown || bin.ends == Ends{}) return unknown;
  const std::int32_t sender = owner_of(bin.ends.source_mac, bin.ends.source);
  return sender != unknown ? sender : owner_of(bin.ends.destination_mac, bin.ends.destination);
}

CaptureSummary DeviceSplitter::summary() const {
  CaptureSummary summary;
  summary.capture = capture_;
  summary.capture_name = *capture_name_;
  summary.files = *files_;
  summary.reading = reading_;
  summary.left_out.empty = unknown_empty_;
  std::vector<LeftOut> of_slots(slots_.size());
  std::set<std::string> unknown_names;
  for (const Bin& bin : bins_) {
    const MacAddress& mac = bin.ends.source_mac;
    if (bin.kind == Kind::unknown) summary.unknown_packets += bin.packets;
    if (bin.kind == Kind::unknown && bin.packets > 0 && bin.ends != Ends{})
      unknown_names.insert(mac != no_mac ? mac.text() : bin.ends.source.text());
    if (bin.kind == Kind::unknown || bin.packets == 0) continue;
    LeftOut left;
    (bin.kind == Kind::multicast ? left.multicast
     : bin.kind == Kind::local   ? left.local
                                 : left.outside) = bin.packets;
    summary.left_out += left;
    if (const std::int32_t owner = owner_of(bin); owner != unknown)
      of_slots[static_cast<std::size_t>(owner)] += left;
  }
  summary.unknown.assign(unknown_names.begin(), unknown_names.end());
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const DeviceTotals& totals = slots_[i].totals;
    summary.left_out += totals.left_out;
    if (!settings_.file && totals.packets == 0) continue;
    DeviceTotals& device = summary.devices.emplace_back(totals);
    device.left_out += of_slots[i];
    device.addresses.assign(slots_[i].addresses.begin(), slots_[i].addresses.end());
  }
  if (!settings_.file) {
    std::sort(summary.devices.begin(), summary.devices.end(),
              [](const DeviceTotals& a, const DeviceTotals& b) { return a.device < b.device; });
  }
  for (const Network& network : home_.found()) summary.networks.push_back(network.text());
  std::sort(summary.networks.begin(), summary.networks.end());
  return summary;
}

std::map<IpAddress, std::uint64_t> DeviceSplitter::outside_addresses() const {
  std::map<IpAddress, std::uint64_t> addresses;
  for (const Bin& bin : bins_) {
    if (bin.kind != Kind::outside || bin.packets == 0 || bin.ends == Ends{}) continue;
    addresses[bin.ends.source] += bin.packets;
    addresses[bin.ends.destination] += bin.packets;
  }
  return addresses;
}

std::vector<DiscoveredDevice> DeviceSplitter::discovered() const {
  std::vector<DiscoveredDevice> found;
  for (const Slot& slot : slots_) {
    if (slot.totals.packets == 0) continue;
    found.push_back({slot.totals.device, slot.totals.mac, slot.address, slot.totals.packets});
  }
  return found;
}

}  // namespace ipet::traffic
