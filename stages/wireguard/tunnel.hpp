// In what lines run, where that is asked for: an observer sees a tunnel's datagrams instead of packets.
#pragma once

#include <optional>

#include "pipeline/text/words.hpp"
#include "stages/wireguard/wireguard.hpp"

namespace ipet::wireguard {

/// none: an observer sees the sizes of packets themselves, as published. wireguard: the datagrams of a tunnel
/// for each line, and WireGuard's own.
enum class Tunnel : std::uint8_t { none, wireguard };
inline constexpr text::Word<Tunnel> tunnels[] = {{"none", Tunnel::none}, {"wireguard", Tunnel::wireguard}};

struct TunnelOptions {
  Tunnel kind = Tunnel::none;
  WireguardOptions wire;

  /// What is to be made of each line's packets.
  [[nodiscard]] std::optional<Wire> of_line() const {
    return kind == Tunnel::none ? std::nullopt : std::optional<Wire>(wire);
  }
};

}  // namespace ipet::wireguard
