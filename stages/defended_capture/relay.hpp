// Where dummies pretend to go to and come from.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "stages/traffic/address.hpp"

namespace ipet::defended_capture {

struct Relay {
  traffic::IpAddress address;
  std::uint16_t port = 0;

  /// "192.0.2.1:9" or "[2001:db8::1]:9"; null when malformed, or when the port is 0.
  static std::optional<Relay> parse(std::string_view text);
};

}  // namespace ipet::defended_capture
