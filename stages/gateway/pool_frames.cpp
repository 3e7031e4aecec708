#include "stages/gateway/pool_frames.hpp"

#include <algorithm>
#include <span>

#include "stages/capture/frame.hpp"

namespace ipet::gateway {

namespace {

using traffic::IpAddress;
using traffic::MacAddress;

constexpr MacAddress peer_mac{{0x02, 'i', 'p', 'e', 't', 0}};
constexpr std::size_t ethernet_size = 14, v4_size = 20, v6_size = 40, tcp_size = 20, udp_size = 8;
constexpr std::uint16_t port = 9;  // discard: ports are not recorded

void put16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

void put32_little(std::string& out, std::uint64_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift);
}

void append_bytes(std::string& out, std::span<const std::uint8_t> bytes) {
  out.append(bytes.begin(), bytes.end());
}

std::span<const std::uint8_t> wire(const IpAddress& address) {
  return address.is_v4() ? std::span(address.bytes).subspan(12) : std::span(address.bytes);
}

/// RFC 1071, of a header with an even number of bytes.
std::uint16_t checksum(std::string_view header) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < header.size(); i += 2)
    sum += static_cast<std::uint32_t>(static_cast<unsigned char>(header[i]) << 8 |
                                      static_cast<unsigned char>(header[i + 1]));
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void put_network(std::string& out, const IpAddress& from, const IpAddress& to, std::uint8_t protocol,
                 std::size_t size) {
  constexpr char hops = 64;
  const std::size_t begin = out.size();
  if (from.is_v4()) {
    out += "\x45";
    out += '\0';
    put16(out, v4_size + size);
    out.append({0, 0, 0x40, 0, hops, static_cast<char>(protocol), 0, 0});
  } else {
    out.append({0x60, 0, 0, 0});
    put16(out, size);
    out.append({static_cast<char>(protocol), hops});
  }
  append_bytes(out, wire(from));
  append_bytes(out, wire(to));
  if (!from.is_v4()) return;
  const std::uint16_t sum = checksum(std::string_view(out).substr(begin));
  out[begin + 10] = static_cast<char>(sum >> 8);
  out[begin + 11] = static_cast<char>(sum);
}

void put_transport(std::string& out, traffic::Protocol protocol, std::uint32_t size) {
  put16(out, port);
  put16(out, port);
  if (protocol == traffic::Protocol::udp) {
    put16(out, udp_size + size);
    put16(out, 0);
    return;
  }
  constexpr char words = 5 << 4, acknowledges = 0x10;
  out.append(8, '\0');
  out.append({words, acknowledges, 0, 0, 0, 0, 0, 0});
}

/// The address in a network that a number stands for: one of a host, not the network's own.
IpAddress host_in(const traffic::Network& network, std::uint32_t number) {
  const unsigned bits = 128 - network.prefix;
  std::uint32_t host = number + 2;
  if (bits < 32) host &= (std::uint32_t{1} << bits) - 1;
  IpAddress address = network.base;
  for (std::size_t i = 0; i < 4; ++i)
    address.bytes[15 - i] = static_cast<std::uint8_t>(address.bytes[15 - i] | host >> (8 * i));
  return address;
}

/// A network of the home from which packets cross the gateway.
traffic::Network home_of(const traffic::DeviceFile& file) {
  const auto rank = [](const traffic::Network& network) {
    return network.base.stays_on_link() ? 2 : network.base.is_v4() ? 0 : 1;
  };
  const auto best = std::ranges::min_element(file.local_networks, {}, rank);
  if (best == file.local_networks.end() || rank(*best) == 2)
    return *traffic::Network::parse("192.168.0.0/16");
  return *best;
}

/// The same for the same address.
MacAddress mac_for(const IpAddress& address) {
  MacAddress mac{{0x06}};
  for (std::size_t i = 0; i < address.bytes.size(); ++i) mac.bytes[1 + i % 5] ^= address.bytes[i];
  return mac;
}

}  // namespace

PoolFrames::PoolFrames(const traffic::DeviceFile& file) {
  const traffic::Network home = home_of(file);
  for (const traffic::Device& device : file.devices) {
    const auto number = static_cast<std::uint32_t>(ends_.size());
    End end;
    end.address = device.addresses.empty() ? host_in(home, number) : device.addresses.front();
    end.mac = device.macs.empty() ? mac_for(end.address) : device.macs.front();
    by_end_.emplace(std::pair(end.mac, end.address), number);
    for (const MacAddress& mac : device.macs) by_mac_.emplace(mac, number);
    if (device.macs.empty())
      for (const IpAddress& address : device.addresses) by_address_.emplace(address, number);
    ends_.push_back(end);
  }
}

std::string PoolFrames::file_header() {
  std::string header;
  for (const std::uint32_t word : {0xa1b23c4dU, 2U | 4U << 16, 0U, 0U, capture::longest_frame,
                                   static_cast<std::uint32_t>(capture::LinkType::ethernet)})
    put32_little(header, word);
  return header;
}

void PoolFrames::append(const PoolRecord& record, std::string& out) const {
  static const IpAddress documentation[2] = {*IpAddress::parse("192.0.2.1"),
                                             *IpAddress::parse("2001:db8::1")};
  const End& device = ends_.at(record.device);
  const bool is_v4 = device.address.is_v4(), leaves = record.direction == traffic::Direction::out;
  const End peer{peer_mac, documentation[is_v4 ? 0 : 1]};
  const End &from = leaves ? device : peer, &to = leaves ? peer : device;
  const std::uint32_t size = std::min(record.size, largest_size);
  const std::size_t transport = record.protocol == traffic::Protocol::tcp ? tcp_size : udp_size;
  const std::size_t headers = ethernet_size + (is_v4 ? v4_size : v6_size) + transport;
  put32_little(out, static_cast<std::uint64_t>(record.time / traffic::second));
  put32_little(out, static_cast<std::uint64_t>(record.time % traffic::second));
  put32_little(out, headers);
  put32_little(out, headers + size);
  append_bytes(out, to.mac.bytes);
  append_bytes(out, from.mac.bytes);
  put16(out, is_v4 ? 0x0800 : 0x86dd);
  put_network(out, from.address, to.address, static_cast<std::uint8_t>(record.protocol), transport + size);
  put_transport(out, record.protocol, size);
}

bool PoolFrames::leaves(const traffic::Packet& packet) {
  return packet.destination_mac == peer_mac;
}

std::optional<std::uint32_t> PoolFrames::device_of(const traffic::Packet& packet) const {
  const bool leaves = PoolFrames::leaves(packet);
  const MacAddress& mac = leaves ? packet.source_mac : packet.destination_mac;
  const IpAddress& address = leaves ? packet.source : packet.destination;
  if (const auto at = by_end_.find({mac, address}); at != by_end_.end()) return at->second;
  if (const auto at = by_mac_.find(mac); at != by_mac_.end()) return at->second;
  if (const auto at = by_address_.find(address); at != by_address_.end()) return at->second;
  return std::nullopt;
}

}  // namespace ipet::gateway
