// What an observer of a WireGuard tunnel sees of the packets inside: datagrams of its data, and those that
// WireGuard sends by itself. As in the protocol's description (Donenfeld, NDSS 2017, sections 5.4 and 6) and,
// where that leaves something open, as wireguard-go 0.0.20220316 does it (README.md).
//
//  - Data: the packet inside is padded to a multiple of 16 bytes, but not beyond the MTU, and has 32 bytes
//    more.
//  - Handshake: 148 bytes from whoever begins, 92 back; before the first data; when who has begun sends
//    anything by keys of two minutes and more; and when anybody wants to by keys of three minutes. Who has
//    begun confirms it with an empty packet where it has no data to send.
//  - Keepalive: who was sent data and has sent nothing for ten seconds since sends an empty packet, of 32
//    bytes; one, however much data came meanwhile.
//
// Both ends are seen at the time of their own packets; what the other end does comes a round trip later.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "stages/traffic/packet.hpp"

namespace ipet::wireguard {

inline constexpr std::uint32_t initiation_bytes = 148, response_bytes = 92, data_bytes = 32;
/// So long after data that nothing answered there is a keepalive.
inline constexpr traffic::Nanoseconds longest_silence = 10 * traffic::second;

/// Bytes of UDP payload of the datagram that carries an IP packet of this length.
std::uint32_t datagram_bytes(std::uint32_t length, std::uint32_t mtu);

struct WireguardOptions {
  std::chrono::nanoseconds round_trip = std::chrono::milliseconds(20);
  std::uint32_t mtu = 1420;
  /// Recordings count packets with payload only, and TCP acknowledges them: an empty packet, 40 ms after the
  /// first one that was not answered by data (Linux's delayed acknowledgement).
  bool acknowledge = true;
};

/// One tunnel. What comes out are UDP datagrams with their payload; those that carry no user data are
/// dummies.
class Wire {
 public:
  using Output = std::function<void(const traffic::DevicePacket&)>;

  explicit Wire(const WireguardOptions& options) : options_(options) {}

  /// The next packet inside, in time order. What is on the wire before it goes out first, in time order.
  void send(const traffic::DevicePacket& packet, const Output& output);
  /// Nothing is sent inside from now on: what WireGuard does then, up to `until`.
  void finish(traffic::Nanoseconds until, const Output& output);

 private:
  using Nanoseconds = traffic::Nanoseconds;
  using Direction = traffic::Direction;
  struct End {
    std::optional<Nanoseconds> keepalive;        ///< when it is due
    std::optional<Nanoseconds> acknowledgement;  ///< when it is due
  };
  struct Session {
    Direction begun_by;
    Nanoseconds since;  ///< when its keys were made
  };
  struct Handshake {
    Direction begun_by;
    Nanoseconds answered;  ///< the response comes
  };

  [[nodiscard]] End& end(Direction direction) { return ends_[static_cast<std::size_t>(direction)]; }
  void play_until(Nanoseconds time, const Output& output);
  [[nodiscard]] Nanoseconds next_due() const;
  void act(Nanoseconds time, const Output& output);
  void inside(const traffic::DevicePacket& packet, std::uint32_t length, const Output& output);
  void data(Nanoseconds time, Direction direction, std::uint32_t length, bool dummy, const Output& output);
  void renew(Nanoseconds time, Nanoseconds age, const Output& output);
  void begin_handshake(Nanoseconds time, Direction direction, const Output& output);
  void end_handshake(const Output& output);
  void put(Nanoseconds time, Direction direction, std::uint32_t bytes, bool dummy, const Output& output);

  WireguardOptions options_;
  End ends_[2];  ///< by the direction in which it sends
  std::optional<Session> session_;
  std::optional<Handshake> handshake_;
  struct Waiting {
    Direction direction;
    std::uint32_t length;
    bool dummy;
  };
  std::deque<Waiting> waiting_;  ///< for keys
};

}  // namespace ipet::wireguard
