#include "stages/synthesis/frames.hpp"

#include <memory>

#include <tins/tins.h>

namespace ipet::synthesis {

namespace {

/// Takes `transport` over; `hop_limit` 255 is what neighbour discovery and mDNS demand.
Bytes wrap(const Endpoint& from, const Endpoint& to, std::unique_ptr<Tins::PDU> transport,
           std::uint16_t ip_id, std::uint8_t hop_limit = 64) {
  Tins::EthernetII frame(to.mac, from.mac);
  if (from.is_v6) {
    auto ip = std::make_unique<Tins::IPv6>(to.v6, from.v6);
    ip->hop_limit(hop_limit);
    ip->inner_pdu(transport.release());
    frame.inner_pdu(ip.release());
  } else {
    auto ip = std::make_unique<Tins::IP>(to.v4, from.v4);
    ip->ttl(hop_limit);
    ip->id(ip_id);
    ip->flags(Tins::IP::DONT_FRAGMENT);
    ip->inner_pdu(transport.release());
    frame.inner_pdu(ip.release());
  }
  return frame.serialize();
}

void put_seconds(Bytes& packet, std::size_t at, std::int64_t nanoseconds) {
  constexpr std::int64_t second = 1'000'000'000;
  const std::uint64_t seconds =
      static_cast<std::uint64_t>(nanoseconds / second) + 2'208'988'800U;  // since 1900
  const std::uint64_t fraction = (static_cast<std::uint64_t>(nanoseconds % second) << 32) / second;
  const std::uint64_t word = (seconds << 32) | (fraction & 0xFFFFFFFFU);
  for (std::size_t i = 0; i < 8; ++i) packet[at + i] = static_cast<std::uint8_t>(word >> (56 - 8 * i));
}

}  // namespace

Endpoint::Endpoint(const Tins::HWAddress<6>& mac_in, const std::string& ip, std::uint16_t port_in)
    : mac(mac_in), is_v6(ip.find(':') != std::string::npos), port(port_in) {
  if (is_v6)
    v6 = Tins::IPv6Address(ip);
  else
    v4 = Tins::IPv4Address(ip);
}

Bytes tcp_frame(const Endpoint& from, const Endpoint& to, const TcpFields& fields, const Bytes& payload,
                std::uint16_t ip_id) {
  auto tcp = std::make_unique<Tins::TCP>(to.port, from.port);
  tcp->seq(fields.sequence);
  tcp->ack_seq(fields.acknowledgement);
  tcp->window(fields.syn ? 64240 : 4000);
  tcp->flags(
      static_cast<std::uint16_t>((fields.syn ? Tins::TCP::SYN : 0) | (fields.ack ? Tins::TCP::ACK : 0) |
                                 (fields.push ? Tins::TCP::PSH : 0) | (fields.fin ? Tins::TCP::FIN : 0)));
  if (fields.syn) {
    tcp->mss(1440);
    tcp->winscale(7);
  }
  if (!payload.empty()) tcp->inner_pdu(Tins::RawPDU(payload));
  return wrap(from, to, std::move(tcp), ip_id);
}

Bytes udp_frame(const Endpoint& from, const Endpoint& to, const Bytes& payload, std::uint16_t ip_id) {
  auto udp = std::make_unique<Tins::UDP>(to.port, from.port);
  udp->inner_pdu(Tins::RawPDU(payload));
  return wrap(from, to, std::move(udp), ip_id, to.port == 5353 ? 255 : 64);
}

Bytes dns_payload(const std::string& host, const std::string& ip, bool answer, std::uint16_t id) {
  const bool v6 = ip.find(':') != std::string::npos;
  Tins::DNS dns;
  dns.id(id);
  dns.type(answer ? Tins::DNS::RESPONSE : Tins::DNS::QUERY);
  dns.recursion_desired(1);
  dns.recursion_available(answer ? 1 : 0);
  const auto type = v6 ? Tins::DNS::AAAA : Tins::DNS::A;
  dns.add_query({host, type, Tins::DNS::IN});
  if (answer) dns.add_answer({host, ip, type, Tins::DNS::IN, 300});
  return dns.serialize();
}

Bytes mdns_payload(const std::string& device) {
  Tins::DNS dns;
  dns.type(Tins::DNS::QUERY);
  dns.add_query({"_hap._tcp.local", Tins::DNS::PTR, Tins::DNS::IN});
  dns.add_query({device + ".local", Tins::DNS::A, Tins::DNS::IN});
  return dns.serialize();
}

Bytes ssdp_payload() {
  const std::string text =
      "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 3\r\n"
      "ST: ssdp:all\r\n\r\n";
  return {text.begin(), text.end()};
}

Bytes ntp_payload(bool server, std::int64_t nanoseconds) {
  Bytes packet(48, 0);
  packet[0] = server ? 0x24 : 0x23;  // no leap warning, version 4, mode 4 or 3
  packet[1] = server ? 2 : 0;        // stratum
  packet[2] = 6;                     // poll interval, log2 seconds
  packet[3] = 0xEC;                  // precision, 2^-20 s
  if (server) {
    put_seconds(packet, 16, nanoseconds);
    put_seconds(packet, 24, nanoseconds);
    put_seconds(packet, 32, nanoseconds);
  }
  put_seconds(packet, 40, nanoseconds);
  return packet;
}

Bytes arp_frame(const Endpoint& from, const Endpoint& to, bool reply) {
  Tins::EthernetII frame = reply ? Tins::ARP::make_arp_reply(to.v4, from.v4, to.mac, from.mac)
                                 : Tins::ARP::make_arp_request(to.v4, from.v4, from.mac);
  return frame.serialize();
}

Bytes ping_frame(const Endpoint& from, const Endpoint& to, bool reply, std::uint16_t id,
                 std::uint16_t sequence) {
  auto icmp = std::make_unique<Tins::ICMP>(reply ? Tins::ICMP::ECHO_REPLY : Tins::ICMP::ECHO_REQUEST);
  icmp->id(id);
  icmp->sequence(sequence);
  icmp->inner_pdu(Tins::RawPDU(Bytes(56, 0x2A)));
  return wrap(from, to, std::move(icmp), id);
}

Bytes neighbour_frame(const Endpoint& from, const Endpoint& to, bool advertisement) {
  auto icmp = std::make_unique<Tins::ICMPv6>(advertisement ? Tins::ICMPv6::NEIGHBOUR_ADVERT
                                                           : Tins::ICMPv6::NEIGHBOUR_SOLICIT);
  icmp->target_addr(advertisement ? from.v6 : to.v6);
  if (advertisement) {
    icmp->solicited(1);
    icmp->target_link_layer_addr(from.mac);
  } else {
    icmp->source_link_layer_addr(from.mac);
  }
  return wrap(from, to, std::move(icmp), 0, 255);
}

}  // namespace ipet::synthesis
