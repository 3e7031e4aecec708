// Which packets count, and which end of them is the local one (stages/traffic/README.md "Which packets
// count").
#pragma once

#include <string>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::traffic {

/// Private and link-local networks: RFC 1918, RFC 4193, RFC 4291 section 2.5.6.
inline const std::vector<std::string> default_local_networks = {"192.168.0.0/16", "10.0.0.0/8",
                                                                "172.16.0.0/12", "fe80::/10", "fc00::/7"};

/// The local end of a packet that crosses the gateway.
struct LocalEnd {
  Direction direction = Direction::out;
  const IpAddress& address;
  const MacAddress& mac;  ///< of the local end: the gateway's own MAC is always the other one
};

inline LocalEnd local_end(const Packet& packet, bool from_local) {
  if (from_local) return {Direction::out, packet.source, packet.source_mac};
  return {Direction::in, packet.destination, packet.destination_mac};
}

/// Where a packet goes, seen from the gateway.
enum class Way : std::uint8_t {
  crossing,   ///< exactly one end is local
  multicast,  ///< multicast or broadcast
  local,      ///< both ends are local, or an address that no router forwards
  outside     ///< neither end is local
};

/// What is known of a packet by its addresses.
struct Course {
  Way way;
  bool from_local;  ///< the source is local; only where the way is crossing
};

class LocalNetworks {
 public:
  explicit LocalNetworks(std::vector<Network> networks) : networks_(std::move(networks)) {}

  [[nodiscard]] bool contains(const IpAddress& address) const {
    for (const Network& network : networks_) {
      if (network.contains(address)) return true;
    }
    return false;
  }
  [[nodiscard]] Course course(const Packet& packet) const;
  [[nodiscard]] const std::vector<Network>& networks() const { return networks_; }
  void add(const Network& network) { networks_.push_back(network); }

 private:
  std::vector<Network> networks_;
};

}  // namespace ipet::traffic
