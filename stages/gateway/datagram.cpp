#include "stages/gateway/datagram.hpp"

#include <algorithm>
#include <stdexcept>

namespace ipet::gateway {

namespace {

constexpr std::uint16_t magic = 0x6950;

void put(std::uint8_t* at, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = bytes; i > 0; --i, value >>= 8) at[i - 1] = static_cast<std::uint8_t>(value);
}

std::uint64_t get(const std::uint8_t* at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | at[i];
  return value;
}

bool is_kind(std::uint8_t byte) {
  return byte >= static_cast<std::uint8_t>(Kind::hello) && byte <= static_cast<std::uint8_t>(Kind::control);
}

}  // namespace

void write(const Datagram& datagram, std::span<std::uint8_t> out) {
  if (out.size() < datagram_header + datagram.content.size() || datagram.content.size() > 0xffff)
    throw std::invalid_argument("a datagram of " + std::to_string(out.size()) + " bytes has no room for " +
                                std::to_string(datagram.content.size()));
  put(&out[0], magic, 2);
  out[2] = datagram_version;
  out[3] = static_cast<std::uint8_t>(datagram.kind);
  put(&out[4], datagram.line, 2);
  put(&out[6], datagram.content.size(), 2);
  put(&out[8], datagram.session, 4);
  put(&out[12], datagram.number, 6);
  put(&out[18], datagram.first, 2);
  const auto end = std::ranges::copy(datagram.content, out.begin() + datagram_header).out;
  std::fill(end, out.end(), std::uint8_t{0});
}

std::variant<Datagram, Refused> parse_datagram(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < datagram_header || bytes.size() > largest_datagram || get(bytes.data(), 2) != magic)
    return Refused::malformed;
  if (bytes[2] != datagram_version) return Refused::version;
  const auto length = static_cast<std::size_t>(get(&bytes[6], 2));
  if (!is_kind(bytes[3]) || length > bytes.size() - datagram_header) return Refused::malformed;
  Datagram datagram;
  datagram.kind = static_cast<Kind>(bytes[3]);
  datagram.line = static_cast<std::uint16_t>(get(&bytes[4], 2));
  datagram.session = static_cast<std::uint32_t>(get(&bytes[8], 4));
  datagram.number = get(&bytes[12], 6);
  datagram.first = static_cast<std::uint16_t>(get(&bytes[18], 2));
  datagram.content = bytes.subspan(datagram_header, length);
  if (datagram.first != Datagram::no_first && datagram.first >= length) return Refused::malformed;
  return datagram;
}

void write(const Request& request, std::span<std::uint8_t, request_bytes> out) {
  put(&out[0], request.age_us, 4);
  put(&out[4], std::min<std::uint32_t>(request.size, 0xffffff), 3);
  out[7] = static_cast<std::uint8_t>(request.protocol);
}

bool parse(std::span<const std::uint8_t, request_bytes> bytes, Request& request) {
  const auto protocol = static_cast<traffic::Protocol>(bytes[7]);
  if (protocol != traffic::Protocol::tcp && protocol != traffic::Protocol::udp) return false;
  request = {static_cast<std::uint32_t>(get(&bytes[0], 4)), static_cast<std::uint32_t>(get(&bytes[4], 3)),
             protocol};
  return true;
}

}  // namespace ipet::gateway
