// Records of live traffic as frames of a capture: headers that say whose packet it was, when, which way, of
// which protocol and size. Whom a device spoke with and what was said are not in them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stages/traffic/device_file.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::gateway {

struct PoolRecord {
  traffic::Nanoseconds time = 0;  ///< since the epoch
  std::uint32_t size = 0;         ///< transport payload, bytes
  std::uint32_t device = 0;       ///< in the devices file
  traffic::Direction direction = traffic::Direction::out;
  traffic::Protocol protocol = traffic::Protocol::tcp;
};

/// Frames that a device_splitter with the same devices file divides as it would the packets. A device has its
/// first MAC and its first address; what the file does not give is made up: an address of the home's
/// networks, a MAC of local administration. The other end is 192.0.2.1 or 2001:db8::1 (addresses of
/// documentation).
class PoolFrames {
 public:
  explicit PoolFrames(const traffic::DeviceFile& file);

  /// Appends a record of a pcap file with times in nanoseconds: its header, then Ethernet, IP and TCP or UDP
  /// headers. The time lies in 1970 to 2106.
  void append(const PoolRecord& record, std::string& out) const;
  /// The device of a frame that append() made, perhaps with an earlier form of the file; none where it is no
  /// longer in the file.
  [[nodiscard]] std::optional<std::uint32_t> device_of(const traffic::Packet& packet) const;

  /// Whether a frame that append() made is of a packet that left the home.
  static bool leaves(const traffic::Packet& packet);

  static constexpr std::size_t file_header_size = 24;
  /// Of an empty capture: pcap, nanoseconds, Ethernet.
  static std::string file_header();
  /// Payload that fits the length fields; larger sizes are cut to it.
  static constexpr std::uint32_t largest_size = 65'000;

 private:
  struct End {
    traffic::MacAddress mac;
    traffic::IpAddress address;
  };
  std::vector<End> ends_;  ///< by device
  std::map<std::pair<traffic::MacAddress, traffic::IpAddress>, std::uint32_t> by_end_;
  std::map<traffic::MacAddress, std::uint32_t> by_mac_;
  std::map<traffic::IpAddress, std::uint32_t> by_address_;  ///< of devices that the file gives no MAC for
};

}  // namespace ipet::gateway
