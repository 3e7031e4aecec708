#include "stages/capture/record_block.hpp"

#include <cstring>

#include "stages/capture/decode.hpp"

namespace ipet::capture {

namespace {

using traffic::Packet;
using traffic::Protocol;

/// TCP or UDP without anything rare. `length`: of transport header and payload, by the IP header.
bool short_transport(std::uint8_t protocol, const std::uint8_t* transport, std::uint32_t captured,
                     std::uint32_t length, Packet& packet) {
  if (captured < 6) return false;
  if (protocol == 6) {
    if (captured < 13) return false;
    const std::uint32_t header = (transport[12] >> 4) * 4u;
    if (header < 20) return false;
    packet.protocol = Protocol::tcp;
    packet.payload = length > header ? length - header : 0;
  } else if (protocol == 17) {
    const std::uint32_t datagram = load_network<std::uint16_t>(transport + 4);
    packet.protocol = Protocol::udp;
    packet.payload = datagram > 8 ? datagram - 8 : 0;
  } else {
    return false;
  }
  packet.source_port = load_network<std::uint16_t>(transport);
  packet.destination_port = load_network<std::uint16_t>(transport + 2);
  return true;
}

bool short_v4(const std::uint8_t* ip, std::uint32_t captured, Packet& packet) {
  if (captured < 20) return false;
  const std::uint32_t total = load_network<std::uint16_t>(ip + 2);
  const bool later_fragment = (load_network<std::uint16_t>(ip + 6) & 0x1fff) != 0;
  if (ip[0] != 0x45 || total < 20 || later_fragment) return false;
  if (!short_transport(ip[9], ip + 20, captured - 20, total - 20, packet)) return false;
  for (auto [address, from] : {std::pair(&packet.source, ip + 12), std::pair(&packet.destination, ip + 16)}) {
    address->bytes[10] = address->bytes[11] = 0xff;
    std::memcpy(address->bytes.data() + 12, from, 4);
  }
  return true;
}

bool short_v6(const std::uint8_t* ip, std::uint32_t captured, Packet& packet) {
  if (captured < 40) return false;
  const std::uint32_t length = load_network<std::uint16_t>(ip + 4);
  if (ip[0] >> 4 != 6 || length == 0 || !short_transport(ip[6], ip + 40, captured - 40, length, packet))
    return false;
  std::memcpy(packet.source.bytes.data(), ip + 8, 16);
  std::memcpy(packet.destination.bytes.data(), ip + 24, 16);
  return true;
}

/// The common frames: Ethernet with at most one VLAN tag, IPv4 without options or IPv6 without extension
/// headers, TCP or UDP, with all lengths given and enough captured. False for all others, whatever they are;
/// `packet` may then be half filled.
bool decode_common(const Frame& frame, Packet& packet) {
  std::uint32_t offset = 14;
  if (frame.captured < offset) return false;
  auto type = load_network<std::uint16_t>(frame.data + 12);
  if (type == 0x8100) {
    if (frame.captured < 18) return false;
    type = load_network<std::uint16_t>(frame.data + 16);
    offset = 18;
  }
  const std::uint8_t* const ip = frame.data + offset;
  const std::uint32_t captured = frame.captured - offset;
  if (type == 0x0800) {
    if (!short_v4(ip, captured, packet)) return false;
  } else if (type != 0x86dd || !short_v6(ip, captured, packet)) {
    return false;
  }
  std::memcpy(packet.destination_mac.bytes.data(), frame.data, 6);
  std::memcpy(packet.source_mac.bytes.data(), frame.data + 6, 6);
  packet.has_mac = true;
  return true;
}

void count(Outcome outcome, DecodedBlock& into) {
  switch (outcome) {
    case Outcome::packet:
      break;
    case Outcome::other:
      ++into.other;
      break;
    case Outcome::fragment:
      ++into.fragments;
      break;
    case Outcome::undecodable:
      ++into.undecodable;
      break;
    case Outcome::unsupported:
      ++into.unsupported;
      break;
  }
}

}  // namespace

void decode_block(const RecordBlock& block, DecodedBlock& into) {
  into = DecodedBlock{};
  into.frames = block.records;
  into.packets.reserve(block.records);
  const std::uint8_t* at = block.data.get();
  const std::uint8_t* const end = at + block.size;
  const bool ethernet = block.link == LinkType::ethernet;
  traffic::Nanoseconds before = 0;
  for (Frame frame; at < end;) {
    at += read_record(block, at, frame);
    Packet& packet = into.packets.emplace_back();
    if (!ethernet || !decode_common(frame, packet)) {
      packet = Packet{};
      const Outcome outcome = decode(frame, packet);
      if (outcome != Outcome::packet) {
        into.packets.pop_back();
        count(outcome, into);
        continue;
      }
    }
    packet.time = frame.time;
    if (frame.time < before) into.ascending = false;
    before = frame.time;
  }
}

}  // namespace ipet::capture
