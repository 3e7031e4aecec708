#include "stages/defended_capture/relay.hpp"

#include <charconv>

namespace ipet::defended_capture {

std::optional<Relay> Relay::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = traffic::IpAddress::parse(host);
  Relay relay;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), relay.port);
  if (!address || error != std::errc() || end != port.data() + port.size() || relay.port == 0)
    return std::nullopt;
  // Without brackets, the end of an IPv6 address would be taken for the port.
  if (bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
  relay.address = *address;
  return relay;
}

}  // namespace ipet::defended_capture
