#include "stages/traffic/splitter.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <stdexcept>

#include "stages/traffic/paths.hpp"

namespace ipet::traffic {

namespace {

namespace fs = std::filesystem;

/// More local ends than this in one recording are spoofed; forgetting them costs time, not correctness.
constexpr std::size_t most_remembered = 65'536;

/// The globs of a device against a file and its folder, all as absolute paths.
bool globs_match(const Device& device, const fs::path& folder, const fs::path& file) {
  return std::any_of(device.captures.begin(), device.captures.end(), [&](const std::string& glob) {
    const fs::path path =
        fs::path(glob).is_absolute() ? fs::path(glob) : fs::path(glob_escape(folder.string())) / glob;
    const std::string pattern = path.lexically_normal().string();
    return glob_match(pattern, file.string()) || glob_match(pattern, file.parent_path().string());
  });
}

std::string clean(const fs::path& path) {
  std::string text = path.lexically_normal().string();
  if (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

std::string packet_text(const Packet& packet) {
  std::string text = packet.source.text() + " to " + packet.destination.text();
  if (packet.has_mac) text += " (" + packet.source_mac.text() + " to " + packet.destination_mac.text() + ")";
  return text + " at " + std::to_string(packet.time) + " ns";
}

/// From 1 on.
std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

SplitSettings split_settings(DeviceFile file, bool count_empty) {
  SplitSettings settings{std::nullopt, LocalNetworks(file.local_networks), count_empty,
                         std::make_shared<const std::vector<std::string>>(file.names())};
  settings.file = std::move(file);
  return settings;
}

SplitSettings split_settings(std::vector<Network> local_networks, bool count_empty) {
  return {std::nullopt, LocalNetworks(std::move(local_networks)), count_empty, nullptr};
}

std::vector<std::size_t> devices_of_recording(const DeviceFile& file, const std::vector<std::string>& files) {
  std::error_code error;
  fs::path folder = file.path.parent_path();
  if (folder.empty()) folder = ".";
  const fs::path absolute = clean(fs::absolute(folder)), canonical = fs::weakly_canonical(folder, error);
  auto holds = [&](const Device& device) {
    return device.captures.empty() || std::any_of(files.begin(), files.end(), [&](const std::string& path) {
             std::error_code ignored;
             return globs_match(device, absolute, clean(fs::absolute(path))) ||
                    globs_match(device, canonical, fs::weakly_canonical(path, ignored));
           });
  };
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < file.devices.size(); ++i) {
    if (holds(file.devices[i])) positions.push_back(i);
  }
  return positions;
}

std::size_t CaptureSplitter::EndsHash::operator()(const Ends& ends) const noexcept {
  std::uint64_t words[4] = {};
  static_assert(sizeof(Ends) == 28);
  std::memcpy(words, &ends, sizeof ends);
  std::uint64_t hash = 0;
  for (const std::uint64_t word : words) hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL + (hash >> 29);
  return hash ^ (hash >> 32);
}

/// Verdicts of recent flows: packets with the same four addresses, which is all that a verdict depends on
/// beside the length. Each thread has one, for the splitter that it serves: thousands of recordings can be
/// open.
class CaptureSplitter::FlowCache {
 public:
  explicit FlowCache(std::uint64_t splitter) : splitter_(splitter) {}

  /// The verdict of a flow; `find` is asked where it is not known.
  template <class Find>
  Verdict of(const Packet& packet, Find&& find) {
    Key key{};
    std::memcpy(key.data(), reinterpret_cast<const unsigned char*>(&packet) + offsetof(Packet, source),
                key_bytes);
    std::uint64_t hash = 0;
    for (const std::uint64_t word : key) hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
    Entry& entry = entries_[hash >> (64 - index_bits)];
    if (entry.splitter != splitter_ || entry.key != key) entry = {key, splitter_, find()};
    return entry.verdict;
  }

 private:
  static constexpr std::size_t key_bytes = 44, index_bits = 10;
  using Key = std::array<std::uint64_t, 6>;
  struct Entry {
    Key key{};
    std::uint64_t splitter = 0;
    Verdict verdict{};
  };
  static_assert(offsetof(Packet, source_port) - offsetof(Packet, source) == key_bytes,
                "four addresses in a row");
  using Entries = std::array<Entry, std::size_t{1} << index_bits>;
  static Entries& of_thread() {
    static thread_local Entries entries;
    return entries;
  }

  const std::uint64_t splitter_;
  Entries& entries_ = of_thread();
};

CaptureSplitter::CaptureSplitter(const SplitSettings& settings, std::uint32_t capture,
                                 std::shared_ptr<const std::string> capture_name,
                                 std::shared_ptr<const std::vector<std::string>> files)
    : settings_(settings),
      number_(next_number()),
      capture_(capture),
      capture_name_(std::move(capture_name)),
      files_(std::move(files)) {
  if (!settings.file) return;
  candidates_ = devices_of_recording(*settings.file, *files_);
  for (const Device& device : settings.file->devices) {
    Slot slot;
    slot.totals.device = device.name;
    if (device.mac) slot.totals.mac = device.mac->text();
    slot.name = std::make_shared<const std::string>(device.name);
    slots_.push_back(std::move(slot));
  }
}

std::int32_t CaptureSplitter::declared_owner(const Packet& packet, const LocalEnd& local) const {
  std::int32_t owner = unknown;
  for (const std::size_t position : candidates_) {
    const Device& device = settings_.file->devices[position];
    if (device.mac && *device.mac != packet.source_mac && *device.mac != packet.destination_mac) continue;
    if (!device.addresses.empty() &&
        std::find(device.addresses.begin(), device.addresses.end(), local.address) == device.addresses.end())
      continue;
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

std::int32_t CaptureSplitter::discover(const Packet& packet, const LocalEnd& local) {
  const std::string name = packet.has_mac ? discovered_name(local.mac) : local.address.text();
  const auto [found, is_new] = discovered_.emplace(name, static_cast<std::int32_t>(slots_.size()));
  if (is_new) {
    Slot slot;
    slot.totals.device = name;
    if (packet.has_mac) slot.totals.mac = local.mac.text();
    slot.name = std::make_shared<const std::string>(name);
    slot.address = local.address.text();
    slots_.push_back(std::move(slot));
  }
  return found->second;
}

std::int32_t CaptureSplitter::resolve(const Packet& packet, const LocalEnd& local) {
  const Ends ends{packet.source_mac, packet.destination_mac, local.address};
  if (const auto known = owners_.find(ends); known != owners_.end()) return known->second;
  const std::int32_t owner = settings_.file ? declared_owner(packet, local) : discover(packet, local);
  if (owner == unknown)
    unknown_.insert(packet.has_mac ? local.mac.text() : local.address.text());
  else
    remember(slots_[static_cast<std::size_t>(owner)], packet, local);
  if (owners_.size() >= most_remembered) owners_.clear();
  owners_.emplace(ends, owner);
  return owner;
}

void CaptureSplitter::remember(Slot& slot, const Packet& packet, const LocalEnd& local) {
  if (slot.addresses.size() >= most_remembered) return;
  const bool out = local.direction == Direction::out;
  slot.addresses.insert({out ? packet.source_mac : packet.destination_mac,
                         out ? packet.destination_mac : packet.source_mac, local.address});
}

CaptureSplitter::Verdict CaptureSplitter::classify(const Packet& packet) {
  const auto local = settings_.networks.crossing(packet);
  if (!local) return {ignored, Direction::out};
  return {resolve(packet, *local), local->direction};
}

std::vector<DevicePackets> CaptureSplitter::split(const PacketBatch& batch) {
  reading_ = batch.reading;
  std::vector<Verdict> verdicts;
  verdicts.reserve(batch.packets.size());
  FlowCache flows(number_);
  for (const Packet& packet : batch.packets) {
    if (packet.payload == 0 && !settings_.count_empty)
      verdicts.push_back({ignored, Direction::out});
    else
      verdicts.push_back(flows.of(packet, [&] { return classify(packet); }));
  }
  std::vector<std::size_t> counts(slots_.size());
  for (const Verdict& verdict : verdicts) {
    if (verdict.slot >= 0) ++counts[static_cast<std::size_t>(verdict.slot)];
    unknown_packets_ += verdict.slot == unknown ? 1 : 0;
    ignored_packets_ += verdict.slot == ignored ? 1 : 0;
  }
  std::vector<DevicePackets> parts(slots_.size());
  for (std::size_t i = 0; i < slots_.size(); ++i) parts[i].packets.reserve(counts[i]);
  for (std::size_t i = 0; i < batch.packets.size(); ++i) {
    if (verdicts[i].slot < 0) continue;
    const auto slot = static_cast<std::size_t>(verdicts[i].slot);
    const Packet& packet = batch.packets[i];
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
    // Declared devices have the first slots, in their order.
    parts[i].protect = !settings_.file || settings_.file->devices[i].protect;
    filled.push_back(std::move(parts[i]));
  }
  return filled;
}

CaptureSummary CaptureSplitter::summary() const {
  CaptureSummary summary;
  summary.capture = capture_;
  summary.capture_name = *capture_name_;
  summary.files = *files_;
  summary.reading = reading_;
  for (const Slot& slot : slots_) {
    summary.devices.push_back(slot.totals);
    summary.devices.back().addresses.assign(slot.addresses.begin(), slot.addresses.end());
  }
  if (!settings_.file) {
    std::sort(summary.devices.begin(), summary.devices.end(),
              [](const DeviceTotals& a, const DeviceTotals& b) { return a.device < b.device; });
  }
  summary.unknown_packets = unknown_packets_;
  summary.unknown.assign(unknown_.begin(), unknown_.end());
  summary.ignored_packets = ignored_packets_;
  return summary;
}

std::vector<DiscoveredDevice> CaptureSplitter::discovered() const {
  std::vector<DiscoveredDevice> found;
  for (const Slot& slot : slots_) {
    found.push_back({slot.totals.device, slot.totals.mac, slot.address, slot.totals.packets});
  }
  return found;
}

}  // namespace ipet::traffic
