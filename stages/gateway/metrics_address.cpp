#include "stages/gateway/metrics_address.hpp"

#include <charconv>
#include <stdexcept>

#include <sys/un.h>

#include "pipeline/text/printable.hpp"

namespace ipet::gateway {

namespace {

bool is_loopback(const traffic::IpAddress& address) {
  static const traffic::Network networks[] = {*traffic::Network::parse("127.0.0.0/8"),
                                              *traffic::Network::parse("::1")};
  return networks[0].contains(address) || networks[1].contains(address);
}

std::runtime_error refused(std::string_view text, const std::string& why) {
  return std::runtime_error(
      "metrics: '" + text::shown(text) + "' " + why +
      "; write a loopback address with its port (\"127.0.0.1:9477\", \"[::1]:9477\") or the path of a Unix "
      "socket (\"/run/ipet/metrics.sock\")");
}

MetricsAddress path_of(std::string_view text) {
  constexpr std::size_t longest = sizeof(sockaddr_un::sun_path) - 1;
  if (text.size() > longest)
    throw refused(text, "has " + std::to_string(text.size()) + " bytes, and a socket's path " +
                            std::to_string(longest) + " at most");
  if (text.find('\0') != std::string_view::npos) throw refused(text, "is no path");
  return {std::string(text)};
}

}  // namespace

MetricsAddress MetricsAddress::parse(std::string_view text) {
  if (text.starts_with('/')) return path_of(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) throw refused(text, "is neither an address with a port nor a path");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto address = traffic::IpAddress::parse(host);
  MetricsAddress result;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (!address || bracketed != (host.find(':') != std::string_view::npos) || error != std::errc() ||
      end != port.data() + port.size())
    throw refused(text, "is neither an address with a port nor a path");
  if (!is_loopback(*address)) throw refused(text, "can be reached by other machines");
  result.address = *address;
  return result;
}

std::string MetricsAddress::text() const {
  if (!path.empty()) return path;
  const std::string host = address.is_v4() ? address.text() : "[" + address.text() + "]";
  return host + ":" + std::to_string(port);
}

}  // namespace ipet::gateway
