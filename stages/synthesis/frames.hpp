// Ethernet frames of a modelled home, serialised by libtins with true lengths and checksums.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <tins/hw_address.h>
#include <tins/ip_address.h>
#include <tins/ipv6_address.h>

namespace Tins {
class PDU;
}

namespace ipet::synthesis {

using Bytes = std::vector<std::uint8_t>;

/// One end of a conversation.
struct Endpoint {
  Tins::HWAddress<6> mac;
  bool is_v6 = false;
  Tins::IPv4Address v4;
  Tins::IPv6Address v6;
  std::uint16_t port = 0;

  /// From the text of an IPv4 or IPv6 address.
  Endpoint(const Tins::HWAddress<6>& mac, const std::string& ip, std::uint16_t port);
};

struct TcpFields {
  std::uint32_t sequence = 0, acknowledgement = 0;
  bool syn = false, ack = false, push = false, fin = false;
};

Bytes tcp_frame(const Endpoint& from, const Endpoint& to, const TcpFields& fields, const Bytes& payload,
                std::uint16_t ip_id);
Bytes udp_frame(const Endpoint& from, const Endpoint& to, const Bytes& payload, std::uint16_t ip_id);

/// A query for a host's address (AAAA when the address is IPv6), or the answer to it.
Bytes dns_payload(const std::string& host, const std::string& ip, bool answer, std::uint16_t id);
/// A query for HomeKit-like services, as sent to the mDNS group.
Bytes mdns_payload(const std::string& device);
Bytes ssdp_payload();
/// Client (mode 3) or server (mode 4) packet of NTP version 4, RFC 5905.
Bytes ntp_payload(bool server, std::int64_t nanoseconds);

Bytes arp_frame(const Endpoint& from, const Endpoint& to, bool reply);
Bytes ping_frame(const Endpoint& from, const Endpoint& to, bool reply, std::uint16_t id,
                 std::uint16_t sequence);
/// An ICMPv6 neighbour solicitation for `to`, or the advertisement that answers it (from `to`'s view).
Bytes neighbour_frame(const Endpoint& from, const Endpoint& to, bool advertisement);

}  // namespace ipet::synthesis
