// Beside the path: user packets pass by, and cover is added. The gateway's schedules decide about both
// directions; it sends what goes out, and asks the relay for what comes in.
#include <algorithm>
#include <array>
#include <deque>
#include <map>

#include "stages/defence/contract.hpp"
#include "stages/gateway/driver.hpp"
#include "stages/gateway/ip_packet.hpp"

namespace ipet::gateway {

using defence::Contract;
using defence::CoverSchedule;
using traffic::DevicePacket;
using traffic::Direction;
using traffic::Nanoseconds;

namespace {

/// Requests of one datagram.
constexpr std::size_t most_requests = 20;
/// Dummies that one line may owe.
constexpr std::size_t most_owed = 4096;
/// How long TCP waits before it acknowledges data of which no more comes (RFC 1122 allows 0.5 s; Linux's
/// delay).
constexpr Nanoseconds answer_delay = traffic::second / 25;

/// What both ends do: dummies as large as what they stand for, and answers to those of the other end.
class CoverEnd : public Driver {
 public:
  CoverEnd(std::size_t lines, const CoverOptions& options, const Ends& ends)
      : Driver(ends), options_(options), answer_due_(lines, CoverSchedule::never) {}

  void receive(std::size_t line, const Arrival& arrival, Nanoseconds now) override {
    const Datagram& datagram = arrival.datagram;
    if (datagram.kind == Kind::dummy && options_.answers)
      answers_due_ =
          std::min(answers_due_, answer_due_[line] = std::min(answer_due_[line], now + answer_delay));
    if (datagram.kind == Kind::dummy || datagram.kind == Kind::control)
      take_requests(line, datagram.content, now);
  }

 protected:
  virtual void take_requests(std::size_t line, std::span<const std::uint8_t> content, Nanoseconds now) {
    static_cast<void>(line), static_cast<void>(now);
    if (!content.empty()) ++ends_.counters.of(Refused::content);
  }

  /// In several datagrams where it was recorded with segmentation offload. `room`: fills what is sent first.
  template <class Fill>
  void send_dummy(std::size_t line, std::uint32_t size, traffic::Protocol protocol, Fill room) {
    const std::size_t largest = ends_.links[line].largest_content() + datagram_header;
    std::size_t length = size + header_bytes(protocol);
    length = std::max(length > ends_.ip_overhead ? length - ends_.ip_overhead : 0, datagram_header);
    while (length > 0) {
      const std::size_t part = std::min(length, largest);
      const std::span<const std::uint8_t> content = room((std::max(part, datagram_header) - datagram_header));
      ends_.send(line, Kind::dummy, content, std::max(part, datagram_header));
      length -= part;
    }
    sent(line);
  }
  /// Something left on the line: no answer is wanting.
  void sent(std::size_t line) { answer_due_[line] = CoverSchedule::never; }

  void act_answers(Nanoseconds now) {
    if (answers_due_ > now) return;
    for (std::size_t line = 0; line < answer_due_.size(); ++line) {
      if (answer_due_[line] > now) continue;
      ends_.send(line, Kind::answer, {}, datagram_header);
      sent(line);
    }
    answers_due_ = *std::ranges::min_element(answer_due_);
  }
  [[nodiscard]] Nanoseconds answers_due() const { return answers_due_; }

  CoverOptions options_;

 private:
  std::vector<Nanoseconds> answer_due_;             ///< by line
  Nanoseconds answers_due_ = CoverSchedule::never;  ///< none is due before
};

class CoverGateway final : public CoverEnd {
 public:
  struct Line {
    std::unique_ptr<CoverSchedule> schedule;  ///< null: the defence does not know the device
    Contract contract;
    Nanoseconds due = CoverSchedule::never;
    Nanoseconds last = 0;  ///< what the schedule was told or asked last
    std::deque<std::pair<Nanoseconds, DevicePacket>> asked =
        {};  ///< of the relay, and not yet told: planned times
  };

  CoverGateway(std::vector<Line> lines, const CoverOptions& options, const Ends& ends)
      : CoverEnd(lines.size(), options, ends), lines_(std::move(lines)) {}

  void begin(Nanoseconds now) override {
    for (Line& line : lines_) {
      if (line.schedule == nullptr) continue;
      line.schedule->begin(now);
      line.last = now;
      line.due = std::max(line.schedule->due(), now);
    }
    first_ = now;
    control_due_ = now + options_.control_period;
  }

  void see(std::size_t number, const DevicePacket& packet, bool counts) override {
    Line& line = lines_[number];
    if (packet.direction == ends_.own()) sent(number);
    if (!counts || line.schedule == nullptr) return;
    DevicePacket in_order = packet;
    in_order.time = std::max(packet.time, line.last);
    draw_cover(number, in_order.time, in_order.time);
    line.contract.user(in_order.time);
    line.schedule->user_packet(in_order);
    line.last = in_order.time;
    line.due = line.schedule->due();
    first_ = std::min(first_, line.due);
  }

  void act(Nanoseconds now) override {
    if (first_ <= now) act_lines(now);
    act_answers(now);
    if (now >= control_due_) tell_all(now);
  }
  [[nodiscard]] Nanoseconds due() const override { return std::min({answers_due(), control_due_, first_}); }

