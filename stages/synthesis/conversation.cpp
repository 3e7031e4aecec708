#include "stages/synthesis/conversation.hpp"

#include <algorithm>

namespace ipet::synthesis {

namespace {

constexpr std::size_t segment_size = 1440;  // fits IPv4 and IPv6
constexpr std::size_t largest_datagram = 1440;
constexpr std::int64_t microsecond = 1000;

/// Looks like one TLS application data record (RFC 8446 section 5.1), as long as it has room for the header.
Bytes record(std::size_t size) {
  Bytes message(size, 0x5A);
  if (size > 5) {
    message[0] = 23;
    message[1] = message[2] = 3;
    message[3] = static_cast<std::uint8_t>((size - 5) >> 8);
    message[4] = static_cast<std::uint8_t>((size - 5) & 0xFF);
  }
  return message;
}

std::int64_t between(traffic::Random& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

}  // namespace

Conversation::Conversation(const Endpoint& device, const Endpoint& peer, bool tcp, std::int64_t rtt)
    : sides_{{device}, {peer}}, tcp_(tcp), rtt_(rtt) {}

std::int64_t Conversation::latency(std::size_t receiver, traffic::Random& random) const {
  const std::int64_t base = receiver == 1 ? rtt_ : 1500 * microsecond;
  return base + between(random, 0, base / 5);
}

void Conversation::segment(std::int64_t time, std::size_t from, TcpFields fields, const Bytes& payload,
                           Timeline& timeline) {
  Side &sender = sides_[from], &receiver = sides_[1 - from];
  fields.sequence = sender.sequence;
  fields.acknowledgement = fields.ack ? receiver.sequence : 0;
  timeline.add(time, tcp_frame(sender.end, receiver.end, fields, payload, sender.ip_id++));
  sender.sequence += static_cast<std::uint32_t>(payload.size()) + (fields.syn || fields.fin ? 1 : 0);
}

std::int64_t Conversation::open(std::int64_t time, Timeline& timeline, traffic::Random& random) {
  for (Side& side : sides_) {
    side.sequence = static_cast<std::uint32_t>(random.bits());
    side.ip_id = static_cast<std::uint16_t>(random.bits());
  }
  if (!tcp_) return time;
  segment(time, 0, {.syn = true}, {}, timeline);
  time += latency(1, random);
  segment(time, 1, {.syn = true, .ack = true}, {}, timeline);
  time += latency(0, random);
  segment(time, 0, {.ack = true}, {}, timeline);
  return time + 100 * microsecond;
}

std::int64_t Conversation::send(std::int64_t time, bool out, std::size_t size, Timeline& timeline,
                                traffic::Random& random) {
  const std::size_t from = out ? 0 : 1;
  if (tcp_) return send_tcp(time, from, record(size), timeline, random);
  for (std::size_t left = size; left > 0;) {
    const std::size_t part = std::min(left, largest_datagram);
    Side &sender = sides_[from], &receiver = sides_[1 - from];
    timeline.add(time, udp_frame(sender.end, receiver.end, Bytes(part, 0x5A), sender.ip_id++));
    time += between(random, 100, 400) * microsecond;
    left -= part;
  }
  return time;
}

std::int64_t Conversation::send_tcp(std::int64_t time, std::size_t from, Bytes message, Timeline& timeline,
                                    traffic::Random& random) {
  const std::size_t to = 1 - from;
  std::int64_t acknowledged = time;
  std::size_t unacknowledged = 0;
  for (std::size_t at = 0; at < message.size(); at += segment_size) {
    const std::size_t end = std::min(at + segment_size, message.size());
    const auto begin = message.begin() + static_cast<std::ptrdiff_t>(at);
    const Bytes part(begin, message.begin() + static_cast<std::ptrdiff_t>(end));
    segment(time, from, {.ack = true, .push = end == message.size()}, part, timeline);
    if (++unacknowledged == 2 || end == message.size()) {
      // The acknowledgement carries what has been sent so far; it never overtakes the one before it.
      acknowledged = std::max(acknowledged + microsecond, time + latency(to, random));
      segment(acknowledged, to, {.ack = true}, {}, timeline);
      unacknowledged = 0;
    }
    time += between(random, 200, 800) * microsecond;
  }
  return std::max(acknowledged, time) + microsecond;
}

std::int64_t Conversation::close(std::int64_t time, Timeline& timeline, traffic::Random& random) {
  if (!tcp_) return time;
  segment(time, 0, {.ack = true, .fin = true}, {}, timeline);
  time += latency(1, random);
  segment(time, 1, {.ack = true, .fin = true}, {}, timeline);
  time += latency(0, random);
  segment(time, 0, {.ack = true}, {}, timeline);
  return time + microsecond;
}

}  // namespace ipet::synthesis
