// Small captures of two devices, mixed and written again.
#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "stages/capture/frame_sequence.hpp"
#include "stages/defence/mixer.hpp"
#include "stages/defended_capture/pcap_writer.hpp"
#include "stages/traffic/device_splitter.hpp"
#include "tests/capture/frames.hpp"
#include "tests/defence/fixtures.hpp"

namespace ipet::defended_capture::test {

namespace fs = std::filesystem;
using namespace ipet::test;
using traffic::Nanoseconds;

/// A folder that is removed again.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "ipet-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  [[nodiscard]] fs::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const fs::path& path() const { return path_; }
  fs::path write(const std::string& name, const Bytes& content) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    return path_ / name;
  }

 private:
  fs::path path_;
};

/// One end of the line.
struct Host {
  Bytes mac, address;
};
inline const Host gateway{{0x02, 0, 0, 0, 0, 0xfe}, {203, 0, 113, 5}};
inline const Host camera{{0x02, 0, 0, 0, 0, 0x01}, {192, 168, 1, 10}};
inline const Host plug{{0x02, 0, 0, 0, 0, 0x02}, {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02}};
inline const Host cloud_v6{gateway.mac, {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x99}};

/// IP and UDP without checksums (0), as offloading leaves them in captures.
inline Bytes datagram(const Host& from, const Host& to, std::size_t size) {
  const auto length = static_cast<std::uint32_t>(8 + size);
  const Bytes udp = be16(40000) + be16(443) + be16(length) + be16(0) + payload(size);
  if (from.address.size() == 16)
    return be32(0x60000000) + be16(length) + Bytes{17, 64} + from.address + to.address + udp;
  return Bytes{0x45, 0} + be16(20 + length) + be16(7) + be16(0) + Bytes{64, 17} + be16(0) + from.address +
         to.address + udp;
}
inline std::uint32_t ether_type(const Host& from) {
  return from.address.size() == 16 ? 0x86dd : 0x0800;
}
inline Bytes on_ethernet(const Host& from, const Host& to, std::size_t size) {
  return to.mac + from.mac + be16(ether_type(from)) + datagram(from, to, size);
}
inline Bytes arp() {
  return Bytes(6, 0xff) + camera.mac + be16(0x0806) + Bytes(28, 1);
}

constexpr std::uint32_t start = 1'700'000'000;
inline Bytes record_at(Nanoseconds milliseconds, const Bytes& frame) {
  return pcap_record(start + static_cast<std::uint32_t>(milliseconds / 1000),
                     static_cast<std::uint32_t>(milliseconds % 1000 * 1000), frame);
}

/// Camera (IPv4) and plug (IPv6), a stranger, and frames that are no packets.
inline Bytes two_devices() {
  const Host stranger{{0x02, 0, 0, 0, 0, 0x77}, {192, 168, 1, 77}};
  return pcap_header() + record_at(0, on_ethernet(camera, gateway, 300)) + record_at(10, arp()) +
         record_at(20, on_ethernet(gateway, camera, 40)) + record_at(70, on_ethernet(plug, cloud_v6, 90)) +
         record_at(150, on_ethernet(stranger, gateway, 5)) +
         record_at(200, on_ethernet(gateway, camera, 77)) +  // at the time of a tick
         record_at(260, on_ethernet(cloud_v6, plug, 12)) + record_at(900, Bytes{1, 2, 3});
}

inline traffic::SplitSettings settings_of(bool by_mac = true) {
  traffic::DeviceFile file;
  file.path = "devices.toml";
  file.local_networks = {*traffic::Network::parse("192.168.0.0/16"), *traffic::Network::parse("fd00::/8")};
  for (const auto& [name, host] : {std::pair("camera", camera), std::pair("plug", plug)}) {
    traffic::Device device;
    device.name = name;
    if (by_mac)
      device.macs = {*traffic::MacAddress::parse(std::string(name) == "camera" ? "02:00:00:00:00:01"
                                                                               : "02:00:00:00:00:02")};
    else
      device.addresses = {host.address.size() == 16 ? traffic::IpAddress::v6(host.address.data())
                                                    : traffic::IpAddress::v4(host.address.data())};
    file.devices.push_back(device);
  }
  return traffic::split_settings(std::move(file), false);
}

