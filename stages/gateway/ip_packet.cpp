#include "stages/gateway/ip_packet.hpp"

#include <algorithm>

#include "stages/capture/decode.hpp"

namespace ipet::gateway {

std::optional<IpPacket> read_ip(std::span<const std::uint8_t> begin) {
  constexpr std::size_t v4_header = 20, v6_header = 40;
  if (begin.size() < v4_header) return std::nullopt;
  const bool v6 = begin[0] >> 4 == 6;
  if (!v6 && (begin[0] >> 4 != 4 || (begin[0] & 15) < 5)) return std::nullopt;
  if (v6 && begin.size() < v6_header) return std::nullopt;
  IpPacket packet;
  packet.source = v6 ? traffic::IpAddress::v6(&begin[8]) : traffic::IpAddress::v4(&begin[12]);
  packet.destination = v6 ? traffic::IpAddress::v6(&begin[24]) : traffic::IpAddress::v4(&begin[16]);
  packet.length = v6 ? std::uint32_t{v6_header} + begin[4] * 256U + begin[5] : begin[2] * 256U + begin[3];
  if (packet.length < (v6 ? v6_header : v4_header)) return std::nullopt;
  capture::Frame frame;
  frame.link = v6 ? capture::LinkType::ipv6 : capture::LinkType::ipv4;
  frame.data = begin.data();
  frame.captured = static_cast<std::uint32_t>(begin.size());
  frame.original = std::max(frame.captured, packet.length);
  traffic::Packet decoded;
  if (capture::decode(frame, decoded) == capture::Outcome::packet) {
    packet.payload = decoded.payload;
    packet.protocol = decoded.protocol;
  }
  return packet;
}

}  // namespace ipet::gateway
