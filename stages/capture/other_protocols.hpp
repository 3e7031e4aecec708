// What frames are that hold neither TCP nor UDP.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

namespace ipet::capture {

struct OtherProtocol {
  enum class Kind : std::uint8_t {
    unknown,     ///< nothing names it
    ether_type,  ///< `number` is an EtherType
    ip,          ///< `number` is an IP protocol number
    ppp,         ///< `number` is a PPP protocol number
    llc,         ///< 802.2
    ieee802_11,  ///< frames of 802.11 that hold no data
    aggregate,   ///< several frames in one of 802.11 (A-MSDU)
    pseudo_wire  ///< over MPLS
  };
  Kind kind = Kind::unknown;
  std::uint32_t number = 0;

  auto operator<=>(const OtherProtocol&) const = default;
};

/// "GRE (IP protocol 47)", "EtherType 0x1234".
[[nodiscard]] std::string text(const OtherProtocol& protocol);
/// Whether it is one in which Tunnels::inner finds packets.
[[nodiscard]] bool is_tunnel(const OtherProtocol& protocol);

/// How many frames of each.
class OtherProtocols {
 public:
  void add(const OtherProtocol& protocol, std::uint64_t frames = 1) { counts_[protocol] += frames; }
  void add(const OtherProtocols& others) {
    for (const auto& [protocol, frames] : others.counts_) add(protocol, frames);
  }
  /// The one with the most frames; nothing is known when there is none.
  [[nodiscard]] OtherProtocol most() const;

 private:
  std::map<OtherProtocol, std::uint64_t> counts_;
};

}  // namespace ipet::capture
