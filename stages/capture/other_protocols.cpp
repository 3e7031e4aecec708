#include "stages/capture/other_protocols.hpp"

#include <algorithm>
#include <string_view>

#include "pipeline/text/numbers.hpp"

namespace ipet::capture {

namespace {

using Kind = OtherProtocol::Kind;

struct Named {
  std::uint32_t number;
  std::string_view name;
};
// IANA: IEEE 802 numbers, protocol numbers, PPP numbers.
constexpr Named ether_types[] = {{0x0806, "ARP"},
                                 {0x4305, "batman-adv"},
                                 {0x8035, "RARP"},
                                 {0x809b, "AppleTalk"},
                                 {0x8137, "IPX"},
                                 {0x8809, "slow protocols"},
                                 {0x8863, "PPPoE discovery"},
                                 {0x886d, "Intel ANS"},
                                 {0x8899, "Realtek"},
                                 {0x888e, "EAPOL"},
                                 {0x88a2, "ATA over Ethernet"},
                                 {0x88cc, "LLDP"},
                                 {0x88e1, "HomePlug"},
                                 {0x88e5, "MACsec"},
                                 {0x88f7, "PTP"},
                                 {0x8912, "HomePlug AV"},
                                 {0x893a, "IEEE 1905"},
                                 {0x9000, "loopback"}};
constexpr Named ip_protocols[] = {{1, "ICMP"},
                                  {2, "IGMP"},
                                  {4, "IPv4 in IP"},
                                  {41, "IPv6 in IP (6in4)"},
                                  {47, "GRE"},
                                  {50, "ESP"},
                                  {51, "AH"},
                                  {58, "ICMPv6"},
                                  {59, "no next header"},
                                  {89, "OSPF"},
                                  {97, "EtherIP"},
                                  {103, "PIM"},
                                  {112, "VRRP"},
                                  {115, "L2TP"},
                                  {132, "SCTP"}};
constexpr Named ppp_protocols[] = {{0x00fd, "compressed"}, {0x8021, "IPCP"}, {0x8057, "IPV6CP"},
                                   {0xc021, "LCP"},        {0xc023, "PAP"},  {0xc223, "CHAP"}};

template <std::size_t count>
std::string named(const Named (&names)[count], std::uint32_t number, const std::string& otherwise) {
  const auto found = std::ranges::find(names, number, &Named::number);
  return found == std::end(names) ? otherwise : std::string(found->name) + " (" + otherwise + ")";
}

std::string hexadecimal(std::uint32_t number) {
  return text::format("0x%04x", static_cast<unsigned>(number));
}

}  // namespace

std::string text(const OtherProtocol& protocol) {
  switch (protocol.kind) {
    case Kind::ether_type:
      return named(ether_types, protocol.number, "EtherType " + hexadecimal(protocol.number));
    case Kind::ip:
      return named(ip_protocols, protocol.number, "IP protocol " + std::to_string(protocol.number));
    case Kind::ppp:
      return named(ppp_protocols, protocol.number, "PPP protocol " + hexadecimal(protocol.number));
    case Kind::llc:
      return "802.2 (spanning tree ...)";
    case Kind::ieee802_11:
      return "802.11 management and control";
    case Kind::aggregate:
      return "aggregates of 802.11 (A-MSDU)";
    case Kind::pseudo_wire:
      return "a pseudo-wire over MPLS";
    case Kind::unknown:
      break;
  }
  return "an unknown protocol";
}

bool is_tunnel(const OtherProtocol& protocol) {
  return protocol.kind == Kind::ip &&
         (protocol.number == 4 || protocol.number == 41 || protocol.number == 47);
}

OtherProtocol OtherProtocols::most() const {
  const auto most = std::ranges::max_element(counts_, {}, [](const auto& each) { return each.second; });
  return most == counts_.end() ? OtherProtocol{} : most->first;
}

}  // namespace ipet::capture
