#include "stages/wireguard/wireguard.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace ipet::wireguard {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;

namespace {

// Section 6.1 of the paper.
constexpr Nanoseconds rekey_after = 120 * traffic::second, reject_after = 180 * traffic::second,
                      rekey_timeout = 5 * traffic::second;
constexpr Nanoseconds delayed_acknowledgement = traffic::second / 25;
constexpr Nanoseconds never = std::numeric_limits<Nanoseconds>::max();
constexpr std::uint32_t tcp_headers = 40, udp_headers = 28;  // IPv4's without options

Direction opposite(Direction direction) {
  return direction == Direction::out ? Direction::in : Direction::out;
}

}  // namespace

std::uint32_t datagram_bytes(std::uint32_t length, std::uint32_t mtu) {
  return std::max(length, std::min((length + 15) / 16 * 16, mtu)) + data_bytes;
}

void Wire::send(const DevicePacket& packet, const Output& output) {
  play_until(packet.time, output);
  const std::uint32_t headers = packet.protocol == Protocol::tcp ? tcp_headers : udp_headers;
  // What was recorded with segmentation offload is several packets in one.
  std::uint32_t left = packet.size;
  do {
    const std::uint32_t part = std::min(left, options_.mtu - headers);
    inside(packet, part + headers, output);
    left -= part;
  } while (left > 0);
  if (!options_.acknowledge || packet.protocol != Protocol::tcp || packet.size == 0) return;
  End& receiver = end(opposite(packet.direction));
  if (!receiver.acknowledgement) receiver.acknowledgement = packet.time + delayed_acknowledgement;
}

void Wire::finish(Nanoseconds until, const Output& output) {
  play_until(until, output);
}

Nanoseconds Wire::next_due() const {
  Nanoseconds first = handshake_ ? handshake_->answered : never;
  for (const End& each : ends_) {
    if (each.keepalive) first = std::min(first, *each.keepalive);
    if (each.acknowledgement) first = std::min(first, *each.acknowledgement);
  }
  return first;
}

void Wire::play_until(Nanoseconds time, const Output& output) {
  for (Nanoseconds due = next_due(); due <= time && due != never; due = next_due()) act(due, output);
}

void Wire::act(Nanoseconds time, const Output& output) {
  if (handshake_ && handshake_->answered <= time) return end_handshake(output);
  for (const Direction direction : {Direction::out, Direction::in}) {
    End& one = end(direction);
    if (one.acknowledgement && *one.acknowledgement <= time)
      return inside({time, 0, direction, Protocol::tcp, false}, tcp_headers, output);
    if (!one.keepalive || *one.keepalive > time) continue;
    one.keepalive.reset();
    if (session_ && time - session_->since >= reject_after) session_.reset();
    if (session_) put(time, direction, data_bytes, true, output);
    if (!session_ && !handshake_) begin_handshake(time, direction, output);
    if (session_ && session_->begun_by == direction) renew(time, rekey_after, output);
    return;
  }
}

void Wire::inside(const DevicePacket& packet, std::uint32_t length, const Output& output) {
  end(packet.direction).acknowledgement.reset();
  const Nanoseconds time = packet.time;
  if (session_ && time - session_->since >= reject_after) session_.reset();
  if (!session_) {
    waiting_.push_back({packet.direction, length, packet.dummy});
    if (!handshake_) begin_handshake(time, packet.direction, output);
    return;
  }
  data(time, packet.direction, length, packet.dummy, output);
  // Who has begun makes new keys when it sends by old ones, and before they end when it receives by them.
  renew(time,
        session_->begun_by == packet.direction ? rekey_after : reject_after - longest_silence - rekey_timeout,
        output);
}

void Wire::renew(Nanoseconds time, Nanoseconds age, const Output& output) {
  if (!handshake_ && time - session_->since >= age) begin_handshake(time, session_->begun_by, output);
}

void Wire::data(Nanoseconds time, Direction direction, std::uint32_t length, bool dummy,
                const Output& output) {
  put(time, direction, datagram_bytes(length, options_.mtu), dummy, output);
  End& receiver = end(opposite(direction));
  if (!receiver.keepalive) receiver.keepalive = time + longest_silence;
}

void Wire::begin_handshake(Nanoseconds time, Direction direction, const Output& output) {
  put(time, direction, initiation_bytes, true, output);
  handshake_ = Handshake{direction, time + options_.round_trip.count()};
}

void Wire::end_handshake(const Output& output) {
  const Handshake ended = *std::exchange(handshake_, std::nullopt);
  put(ended.answered, opposite(ended.begun_by), response_bytes, true, output);
  session_ = Session{ended.begun_by, ended.answered};
  // The other end may use the keys once it has had a packet by them.
  const bool confirms =
      std::ranges::any_of(waiting_, [&](const Waiting& each) { return each.direction == ended.begun_by; });
  if (!confirms) put(ended.answered, ended.begun_by, data_bytes, true, output);
  for (const Direction direction : {ended.begun_by, opposite(ended.begun_by)})
    for (const Waiting& each : waiting_)
      if (each.direction == direction) data(ended.answered, direction, each.length, each.dummy, output);
  waiting_.clear();
}

void Wire::put(Nanoseconds time, Direction direction, std::uint32_t bytes, bool dummy, const Output& output) {
  End& sender = end(direction);
  sender.keepalive.reset();
  output({time, bytes, direction, Protocol::udp, dummy});
}

}  // namespace ipet::wireguard
