// Link and network addresses, and networks in CIDR notation.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ipet::traffic {

struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  auto operator<=>(const MacAddress&) const = default;
  /// True for broadcast too (the group bit of the first byte, IEEE 802-2014 section 8.2).
  [[nodiscard]] bool is_multicast() const { return (bytes[0] & 1) != 0; }
  [[nodiscard]] std::string text() const;  ///< "f4:b8:5e:ff:2b:1b"
  /// As tools print them, in upper or lower case: six bytes of one or two hexadecimal digits between ':' or
  /// '-'
  /// ("f4:b8:5e:ff:2b:1b", "F4-B8-5E-FF-2B-1B", "2:0:0:0:0:a"), three groups of four digits between '.' or
  /// '-'
  /// ("f4b8.5eff.2b1b"), or twelve digits.
  static std::optional<MacAddress> parse(std::string_view text);
};

/// IPv4 or IPv6. IPv4 addresses are kept IPv4-mapped (RFC 4291 section 2.5.5.2), so one comparison serves
/// both.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const IpAddress&) const = default;
  static IpAddress v4(const std::uint8_t* four_bytes);
  static IpAddress v6(const std::uint8_t* sixteen_bytes);
  [[nodiscard]] bool is_v4() const;
  /// 224.0.0.0/4, 255.255.255.255, ff00::/8.
  [[nodiscard]] bool is_multicast_or_broadcast() const;
  /// No router forwards it (RFC 6890): unspecified (0.0.0.0/8, ::), loopback (127.0.0.0/8, ::1) and
  /// link-local (169.254.0.0/16, RFC 3927; fe80::/10, RFC 4291).
  [[nodiscard]] bool stays_on_link() const;
  /// 2000::/3, all that is allocated of global IPv6 (RFC 4291 section 2.4).
  [[nodiscard]] bool is_global_v6() const;
  [[nodiscard]] std::string text() const;
  static std::optional<IpAddress> parse(std::string_view text);
};

struct Network {
  IpAddress base;
  unsigned prefix = 0;  ///< bits of the 128-bit form (96 + the IPv4 prefix)

  bool operator==(const Network&) const = default;
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] std::string text() const;  ///< "192.168.0.0/16"
  /// That of an address; `prefix` counts bits of the 128-bit form.
  static Network of(const IpAddress& address, unsigned prefix);
  /// "192.168.0.0/16", "fe80::/10". A single address is its own network. Null when malformed, when the prefix
  /// is out of range or when bits beyond the prefix are set.
  static std::optional<Network> parse(std::string_view text);
};

}  // namespace ipet::traffic

template <>
struct std::hash<ipet::traffic::MacAddress> {
  std::size_t operator()(const ipet::traffic::MacAddress& mac) const noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, mac.bytes.data(), mac.bytes.size());
    return std::hash<std::uint64_t>{}(word * 0x9E3779B97F4A7C15ULL);
  }
};
