// In the path: user packets wait here until the defence lets them go. Each end decides about its own
// direction.
#include <algorithm>
#include <array>
#include <deque>
#include <stdexcept>

#include "stages/defence/contract.hpp"
#include "stages/gateway/driver.hpp"
#include "stages/gateway/ip_packet.hpp"
#include "stages/gateway/packet_stream.hpp"

namespace ipet::gateway {

using defence::Cell;
using defence::Contract;
using defence::CoverSchedule;
using defence::LinePacket;
using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

namespace {

/// Copies of a packet are as large as it is, so a defence is told its length on the line: less the headers
/// that it is taken to have.
std::uint32_t told_size(std::size_t length, traffic::Protocol protocol) {
  const std::size_t headers = header_bytes(protocol);
  return static_cast<std::uint32_t>(length > headers ? length - headers : 0);
}

class GroupDriver final : public Driver {
 public:
  GroupDriver(std::unique_ptr<defence::Group> group, const std::string& name,
              std::span<const defence::Line> lines, const Ends& ends)
      : Driver(ends),
        group_(std::move(group)),
        contract_(name, lines.front().device, lines.size()),
        waiting_(lines.size()) {}

  void begin(Nanoseconds now) override { group_->begin(now); }

  void take(std::size_t line, std::span<const std::uint8_t> packet, Nanoseconds now) override {
    if (bytes_ + cost(packet.size()) > ends_.queue) {
      ++ends_.counters.of(Dropped::queue);
      return;
    }
    act(now);
    const auto ip = read_ip(packet);
    const traffic::Protocol protocol = ip ? ip->protocol : traffic::Protocol::udp;
    const LinePacket event{line, {now, told_size(packet.size(), protocol), ends_.own(), protocol}};
    waiting_[line].packets.push_back({now, {packet.begin(), packet.end()}});
    waiting_[line].told.arrive(now, event.packet.size);
    bytes_ += cost(packet.size());
    ends_.counters.lines[line].in(ends_.own()).user.add(packet.size());
    contract_.user(now);
    group_->arrive(event);
  }

  void receive(std::size_t line, const Arrival& arrival, Nanoseconds) override {
    if (arrival.datagram.kind != Kind::user) return;
    if (!read_ip(arrival.datagram.content)) {
      ++ends_.counters.of(Refused::content);
      return;
    }
    ends_.counters.lines[line].in(ends_.other()).user.add(arrival.datagram.content.size());
    ends_.deliver(arrival.datagram.content);
  }

  void act(Nanoseconds now) override {
    const Nanoseconds until = now + 1;
    for (LinePacket each; group_->next(until, each);) {
      contract_.check(each, until);
      if (each.packet.direction != ends_.own()) continue;  // the other end sends it
      contract_.check(each, waiting_[each.line].told);
      send(each, now);
    }
  }
  [[nodiscard]] Nanoseconds due() const override { return group_->due(); }
  [[nodiscard]] bool in_the_midst(Nanoseconds now) const override {
    return bytes_ > 0 || group_->due() < now + polling;
  }

 private:
  /// Of a packet that waits, its copies on all lines with it.
  [[nodiscard]] std::size_t cost(std::size_t packet) const {
    return packet + waiting_.size() * sizeof(LinePacket);
  }

  struct Packet {
    Nanoseconds since = 0;
    std::vector<std::uint8_t> bytes;
  };
  struct Waiting {
    std::deque<Packet> packets;
    defence::DelayQueue told;  ///< of the same packets, what the defence was told
  };

  void send(const LinePacket& each, Nanoseconds now) {
    const std::size_t largest = ends_.links[each.line].largest_content();
    ends_.counters.schedule_error.add(now - each.packet.time);
    std::size_t length = each.packet.size + header_bytes(each.packet.protocol);
    if (each.packet.dummy) {
      // What was recorded with segmentation offload may be several packets in one.
      for (; length > largest; length -= largest)
        ends_.send(each.line, Kind::dummy, {}, datagram_header + largest);
      ends_.send(each.line, Kind::dummy, {}, datagram_header + length);
      return;
    }
    Waiting& waiting = waiting_[each.line];
    const Packet packet = std::move(waiting.packets.front());
    waiting.packets.pop_front();
    bytes_ -= cost(packet.bytes.size());
    waiting.told.leave_alone(now, each.user_bytes, delays_);
    ends_.counters.user_delay.add(now - packet.since);
    if (!ends_.send(each.line, Kind::user, packet.bytes,
                    datagram_header + std::max(length, packet.bytes.size())))
      ++ends_.counters.of(Dropped::sending);
  }

  std::unique_ptr<defence::Group> group_;
  Contract contract_;
  std::vector<Waiting> waiting_;    ///< by line
  defence::DelayHistogram delays_;  ///< as the mixer counts them
  std::size_t bytes_ = 0;           ///< of all of them
};

/// One line of a Shaper. What it counts as user data are bytes of the packet stream.
class ShapedLine {
 public:
  ShapedLine(std::unique_ptr<defence::Shaper> shaper, const std::string& name, const defence::Line& line,
             std::size_t number, const Ends& ends)
      : shaper_(std::move(shaper)), contract_(name, line.device), number_(number), writer_(ends.queue) {}

  void begin(Nanoseconds now) { shaper_->begin(now); }

