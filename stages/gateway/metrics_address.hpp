// Where the counters are shown: to this machine only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "stages/traffic/address.hpp"

namespace ipet::gateway {

/// A path of a Unix socket, or a loopback address with a port.
struct MetricsAddress {
  std::string path;  ///< of a Unix socket; "" for TCP
  traffic::IpAddress address = {};
  std::uint16_t port = 0;  ///< 0: one that is free

  /// "127.0.0.1:9477", "[::1]:9477", "/run/ipet/metrics.sock". Throws std::runtime_error, one line, for
  /// anything else; addresses that others reach (0.0.0.0 too) are refused.
  static MetricsAddress parse(std::string_view text);
  [[nodiscard]] std::string text() const;
};

}  // namespace ipet::gateway
