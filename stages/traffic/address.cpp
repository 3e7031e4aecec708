#include "stages/traffic/address.hpp"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <endian.h>

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

/// Groups of two, four, six or twelve digits, with ':', '-', '.' or blanks between them.
std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  constexpr std::size_t digits_of_all = 12;
  const std::size_t first = text.find_first_of(":-. ");
  const char separator = first == std::string_view::npos ? '\0' : text[first];
  const std::size_t groups = 1 + static_cast<std::size_t>(std::ranges::count(text, separator));
  if (groups != 1 && groups != 2 && groups != 3 && groups != 6) return std::nullopt;
  // Where a group is one byte, tools leave a leading zero out.
  const std::size_t most = digits_of_all / groups, least = most == 2 ? 1 : most;
  MacAddress mac;
  for (std::size_t byte = 0; byte < mac.bytes.size(); byte += most / 2) {
    const std::string_view group = text.substr(0, text.find(separator));
    if (group.size() < least || group.size() > most) return std::nullopt;
    for (std::size_t i = 0; i < group.size(); ++i) {
      const int digit = hex_digit(group[i]);
      if (digit < 0) return std::nullopt;
      std::uint8_t& at = mac.bytes[byte + i / 2];
      at = static_cast<std::uint8_t>(at * 16 + digit);
    }
    text.remove_prefix(std::min(text.size(), group.size() + 1));
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

bool IpAddress::stays_on_link() const {
  if (is_v4()) return bytes[12] == 0 || bytes[12] == 127 || (bytes[12] == 169 && bytes[13] == 254);
  const bool zero = std::all_of(bytes.begin(), bytes.end() - 1, [](std::uint8_t byte) { return byte == 0; });
  return (zero && bytes[15] <= 1) || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
}

bool IpAddress::is_global_v6() const {
  return (bytes[0] & 0xe0) == 0x20;  // an IPv4-mapped address begins with 0
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
  // Half by half, most significant byte first.
  const auto differ = [&](std::size_t half) {
    std::uint64_t mine = 0, other = 0;
    std::memcpy(&mine, base.bytes.data() + 8 * half, 8);
    std::memcpy(&other, address.bytes.data() + 8 * half, 8);
    return be64toh(mine ^ other);
  };
  constexpr unsigned bits = 64;
  if (prefix == 0) return true;
  if (prefix <= bits) return differ(0) >> (bits - prefix) == 0;
  return differ(0) == 0 && differ(1) >> (2 * bits - prefix) == 0;
}

std::string Network::text() const {
  return base.text() + "/" + std::to_string(base.is_v4() && prefix >= 96 ? prefix - 96 : prefix);
}

Network Network::of(const IpAddress& address, unsigned prefix) {
  Network network{address, prefix};
  for (unsigned bit = prefix; bit < 128; ++bit)
    network.base.bytes[bit / 8] &= static_cast<std::uint8_t>(~(0x80U >> (bit % 8)));
  return network;
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
