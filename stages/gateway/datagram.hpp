// What the two ends of a line send each other: UDP datagrams inside the tunnel, which authenticates and
// encrypts them. Numbers are big-endian.
//
//   bytes  0  1   magic, 0x6950
//          2      version, 1
//          3      kind
//          4  5   line, from 0
//          6  7   length of the content
//          8 11   session: drawn by the sender at its start
//         12 17   number: of the datagrams that the sender has sent on this line, from 1
//         18 19   first: where in a cell the first packet begins that does; 0xffff where none does
//         20      content; then zeros up to the size of the datagram
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "pipeline/text/words.hpp"
#include "stages/gateway/counters.hpp"

namespace ipet::gateway {

enum class Kind : std::uint8_t {
  hello = 1,    ///< content: the session of the other end as the sender knows it (0: not at all), and 0 where
                ///< it asks for an answer
  dummy = 2,    ///< nothing, or requests in its free room
  user = 3,     ///< one IP packet
  cell = 4,     ///< a part of the byte stream of user packets
  answer = 5,   ///< to a dummy, as the receiver of data would send one
  control = 6,  ///< requests
};

struct Datagram {
  Kind kind = Kind::dummy;
  std::uint16_t line = 0;
  std::uint32_t session = 0;
  std::uint64_t number = 0;  ///< 48 bits
  std::uint16_t first = no_first;
  std::span<const std::uint8_t> content = {};

  static constexpr std::uint16_t no_first = 0xffff;
};

/// Bytes before the content.
inline constexpr std::size_t datagram_header = 20;
/// No tunnel has a larger MTU, and no datagram is larger.
inline constexpr std::size_t largest_datagram = 9'000;
inline constexpr std::uint8_t datagram_version = 1;

/// Writes the whole of `out`, which has room for the content at least; throws std::invalid_argument
/// otherwise.
void write(const Datagram& datagram, std::span<std::uint8_t> out);

/// The content is a part of `bytes`.
std::variant<Datagram, Refused> parse_datagram(std::span<const std::uint8_t> bytes);

/// A dummy that the relay is to send: 8 bytes.
///
///   bytes 0 3  age: how long before the datagram left the dummy was due, in microseconds
///         4 6  size of its transport payload
///         7    protocol
struct Request {
  std::uint32_t age_us = 0;
  std::uint32_t size = 0;  ///< 24 bits
  traffic::Protocol protocol = traffic::Protocol::tcp;

  bool operator==(const Request&) const = default;
};
inline constexpr std::size_t request_bytes = 8;
void write(const Request& request, std::span<std::uint8_t, request_bytes> out);
/// False where the protocol is none.
bool parse(std::span<const std::uint8_t, request_bytes> bytes, Request& request);

}  // namespace ipet::gateway
