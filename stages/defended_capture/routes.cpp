#include "stages/defended_capture/routes.hpp"

#include <algorithm>
#include <cstring>

#include "stages/capture/bytes.hpp"
#include "stages/capture/decode.hpp"

namespace ipet::defended_capture {

using capture::Frame;
using capture::LinkType;
using traffic::Packet;

namespace {

/// All before the IP header. Length fields of 802.3 with SNAP would be wrong for another frame: these become
/// plain Ethernet, with their VLAN tags.
std::vector<std::uint8_t> link_header(const Frame& frame, std::uint32_t network_offset) {
  std::vector<std::uint8_t> header(frame.data, frame.data + network_offset);
  if (frame.link != LinkType::ethernet) return header;
  constexpr std::uint32_t llc_and_snap = 8;
  if (header.size() < 14 + llc_and_snap) return header;
  const std::size_t length_field = header.size() - llc_and_snap - 2;
  if (capture::load_network<std::uint16_t>(header.data() + length_field) > 1500) return header;
  const std::uint8_t type[2] = {header[header.size() - 2], header[header.size() - 1]};
  header.resize(length_field);
  header.insert(header.end(), std::begin(type), std::end(type));
  return header;
}

/// For a direction in which nothing was seen yet, the other one's: with the Ethernet addresses exchanged, or
/// in a Linux cooked capture "sent by us" (4) against "to us" (0) and the unknown sender left out.
std::vector<std::uint8_t> turned(std::vector<std::uint8_t> header, LinkType link) {
  constexpr std::uint8_t sent_by_us = 4;
  if (link == LinkType::ethernet) std::swap_ranges(header.begin(), header.begin() + 6, header.begin() + 6);
  const bool version_2 = link == LinkType::linux_cooked_v2;
  if (link == LinkType::linux_cooked || version_2) {
    const std::ptrdiff_t type = version_2 ? 10 : 1, length = version_2 ? 11 : 5;
    header[static_cast<std::size_t>(type)] ^= sent_by_us;
    std::fill_n(header.begin() + length, 9, std::uint8_t{0});  // and the 8 bytes of the address
  }
  return header;
}

}  // namespace

std::size_t Routes::Hash::operator()(const traffic::LocalAddress& end) const noexcept {
  std::uint64_t words[4] = {};
  static_assert(sizeof end == 28);
  std::memcpy(words, &end, sizeof end);
  std::uint64_t hash = 0;
  for (const std::uint64_t word : words) hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL + (hash >> 29);
  return hash ^ (hash >> 32);
}

Routes::Routes(const traffic::CaptureSummary& summary) : ways_(summary.devices.size()) {
  for (std::size_t i = 0; i < summary.devices.size(); ++i) {
    numbers_.emplace(summary.devices[i].device, i);
    for (const traffic::LocalAddress& end : summary.devices[i].addresses) owners_.emplace(end, i);
  }
}

void Routes::see(const Frame& frame) {
  Packet packet;
  if (capture::decode(frame, packet) == capture::Outcome::packet) see(frame, packet);
}

void Routes::see(const Frame& frame, const Packet& packet) {
  const auto from = owners_.find({packet.source_mac, packet.destination_mac, packet.source});
  const auto to = owners_.find({packet.destination_mac, packet.source_mac, packet.destination});
  // Between two devices: not a way to the gateway.
  if ((from == owners_.end()) == (to == owners_.end())) return;
  const bool out = from != owners_.end();
  const traffic::IpAddress& address = out ? packet.source : packet.destination;
  auto& route = ways_[out ? from->second : to->second].families[address.is_v4() ? 0 : 1];
  if (!route || route->address != address) route = Route{address, {}, {}};
  Packet ignored;
  std::vector<std::uint8_t> header =
      link_header(frame, capture::detail::network_layer(frame, ignored).offset);
  const auto direction = static_cast<std::size_t>(out ? traffic::Direction::out : traffic::Direction::in);
  if (route->link_headers[1 - direction].empty()) {
    route->link_headers[1 - direction] = turned(header, frame.link);
    route->links[1 - direction] = frame.link;
  }
  route->link_headers[direction] = std::move(header);
  route->links[direction] = frame.link;
}

const Route* Routes::find(const std::string& device, std::span<const Relay> relays,
                          const Relay*& relay) const {
  const auto number = numbers_.find(device);
  if (number == numbers_.end()) return nullptr;
  for (const Relay& candidate : relays) {
    const auto& route = ways_[number->second].families[candidate.address.is_v4() ? 0 : 1];
    if (!route) continue;
    relay = &candidate;
    return &*route;
  }
  return nullptr;
}

}  // namespace ipet::defended_capture
