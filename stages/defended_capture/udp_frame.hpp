// UDP datagrams as frames, byte by byte: RFC 768 over RFC 791 or RFC 8200.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "stages/traffic/address.hpp"

namespace ipet::defended_capture {

struct Endpoint {
  traffic::IpAddress address;
  std::uint16_t port = 0;
};

/// Largest payload of a datagram: the 16 bits of the IP length, less headers that they count.
[[nodiscard]] constexpr std::uint32_t largest_payload(bool ipv4) {
  return ipv4 ? 65'535 - 20 - 8 : 65'535 - 8;
}

/// Replaces `frame`: `link_header` (the length in one of PPPoE is set), IP header (64 hops; IPv4: not to be
/// fragmented, identification 0 as RFC 6864 allows), UDP header with checksum, payload. Both addresses are of
/// one family, and the payload fits.
void make_udp_frame(std::span<const std::uint8_t> link_header, const Endpoint& from, const Endpoint& to,
                    std::span<const std::uint8_t> payload, std::vector<std::uint8_t>& frame);

}  // namespace ipet::defended_capture
