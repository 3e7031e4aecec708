#include "stages/traffic/traces.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace ipet::traffic {

namespace {

bool earlier(const DevicePacket& a, const DevicePacket& b) {
  return a.time < b.time;
}

}  // namespace

std::size_t Traces::device_index(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::find(devices, name) - devices.begin());
}

Trace& Traces::trace(std::uint32_t capture, std::string_view capture_name, const std::string& device) {
  if (captures.size() <= capture) captures.resize(std::size_t{capture} + 1);
  captures[capture] = capture_name;
  const std::size_t index = device_index(device);
  if (index == devices.size()) {
    if (index > std::numeric_limits<std::uint16_t>::max())
      throw std::runtime_error("more than 65,536 devices");
    devices.push_back(device);
  }
  // Messages of one trace mostly come one after another.
  for (auto t = traces.rbegin(); t != traces.rend(); ++t)
    if (t->capture == capture && t->device == index) return *t;
  traces.push_back({static_cast<std::uint16_t>(index), capture});
  return traces.back();
}

void Traces::add(const DevicePackets& packets) {
  if (packets.reshaped)
    throw std::runtime_error(
        "device '" + *packets.device +
        "' went through a defence that delays, or a line that devices share: what leaves is no traffic of "
        "the device");
  if (packets.declared_devices && declared_.empty()) declared_ = *packets.declared_devices;
  Trace& to = trace(packets.capture, *packets.capture_name, *packets.device);
  to.protect = packets.protect;
  to.packets.insert(to.packets.end(), packets.packets.begin(), packets.packets.end());
}

void Traces::merge(Traces&& other) {
  if (declared_.empty()) declared_ = std::move(other.declared_);
  for (Trace& from : other.traces) {
    Trace& to = trace(from.capture, other.captures[from.capture], other.devices[from.device]);
    to.protect = from.protect;
    if (to.packets.empty())
      to.packets = std::move(from.packets);
    else
      to.packets.insert(to.packets.end(), from.packets.begin(), from.packets.end());
  }
}

void Traces::number_devices() {
  std::vector<std::string> ordered = declared_, others;
  for (const std::string& name : devices)
    if (std::ranges::find(ordered, name) == ordered.end()) others.push_back(name);
  std::ranges::sort(others);
  ordered.insert(ordered.end(), others.begin(), others.end());
  for (Trace& t : traces)
    t.device = static_cast<std::uint16_t>(std::ranges::find(ordered, devices[t.device]) - ordered.begin());
  devices = std::move(ordered);
}

void Traces::finish() {
  number_devices();
  std::ranges::sort(traces, [](const Trace& a, const Trace& b) {
    return std::tie(a.capture, a.device) < std::tie(b.capture, b.device);
  });
  for (Trace& t : traces)
    if (!std::ranges::is_sorted(t.packets, earlier)) std::ranges::stable_sort(t.packets, earlier);
}

std::size_t Traces::byte_size() const {
  std::size_t bytes = sizeof *this;
  for (const Trace& t : traces) bytes += sizeof t + t.packets.capacity() * sizeof(DevicePacket);
  return bytes;
}

std::size_t Traces::item_count() const {
  std::size_t count = 0;
  for (const Trace& t : traces) count += t.packets.size();
  return count;
}

}  // namespace ipet::traffic
