// Packets as they are read from captures, and as they belong to one device.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stages/traffic/address.hpp"

namespace ipet::traffic {

/// Nanoseconds since the epoch (UTC), or a duration. Always an integer: in floating point, 15 of 40 exact
/// multiples of 0.1 s land one slot early.
using Nanoseconds = std::int64_t;
inline constexpr Nanoseconds second = 1'000'000'000;
inline constexpr Nanoseconds day = 86'400 * second;

enum class Protocol : std::uint8_t { tcp = 6, udp = 17 };
enum class Direction : std::uint8_t { out = 0, in = 1 };  ///< out: from the local end

/// One TCP or UDP packet of a capture, whoever sent it.
struct Packet {
  Nanoseconds time = 0;
  IpAddress source, destination;
  MacAddress source_mac, destination_mac;  ///< zero where the link layer has none
  std::uint16_t source_port = 0, destination_port = 0;
  Protocol protocol = Protocol::tcp;
  bool has_mac = false;
  /// Transport payload in bytes, from the length fields, never from what was captured:
  /// IP total length - IP header - TCP header, or UDP length - 8, clamped at 0 (stages/traffic/README.md).
  std::uint32_t payload = 0;
};

/// How the files of a capture were read: whoever reads them again has to find the same packets.
struct Reading {
  std::uint32_t part = 0;    ///< of the recording: each step of its clock begins the next one
  bool steps_moved = false;  ///< steps begin no part: what follows one is moved in time
  bool inner = false;        ///< of tunnels, the packets inside

  bool operator==(const Reading&) const = default;
};

/// Consecutive packets of one capture, in time order. Key: the capture's name.
struct PacketBatch {
  static constexpr std::string_view type_name = "packet_batch";
  static constexpr int type_version = 2;

  std::uint32_t capture = 0;  ///< position of the capture in the reader's order
  /// What the capture is called wherever its data lie (capture/recordings.hpp); never a path to open.
  std::shared_ptr<const std::string> capture_name;
  std::vector<Packet> packets;
  /// Paths of the files that it is read from, one after another; not null.
  std::shared_ptr<const std::vector<std::string>> files;
  Reading reading = {};

  [[nodiscard]] std::size_t byte_size() const { return sizeof *this + packets.capacity() * sizeof(Packet); }
  [[nodiscard]] std::size_t item_count() const { return packets.size(); }
};

/// One packet seen from its device.
struct DevicePacket {
  Nanoseconds time = 0;
  std::uint32_t size = 0;  ///< transport payload, bytes
  Direction direction = Direction::out;
  Protocol protocol = Protocol::tcp;
  bool dummy = false;  ///< cover traffic

  bool operator==(const DevicePacket&) const = default;
};

/// Consecutive packets of one device in one capture, in time order. Key: device_key(capture, device).
struct DevicePackets {
  static constexpr std::string_view type_name = "device_packets";
  static constexpr int type_version = 4;
  static constexpr Nanoseconds no_watermark = std::numeric_limits<Nanoseconds>::min();

  std::uint32_t capture = 0;
  std::shared_ptr<const std::string> capture_name;
  std::shared_ptr<const std::string> device;  ///< the class label
  /// All devices that were declared, also those that never send; null when devices are discovered.
  std::shared_ptr<const std::vector<std::string>> declared_devices;
  bool protect = true;    ///< false where the devices file says so: no cover traffic for it
  bool defended = false;  ///< went through a mixer
  std::vector<DevicePacket> packets;
  /// Through a defence that delays, or on a line that devices share: packets are not those of the device in
  /// the capture.
  bool reshaped = false;
  /// As PacketBatch::files; null where the capture was not read in this run.
  std::shared_ptr<const std::vector<std::string>> files = nullptr;
  /// Of the declared devices, those to be protected; null when devices are discovered.
  std::shared_ptr<const std::vector<std::string>> protected_devices = nullptr;
  /// Nothing that comes after this message, of any device of the capture, is earlier: the low watermark of
  /// MillWheel (Akidau et al., VLDB 2013). None where devices come one after another, as from stored results.
  Nanoseconds watermark = no_watermark;

  [[nodiscard]] std::size_t byte_size() const {
    return sizeof *this + packets.capacity() * sizeof(DevicePacket);
  }
  [[nodiscard]] std::size_t item_count() const { return packets.size(); }
};

/// Sorts by capture, then device: "000003/blink-cam-01".
std::string device_key(std::uint32_t capture, std::string_view device);
/// What the keys of all devices of a capture begin with: "000003".
std::string capture_of_key(const std::string& device_key);

/// TCP and UDP packets that do not count, each by the first of these reasons that holds.
struct LeftOut {
  std::uint64_t multicast = 0;  ///< multicast or broadcast
  std::uint64_t local = 0;      ///< both ends local, or an address that no router forwards
  std::uint64_t outside = 0;    ///< neither end in the local networks
  std::uint64_t empty = 0;      ///< cross the gateway without payload, and such packets are not counted

  [[nodiscard]] std::uint64_t total() const { return multicast + local + outside + empty; }
  LeftOut& operator+=(const LeftOut& other) {
    multicast += other.multicast;
    local += other.local;
    outside += other.outside;
    empty += other.empty;
    return *this;
  }
  bool operator==(const LeftOut&) const = default;
};

/// Where a device was seen on the line: enough to recognise its packets when the capture is read again.
struct LocalAddress {
  MacAddress mac, peer_mac;  ///< of the local end and the other one; zero where the link layer has none
  IpAddress address;         ///< of the local end

  auto operator<=>(const LocalAddress&) const = default;
};

/// What a capture held for one device. All packets of the device that count (stages/traffic/README.md).
struct DeviceTotals {
  std::string device;
  std::string mac;  ///< "" when the device is named by address only; several with spaces between
  std::uint64_t packets = 0;
  std::uint64_t payload_bytes = 0;
  Nanoseconds first = 0, last = 0;           ///< both 0 without packets
  std::vector<LocalAddress> addresses = {};  ///< sorted; at most 65536
  /// Packets of the device that do not count. Of a packet between two local ends, the sender's where it is a
  /// device.
  LeftOut left_out = {};
};

/// One per capture, after its last packet. Key: the capture's name. Packets that were read are those of the
/// devices, unknown_packets and left_out together.
struct CaptureSummary {
  static constexpr std::string_view type_name = "capture_summary";
  static constexpr int type_version = 3;

  std::uint32_t capture = 0;
  std::string capture_name;
  /// Declared ones always, in declared order; discovered ones, sorted by name, when a packet of theirs
  /// counts.
  std::vector<DeviceTotals> devices;
  std::uint64_t unknown_packets = 0;       ///< crossed the gateway, but no rule matched
  std::vector<std::string> unknown;        ///< local ends of those: MAC or address, sorted; at most 16384
  LeftOut left_out = {};                   ///< in all: of the devices and of others
  std::vector<std::string> files = {};     ///< that the capture was read from, one after another
  Reading reading = {};                    ///< how
  std::vector<std::string> networks = {};  ///< IPv6 networks of the home that were found, sorted

  [[nodiscard]] std::size_t byte_size() const { return sizeof *this + devices.size() * 128; }
  [[nodiscard]] std::size_t item_count() const { return 1; }
};

}  // namespace ipet::traffic
