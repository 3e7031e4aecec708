// Devices, records of their traffic, and the way by which defences get them back.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stages/capture/pcap_reader.hpp"
#include "stages/gateway/pool_files.hpp"
#include "stages/traffic/device_splitter.hpp"
#include "tests/gateway/scratch_folder.hpp"

namespace ipet::gateway::test {

using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;

/// 2026-12-01T00:00:00Z
inline constexpr Nanoseconds midnight = 1'796'083'200 * traffic::second, hour = 3600 * traffic::second;

inline traffic::Device device(const std::string& name, const std::string& mac,
                              const std::string& address = "") {
  traffic::Device made;
  made.name = name;
  if (!mac.empty()) made.macs = {*traffic::MacAddress::parse(mac)};
  if (!address.empty()) made.addresses = {*traffic::IpAddress::parse(address)};
  made.place = "devices.toml:1:1";
  return made;
}

/// Named by its MAC, by its address, by both, by an IPv6 address; two of one MAC.
inline traffic::DeviceFile home() {
  traffic::DeviceFile file;
  file.path = "devices.toml";
  file.local_networks = {*traffic::Network::parse("192.168.7.0/24"), *traffic::Network::parse("fd00::/8")};
  file.devices = {device("camera", "02:00:00:00:00:01"),
                  device("lamp", "", "192.168.7.5"),
                  device("plug", "02:00:00:00:00:02", "192.168.7.9"),
                  device("lock", "", "fd00::7"),
                  device("hub", "02:00:00:00:00:03", "192.168.7.30"),
                  device("bridge", "02:00:00:00:00:03", "192.168.7.31")};
  return file;
}

/// What is read back: capture's name, device, packet.
struct Found {
  std::string file, device;
  traffic::DevicePacket packet;
};

/// The pool's captures as pcap_reader and device_splitter read them; `losses` gets what they complain of.
inline std::vector<Found> read_back(const std::filesystem::path& folder, const traffic::DeviceFile& file,
                                    std::vector<std::string>* losses = nullptr) {
  std::vector<Found> all;
  const traffic::SplitSettings settings = traffic::split_settings(file, true);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".pcap") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    capture::PcapReader reader({path});
    const auto name = std::make_shared<const std::string>(path.filename().string());
    std::map<std::uint32_t, std::vector<traffic::Packet>> parts;
    std::vector<traffic::Packet> packets;
    for (bool more = true; more;) {
      more = reader.next(10'000, traffic::day * 1000, packets);
      auto& part = parts[reader.part()];
      part.insert(part.end(), packets.begin(), packets.end());
    }
    for (const auto& [number, content] : parts) {
      traffic::DeviceSplitter splitter(settings, 0, name, std::make_shared<const std::vector<std::string>>());
      traffic::PacketBatch batch;
      batch.packets = content;
      std::vector<traffic::DevicePackets> split = splitter.split(batch);
      for (auto& each : splitter.finish()) split.push_back(std::move(each));
      for (const auto& each : split)
        for (const auto& packet : each.packets) all.push_back({*name, *each.device, packet});
      if (losses != nullptr && splitter.summary().unknown_packets + splitter.summary().left_out.total() > 0)
        losses->push_back("packets of no device");
    }
    if (losses != nullptr)
      losses->insert(losses->end(), reader.file_losses().begin(), reader.file_losses().end());
  }
  return all;
}

struct Said {
  std::vector<std::string> lines = {};
  PoolFiles::Say say = [this](Severity, std::string_view reason, const std::string& text) {
    lines.push_back(std::string(reason) + ": " + text);
  };
};

}  // namespace ipet::gateway::test
