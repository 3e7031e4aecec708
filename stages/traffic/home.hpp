// What the packets of one recording tell about the home that they are of: which MAC addresses are devices'
// and which are routers', and which IPv6 networks are the home's.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "stages/traffic/gateway.hpp"

namespace ipet::traffic {

/// A home with native IPv6 has a prefix that its provider chose (and may change), so that no list of local
/// networks can know it. But packets between a device and a router show it: the end on the device's side is
/// the home's. Who is what is known
///  - by packets that cross the gateway and have an end in the local networks that were given (IPv4, mostly):
///    the local end's MAC is a device's, the other one a router's. Senders are believed more than receivers,
///    and packets that leave the home more than those that come;
///  - of declared devices, whose MAC addresses are given;
///  - of the one MAC that has a part in all IPv6 packets of a recording, between two others or more.
/// What was learned holds from then on. A verdict depends on the packets of the recording so far, in their
/// order, and on the first look at its beginning, so it is the same for any number of threads.
///
/// see() only needs to be given one packet of a flow (of those with the same four addresses) after each news.
class Home {
 public:
  /// `declared`: MAC addresses of declared devices. `find_networks`: whether IPv6 networks are looked for.
  Home(const LocalNetworks& given, std::set<MacAddress> declared, bool find_networks);

  struct Seen {
    Course course;
    bool news;  ///< the verdict on other packets may have changed
  };
  /// Learns from a packet, and says where it goes.
  Seen see(const Packet& packet);
  /// Ends the first look: from what has been seen, concludes what no single packet tells.
  void end_first_look();

  /// Given and found ones together.
  [[nodiscard]] const LocalNetworks& networks() const { return networks_; }
  [[nodiscard]] const std::vector<Network>& found() const { return found_; }
  /// The MAC of the local end; zero when it is not known. Where the link layer does not give it (Linux cooked
  /// captures have the sender's only) or gives a router's, it is the one that has sent from this address.
  [[nodiscard]] MacAddress local_mac(const LocalEnd& local);
  /// The MAC that has sent from a local address; zero when there is none.
  [[nodiscard]] MacAddress sender_at(const IpAddress& address) const;

 private:
  enum class Role : std::uint8_t { none, device, router };
  static constexpr std::size_t most_macs = 4096, most_networks = 64, most_open = 1024,
                               most_addresses = 65'536;

  struct AddressHash {
    std::size_t operator()(const IpAddress& address) const noexcept;
  };
  struct ByEnds {
    bool operator()(const Packet& a, const Packet& b) const;
  };

  [[nodiscard]] Role role(const MacAddress& mac) const;
  [[nodiscard]] bool is_home_side(const MacAddress& own, const MacAddress& other) const;
  bool note(const MacAddress& mac, std::uint8_t evidence);
  bool note_roles(const Packet& packet, bool out);
  bool note_sender(const Packet& packet);
  bool find_network(const Packet& packet);
  void retry_open();
  void find_common_router();

  LocalNetworks networks_;
  const std::set<MacAddress> declared_;
  const bool find_networks_;
  std::vector<Network> found_;
  std::unordered_map<MacAddress, std::uint8_t> evidence_;
  std::unordered_map<IpAddress, MacAddress, AddressHash> senders_;
  std::optional<MacAddress> common_router_;
  bool looking_ = true;
  bool has_open_ = false;  ///< a packet between global IPv6 addresses was seen of which no end is known
  bool asked_ = false;     ///< a verdict depended on senders_
  std::set<Packet, ByEnds> open_;  ///< one packet of each such flow of the first look
};

}  // namespace ipet::traffic
