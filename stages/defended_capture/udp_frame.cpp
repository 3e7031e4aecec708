#include "stages/defended_capture/udp_frame.hpp"

namespace ipet::defended_capture {

namespace {

constexpr std::uint8_t udp = 17, hops = 64;

void put16(std::vector<std::uint8_t>& bytes, std::size_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

/// The part of an address that stands in the header: IPv4 addresses are kept IPv4-mapped.
std::span<const std::uint8_t> wire(const traffic::IpAddress& address) {
  return address.is_v4() ? std::span(address.bytes).subspan(12) : std::span(address.bytes);
}

/// Internet checksum (RFC 1071), to be continued over several parts that begin at even offsets.
class Checksum {
 public:
  void add(std::span<const std::uint8_t> bytes) {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) add(std::uint32_t{bytes[i]} << 8 | bytes[i + 1]);
    if (bytes.size() % 2 == 1) add(std::uint32_t{bytes.back()} << 8);
  }
  void add(std::uint64_t word) { sum_ += word; }
  [[nodiscard]] std::uint16_t value() const {
    std::uint64_t sum = sum_;
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
  }

 private:
  std::uint64_t sum_ = 0;
};

void store16(std::vector<std::uint8_t>& bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

void put_addresses(std::vector<std::uint8_t>& frame, const Endpoint& from, const Endpoint& to) {
  for (const Endpoint* end : {&from, &to}) {
    const auto bytes = wire(end->address);
    frame.insert(frame.end(), bytes.begin(), bytes.end());
  }
}

void put_ipv4(std::vector<std::uint8_t>& frame, const Endpoint& from, const Endpoint& to,
              std::size_t datagram) {
  constexpr std::uint16_t dont_fragment = 0x4000;
  const std::size_t begin = frame.size();
  frame.insert(frame.end(), {0x45, 0});
  put16(frame, 20 + datagram);
  put16(frame, 0);
  put16(frame, dont_fragment);
  frame.insert(frame.end(), {hops, udp, 0, 0});
  put_addresses(frame, from, to);
  Checksum sum;
  sum.add(std::span(frame).subspan(begin));
  store16(frame, begin + 10, sum.value());
}

void put_ipv6(std::vector<std::uint8_t>& frame, const Endpoint& from, const Endpoint& to,
              std::size_t datagram) {
  frame.insert(frame.end(), {0x60, 0, 0, 0});
  put16(frame, datagram);
  frame.insert(frame.end(), {udp, hops});
  put_addresses(frame, from, to);
}

/// A link header that ends with those of PPPoE and PPP has the length of what follows them, and the two bytes
/// of PPP.
void set_pppoe_length(std::vector<std::uint8_t>& frame, std::size_t link_size) {
  constexpr std::size_t type_and_headers = 2 + 6 + 2, length_from_end = 4;
  constexpr std::uint8_t type[2] = {0x88, 0x64};
  if (link_size < 12 + type_and_headers) return;
  if (!std::equal(type, type + 2, frame.begin() + static_cast<std::ptrdiff_t>(link_size - type_and_headers)))
    return;
  store16(frame, link_size - length_from_end, static_cast<std::uint16_t>(frame.size() - link_size + 2));
}

}  // namespace

void make_udp_frame(std::span<const std::uint8_t> link_header, const Endpoint& from, const Endpoint& to,
                    std::span<const std::uint8_t> payload, std::vector<std::uint8_t>& frame) {
  const std::size_t datagram = 8 + payload.size();
  frame.assign(link_header.begin(), link_header.end());
  if (from.address.is_v4())
    put_ipv4(frame, from, to, datagram);
  else
    put_ipv6(frame, from, to, datagram);
  const std::size_t begin = frame.size();
  put16(frame, from.port);
  put16(frame, to.port);
  put16(frame, datagram);
  put16(frame, 0);
  frame.insert(frame.end(), payload.begin(), payload.end());

  Checksum sum;  // over the pseudo-header too
  sum.add(wire(from.address));
  sum.add(wire(to.address));
  sum.add(udp);
  sum.add(datagram);
  sum.add(std::span(frame).subspan(begin));
  const std::uint16_t value = sum.value();
  store16(frame, begin + 6, value == 0 ? 0xffff : value);  // 0 would say that there is none
  set_pppoe_length(frame, link_header.size());
}

}  // namespace ipet::defended_capture