inline std::shared_ptr<const std::vector<std::string>> paths_of(const std::vector<fs::path>& files) {
  std::vector<std::string> paths;
  for (const fs::path& file : files) paths.push_back(file.string());
  return std::make_shared<const std::vector<std::string>>(std::move(paths));
}

/// Reads and divides a recording, and gives each device the same cover ("ticks", two slots of 100 ms) unless
/// `mixed` is given. Returns what was mixed, by device.
using Trace = std::vector<traffic::DevicePacket>;
inline std::map<std::string, Trace> defend(PcapWriter& writer, const std::string& name,
                                           const std::vector<fs::path>& files, std::uint32_t number = 0,
                                           bool by_mac = true) {
  const traffic::SplitSettings settings = settings_of(by_mac);
  const auto paths = paths_of(files);
  const auto capture_name = std::make_shared<const std::string>(name);
  traffic::DeviceSplitter splitter(settings, number, capture_name, paths);
  capture::PcapReader reader(files);
  std::map<std::string, Trace> user, mixed;
  const auto take = [&](const std::vector<traffic::DevicePackets>& parts) {
    for (const traffic::DevicePackets& part : parts)
      user[*part.device].insert(user[*part.device].end(), part.packets.begin(), part.packets.end());
  };
  traffic::PacketBatch batch;
  for (bool more = true; more;) {
    more = reader.next(100, traffic::day, batch.packets);
    take(splitter.split(batch));
  }
  take(splitter.finish());
  defence::test::MixOptions options = defence::test::ticks();
  options.active = std::chrono::seconds(1);
  for (const auto& [device, packets] : user) {
    const auto made = defence::test::mix(defence::test::dictated(device, {{2, 100, 1, 60}, {1, 33, 3, 90}}),
                                         device, packets, 0, options, number);
    mixed[device] = made.packets;
    traffic::DevicePackets message{number,
                                   capture_name,
                                   std::make_shared<const std::string>(device),
                                   settings.declared,
                                   true,
                                   true,
                                   made.packets,
                                   false,
                                   paths};
    writer.add(message, device, 0);
  }
  writer.add(splitter.summary());
  return mixed;
}

inline WriterSettings writing_to(const fs::path& folder) {
  WriterSettings settings;
  settings.folder = folder;
  settings.relays = {*Relay::parse("192.0.2.1:9"), *Relay::parse("[2001:db8::1]:9")};
  settings.seed = 20;
  return settings;
}

inline PcapWriter::Report commit(PcapWriter& writer) {
  return writer.commit([](double, const std::string&) {});
}

struct StoredFrame {
  Nanoseconds time = 0;
  std::uint32_t original = 0;
  Bytes bytes;
  bool operator==(const StoredFrame&) const = default;
};
inline std::vector<StoredFrame> frames_of(const std::vector<fs::path>& files) {
  std::vector<StoredFrame> frames;
  capture::FrameSequence sequence(files);
  for (capture::Frame frame; sequence.next(frame);)
    frames.push_back({frame.time, frame.original, Bytes(frame.data, frame.data + frame.captured)});
  return frames;
}

inline std::vector<std::string> lines_of(const fs::path& file) {
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Rows of the table beside a pcap, without the header: frame number to "time_ns,device,direction,size".
inline std::map<std::size_t, std::string> dummies_of(const fs::path& pcap) {
  const auto lines = lines_of(fs::path(pcap).replace_extension(".dummies.csv"));
  EXPECT_FALSE(lines.empty());
  if (lines.empty()) return {};
  EXPECT_EQ(lines[0], "frame_number,time_ns,device,direction,size");
  std::map<std::size_t, std::string> rows;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t comma = lines[i].find(',');
    rows[std::stoul(lines[i].substr(0, comma))] = lines[i].substr(comma + 1);
  }
  return rows;
}

/// What is left of a written capture without its dummies.
inline std::vector<StoredFrame> without_dummies(const fs::path& pcap) {
  const auto dummies = dummies_of(pcap);
  std::vector<StoredFrame> kept;
  const auto frames = frames_of({pcap});
  for (std::size_t i = 0; i < frames.size(); ++i)
    if (!dummies.contains(i + 1)) kept.push_back(frames[i]);
  return kept;
}

}  // namespace ipet::defended_capture::test