  void take(std::span<const std::uint8_t> packet, Nanoseconds now, const Ends& ends) {
    act(now, ends);
    if (!writer_.push(packet)) {
      ++ends.counters.of(Dropped::queue);
      return;
    }
    ends.counters.lines[number_].in(ends.own()).user.add(packet.size());
    arrive(packet.size() + framing_bytes, ends.own(), now);
    taken_ += packet.size() + framing_bytes;
    waiting_.push_back({now, taken_});
  }

  void receive(const Arrival& arrival, Nanoseconds now, const Ends& ends) {
    if (arrival.datagram.kind != Kind::cell) return;
    const auto deliver = [&](std::span<const std::uint8_t> packet) {
      if (!read_ip(packet)) {
        ++ends.counters.of(Refused::content);
        return;
      }
      ends.counters.lines[number_].in(ends.other()).user.add(packet.size());
      ends.deliver(packet);
    };
    const Datagram& cell = arrival.datagram;
    const std::uint64_t lost = reader_.lost();
    if (arrival.late)
      reader_.take_late(cell.content, cell.first, deliver);
    else
      reader_.take(cell.content, cell.first, arrival.gap, deliver);
    ends.counters.of(Dropped::parts) += reader_.lost() - lost;
    // It decides by what waits in both directions: of the other one it learns as this comes.
    if (cell.content.empty()) return;
    act(now, ends);
    arrive(cell.content.size(), ends.other(), now);
  }

  void act(Nanoseconds now, const Ends& ends) {
    const Nanoseconds until = now + 1;
    for (Cell cell; shaper_->next(until, cell);) {
      contract_.check(cell, until);
      if (cell.misdirected > 0)
        throw std::runtime_error(
            "the defence sends user data in the wrong direction (published_defects), which no "
            "live line can: leave that option out");
      if (cell.direction == ends.own()) send(cell, now, ends);
    }
  }
  [[nodiscard]] Nanoseconds due() const { return shaper_->due(); }

 private:
  void arrive(std::size_t bytes, Direction direction, Nanoseconds now) {
    shaper_->arrive({now, static_cast<std::uint32_t>(bytes), direction, traffic::Protocol::udp});
  }

  /// In several datagrams where the tunnel has no room for one: always the same ones, whatever is inside.
  void send(const Cell& cell, Nanoseconds now, const Ends& ends) {
    ends.counters.schedule_error.add(now - cell.time);
    std::array<std::uint8_t, largest_datagram> bytes;
    std::size_t user = cell.user_bytes;
    for (std::size_t left = cell.size, part = 0; left > 0; left -= part) {
      part = std::min(left, ends.links[number_].largest_content());
      std::uint16_t first = Datagram::no_first;
      const std::size_t used = writer_.take(std::span(bytes).first(std::min(part, user)), first);
      user -= used;
      ends.send(number_, Kind::cell, std::span(bytes).first(used), datagram_header + part, first);
    }
    for (sent_ += cell.user_bytes; !waiting_.empty() && waiting_.front().end <= sent_; waiting_.pop_front())
      ends.counters.user_delay.add(now - waiting_.front().since);
  }

  struct Waiting {
    Nanoseconds since;
    std::uint64_t end;  ///< in the stream
  };

  std::unique_ptr<defence::Shaper> shaper_;
  Contract contract_;
  std::size_t number_;
  PacketWriter writer_;
  PacketReader reader_;
  std::uint64_t taken_ = 0, sent_ = 0;  ///< bytes of the stream
  std::deque<Waiting> waiting_;
};

class ShaperDriver final : public Driver {
 public:
  ShaperDriver(std::vector<ShapedLine> lines, const Ends& ends) : Driver(ends), lines_(std::move(lines)) {}

  void begin(Nanoseconds now) override {
    for (ShapedLine& line : lines_) line.begin(now);
  }
  void take(std::size_t line, std::span<const std::uint8_t> packet, Nanoseconds now) override {
    lines_[line].take(packet, now, ends_);
  }
  void receive(std::size_t line, const Arrival& arrival, Nanoseconds now) override {
    lines_[line].receive(arrival, now, ends_);
  }
  void act(Nanoseconds now) override {
    for (ShapedLine& line : lines_)
      if (line.due() <= now) line.act(now, ends_);
  }
  [[nodiscard]] Nanoseconds due() const override {
    Nanoseconds first = CoverSchedule::never;
    for (const ShapedLine& line : lines_) first = std::min(first, line.due());
    return first;
  }

 private:
  std::vector<ShapedLine> lines_;
};

}  // namespace

std::unique_ptr<Driver> path_driver(const defence::Defence& defence, const std::string& name,
                                    const defence::Resources& resources, std::span<const defence::Line> lines,
                                    const Ends& ends) {
  for (const defence::Line& line : lines)
    ends.counters.lines[static_cast<std::size_t>(&line - lines.data())].covered = true;
  if (defence.groups()) {
    auto group = defence.group(resources, lines);
    if (group == nullptr) Contract(name, lines.front().device, lines.size()).made_nothing("group");
    return std::make_unique<GroupDriver>(std::move(group), name, lines, ends);
  }
  std::vector<ShapedLine> shaped;
  for (std::size_t line = 0; line < lines.size(); ++line) {
    auto shaper = defence.shaper(resources, lines[line]);
    if (shaper == nullptr) Contract(name, lines[line].device).made_nothing("shaper");
    shaped.emplace_back(std::move(shaper), name, lines[line], line, ends);
  }
  return std::make_unique<ShaperDriver>(std::move(shaped), ends);
}

}  // namespace ipet::gateway
