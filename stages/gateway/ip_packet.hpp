// What an end needs to know of an IP packet of a user.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "stages/traffic/address.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::gateway {

struct IpPacket {
  traffic::IpAddress source, destination;
  std::uint32_t length = 0;                             ///< with its IP header, as that says
  traffic::Protocol protocol = traffic::Protocol::udp;  ///< udp where it is neither
  /// Payload of TCP or UDP; nothing for other protocols and later fragments.
  std::optional<std::uint32_t> payload;
};

/// Of the begin of a packet: its headers need be there. Nothing where it is none of IPv4 or IPv6.
std::optional<IpPacket> read_ip(std::span<const std::uint8_t> begin);

/// IP and transport headers that a packet of so much payload is taken to have, IPv4 without options.
inline constexpr std::uint32_t header_bytes(traffic::Protocol protocol) {
  return protocol == traffic::Protocol::tcp ? 40 : 28;
}

}  // namespace ipet::gateway
