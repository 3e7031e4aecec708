// A gateway and a relay in one process: their links are queues, and the clock stands still between two steps.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "stages/gateway/driver.hpp"

namespace ipet::gateway::test {

using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;
using traffic::Protocol;
using Bytes = std::vector<std::uint8_t>;

/// 2023-11-14T22:13:20Z
inline constexpr Nanoseconds start = 1'700'000'000 * traffic::second;
inline constexpr Nanoseconds millisecond = traffic::second / 1000;

/// An IPv4 packet of so many bytes, its number in its payload. TCP and UDP headers have no options.
inline Bytes ipv4(std::size_t length, Protocol protocol, std::uint32_t number = 0) {
  Bytes packet(length, static_cast<std::uint8_t>(number * 7));
  const Bytes header = {0x45,
                        0,
                        static_cast<std::uint8_t>(length >> 8),
                        static_cast<std::uint8_t>(length),
                        0,
                        0,
                        0,
                        0,
                        64,
                        static_cast<std::uint8_t>(protocol),
                        0,
                        0,
                        192,
                        168,
                        1,
                        7,
                        93,
                        184,
                        216,
                        34};
  std::copy(header.begin(), header.end(), packet.begin());
  if (protocol == Protocol::tcp) packet[32] = 0x50;
  if (protocol == Protocol::udp) {
    packet[24] = static_cast<std::uint8_t>((length - 20) >> 8);
    packet[25] = static_cast<std::uint8_t>(length - 20);
  }
  for (std::size_t i = 0; i < 4 && length >= 44; ++i)
    packet[40 + i] = static_cast<std::uint8_t>(number >> 8 * i);
  return packet;
}

/// What passed a line on its way to the other end.
struct OnTheWire {
  Nanoseconds time = 0;
  std::size_t size = 0;
  Bytes bytes = {};
};

struct OneEnd {
  Counters counters;
  std::vector<Link> links;
  std::unique_ptr<Driver> driver;
  std::vector<std::vector<OnTheWire>> sent;  ///< by line
  std::vector<Bytes> delivered;              ///< user packets of the other end
};

class TwoEnds {
 public:
  using Make = std::function<std::unique_ptr<Driver>(const Ends&)>;
  explicit TwoEnds(std::size_t lines, Make make, std::size_t largest = 1392)
      : make_(std::move(make)), largest_(largest) {
    gateway.counters.lines.resize(lines);
    relay.counters.lines.resize(lines);
    renew(Side::gateway, 1001);
    renew(Side::relay, 2002);
  }
  TwoEnds(const TwoEnds&) = delete;
  TwoEnds& operator=(const TwoEnds&) = delete;

  OneEnd& of(Side side) { return side == Side::gateway ? gateway : relay; }
  OneEnd& opposite(Side side) { return side == Side::gateway ? relay : gateway; }

  /// The end begins anew, as after a restart.
  void renew(Side side, std::uint32_t session) {
    OneEnd& end = of(side);
    const std::size_t lines = end.counters.lines.size();
    end.counters = {};
    end.counters.lines.resize(lines);
    end.links.clear();
    end.sent.resize(lines);
    for (std::size_t line = 0; line < lines; ++line)
      end.links.emplace_back(
          static_cast<std::uint16_t>(line), session, largest_, end.counters, side,
          [this, side, line](std::span<const std::uint8_t> bytes) {
            of(side).sent[line].push_back({now, bytes.size(), {bytes.begin(), bytes.end()}});
            under_way_.push_back({side, line, {bytes.begin(), bytes.end()}});
            return true;
          });
    end.driver = make_(Ends{side, end.links, end.counters, [&end](std::span<const std::uint8_t> packet) {
                              end.delivered.emplace_back(packet.begin(), packet.end());
                            }});
    end.driver->begin(now);
  }

  /// Both act; what is under way arrives at once, unless `lose` says otherwise.
  void step() {
    for (OneEnd* end : {&gateway, &relay}) {
      act(end->links, *end->driver, now);
      end->driver->act(now);
    }
    while (!under_way_.empty()) {
      const Way way = under_way_.front();
      under_way_.pop_front();
      if (!lose || !lose(way.from, way.bytes)) arrive(way.from, way.line, way.bytes);
    }
  }
  void arrive(Side from, std::size_t line, const Bytes& bytes) {
    OneEnd& end = opposite(from);
    if (const auto arrival = end.links[line].receive(bytes, now)) {
      Ends{from == Side::gateway ? Side::relay : Side::gateway, end.links, end.counters}.count(
          line, arrival->datagram, bytes.size());
      end.driver->receive(line, *arrival, now);
    }
  }
  /// In steps of what is due, or of `step_length` where that is given.
  void run_until(Nanoseconds time, Nanoseconds step_length = 0) {
    while (now < time) {
      step();
      const Nanoseconds due = std::min(gateway.driver->due(), relay.driver->due());
      now = std::min(time, step_length > 0 ? now + step_length : std::max(due, now + 1000));
    }
    step();
  }
  /// Until both ends have met.
  void meet() {
    run_until(now + traffic::second, 50 * millisecond);
    for (OneEnd* end : {&gateway, &relay})
      for (auto& line : end->sent) line.clear();
  }

  Nanoseconds now = start;
  OneEnd gateway, relay;
  std::function<bool(Side from, const Bytes&)> lose = {};

 private:
  struct Way {
    Side from;
    std::size_t line;
    Bytes bytes;
  };
  Make make_;
  std::size_t largest_;
  std::deque<Way> under_way_;
};

inline Kind kind_of(const Bytes& datagram) {
  return static_cast<Kind>(datagram.at(3));
}

}  // namespace ipet::gateway::test