 private:
  void act_lines(Nanoseconds now) {
    first_ = CoverSchedule::never;
    for (std::size_t line = 0; line < lines_.size(); ++line) {
      if (lines_[line].due <= now) draw_cover(line, now + 1, now);
      first_ = std::min(first_, lines_[line].due);
    }
  }
  void draw_cover(std::size_t number, Nanoseconds until, Nanoseconds now) {
    Line& line = lines_[number];
    for (DevicePacket dummy; line.schedule->next(until, dummy);) {
      line.contract.check(dummy, until);
      if (dummy.direction != Direction::out) {
        ask(line, dummy);
        continue;
      }
      ends_.counters.schedule_error.add(std::max<Nanoseconds>(0, now - dummy.time));
      send_dummy(number, dummy.size, dummy.protocol,
                 [&](std::size_t room) { return requests(line, room, now); });
    }
    line.last = std::max(line.last, until - 1);
    const Nanoseconds due = line.schedule->due();
    line.due = due > now ? due : now + polling;
  }

  void ask(Line& line, const DevicePacket& dummy) {
    if (line.asked.size() < most_owed)
      line.asked.emplace_back(dummy.time, dummy);
    else
      ++ends_.counters.unsent;
  }
  /// As many as are asked for and fit.
  std::span<const std::uint8_t> requests(Line& line, std::size_t room, Nanoseconds now) {
    const std::size_t count = std::min({line.asked.size(), room / request_bytes, most_requests});
    for (std::size_t i = 0; i < count; ++i) {
      const auto& [time, dummy] = line.asked.front();
      const auto age =
          static_cast<std::uint32_t>(std::clamp<Nanoseconds>((now - time) / 1000, 0, 0xffffffff));
      write(Request{age, dummy.size, dummy.protocol},
            std::span<std::uint8_t, request_bytes>(&room_[i * request_bytes], request_bytes));
      line.asked.pop_front();
    }
    return std::span(room_).first(count * request_bytes);
  }
  /// The same size at the same times on every line that has cover, whether there is anything to say or not.
  void tell_all(Nanoseconds now) {
    for (std::size_t line = 0; line < lines_.size(); ++line)
      if (lines_[line].schedule != nullptr)
        ends_.send(line, Kind::control, requests(lines_[line], room_.size(), now),
                   datagram_header + room_.size());
    while (control_due_ <= now) control_due_ += options_.control_period;
  }

  std::vector<Line> lines_;
  Nanoseconds first_ = CoverSchedule::never;  ///< no line is due before
  Nanoseconds control_due_ = CoverSchedule::never;
  std::array<std::uint8_t, most_requests * request_bytes> room_{};
};

class CoverRelay final : public CoverEnd {
 public:
  CoverRelay(std::size_t lines, const CoverOptions& options, const Ends& ends)
      : CoverEnd(lines, options, ends), owed_(lines) {}

  void begin(Nanoseconds) override {}
  void see(std::size_t line, const DevicePacket& packet, bool) override {
    if (packet.direction == ends_.own()) sent(line);
  }
  void act(Nanoseconds now) override {
    for (; !planned_.empty() && planned_.begin()->first <= now; planned_.erase(planned_.begin())) {
      const auto& [time, dummy] = *planned_.begin();
      ends_.counters.schedule_error.add(now - time);
      send_dummy(dummy.line, dummy.request.size, dummy.request.protocol,
                 [](std::size_t) { return std::span<const std::uint8_t>(); });
      --owed_[dummy.line];
    }
    act_answers(now);
  }
  [[nodiscard]] Nanoseconds due() const override {
    return std::min(answers_due(), planned_.empty() ? CoverSchedule::never : planned_.begin()->first);
  }

 private:
  struct Planned {
    std::size_t line;
    Request request;
  };
  /// Each dummy leaves one control period after its time, so that it does not matter how it was told.
  void take_requests(std::size_t line, std::span<const std::uint8_t> content, Nanoseconds now) override {
    for (; content.size() >= request_bytes; content = content.subspan(request_bytes)) {
      Request request;
      if (owed_[line] >= most_owed || !parse(content.first<request_bytes>(), request)) break;
      const Nanoseconds time = now + options_.control_period - Nanoseconds{request.age_us} * 1000;
      if (time < now) ++ends_.counters.requests_late;
      planned_.emplace(std::max(time, now), Planned{line, request});
      ++owed_[line];
    }
    if (!content.empty()) ++ends_.counters.of(Refused::content);
  }

  std::multimap<Nanoseconds, Planned> planned_;
  std::vector<std::size_t> owed_;  ///< by line
};

}  // namespace

std::unique_ptr<Driver> cover_driver(const defence::Defence& defence, const std::string& name,
                                     const defence::Resources& resources,
                                     std::span<const defence::Line> lines, const CoverOptions& options,
                                     const Ends& ends) {
  // The relay sends what it is asked for, and has nothing of what the gateway decides by.
  const auto known = ends.side == Side::gateway ? defence.devices(resources) : nullptr;
  std::vector<CoverGateway::Line> covered;
  for (std::size_t number = 0; number < lines.size(); ++number) {
    const std::string& device = lines[number].device;
    CoverGateway::Line line{nullptr, Contract(name, device)};
    const bool knows = known == nullptr || std::ranges::find(*known, device) != known->end();
    if (knows && ends.side == Side::gateway) {
      line.schedule = defence.schedule(resources, lines[number]);
      if (line.schedule == nullptr) line.contract.made_nothing("schedule");
    }
    ends.counters.lines[number].covered = knows;
    covered.push_back(std::move(line));
  }
  if (ends.side == Side::relay) return std::make_unique<CoverRelay>(lines.size(), options, ends);
  return std::make_unique<CoverGateway>(std::move(covered), options, ends);
}

}  // namespace ipet::gateway
