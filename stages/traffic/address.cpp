#include "stages/traffic/address.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>

namespace ipet::traffic {

namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Bits of `address` beyond the first `prefix` are all zero.
bool tail_is_zero(const IpAddress& address, unsigned prefix) {
  for (unsigned bit = prefix; bit < 128; ++bit) {
    if ((address.bytes[bit / 8] >> (7 - bit % 8)) & 1) return false;
  }
  return true;
}

}  // namespace

std::string MacAddress::text() const {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += ':';
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  if (text.size() != 17) return std::nullopt;
  const char separator = text[2];
  if (separator != ':' && separator != '-') return std::nullopt;
  MacAddress mac;
  for (std::size_t i = 0; i < 6; ++i) {
    const int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);
    if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != separator)) return std::nullopt;
    mac.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return mac;
}

IpAddress IpAddress::v4(const std::uint8_t* four_bytes) {
  IpAddress address;
  std::memcpy(address.bytes.data(), v4_prefix.data(), v4_prefix.size());
  std::memcpy(address.bytes.data() + v4_prefix.size(), four_bytes, 4);
  return address;
}

IpAddress IpAddress::v6(const std::uint8_t* sixteen_bytes) {
  IpAddress address;
  std::memcpy(address.bytes.data(), sixteen_bytes, 16);
  return address;
}

bool IpAddress::is_v4() const {
  return std::memcmp(bytes.data(), v4_prefix.data(), v4_prefix.size()) == 0;
}

bool IpAddress::is_multicast_or_broadcast() const {
  if (!is_v4()) return bytes[0] == 0xff;
  return (bytes[12] & 0xf0) == 0xe0 || (bytes[12] & bytes[13] & bytes[14] & bytes[15]) == 0xff;
}

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (is_v4())
    inet_ntop(AF_INET, bytes.data() + 12, buffer, sizeof buffer);
  else
    inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
  return buffer;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  std::uint8_t raw[16];
  if (inet_pton(AF_INET, terminated.c_str(), raw) == 1) return v4(raw);
  if (inet_pton(AF_INET6, terminated.c_str(), raw) == 1) return v6(raw);
  return std::nullopt;
}

bool Network::contains(const IpAddress& address) const {
  const unsigned whole = prefix / 8, rest = prefix % 8;
  if (std::memcmp(base.bytes.data(), address.bytes.data(), whole) != 0) return false;
  if (rest == 0) return true;
  const unsigned difference = static_cast<unsigned>(base.bytes[whole] ^ address.bytes[whole]);
  return (difference >> (8 - rest)) == 0;
}

std::optional<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  const unsigned widest = base->is_v4() ? 32 : 128;
  unsigned prefix = widest;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix > widest) return std::nullopt;
  }
  Network network{*base, prefix + 128 - widest};
  if (!tail_is_zero(*base, network.prefix)) return std::nullopt;
  return network;
}

}  // namespace ipet::traffic
