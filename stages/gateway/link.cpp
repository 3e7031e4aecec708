#include "stages/gateway/link.hpp"

#include <algorithm>

#include "stages/defence/periods.hpp"
#include "stages/gateway/clock.hpp"

namespace ipet::gateway {

using traffic::Nanoseconds;

ReplayWindow::Verdict ReplayWindow::take(std::uint64_t number) {
  if (number == 0 || number + width <= highest_) return Verdict::refused;
  if (number <= highest_) {
    if (seen_[number % width]) return Verdict::refused;
    seen_[number % width] = true;
    return Verdict::late;
  }
  const bool next = number == highest_ + 1;
  missing_ = number - highest_ - 1;
  if (number - highest_ >= width)
    seen_.reset();
  else
    for (std::uint64_t skipped = highest_ + 1; skipped < number; ++skipped) seen_[skipped % width] = false;
  seen_[number % width] = true;
  highest_ = number;
  return next ? Verdict::next : Verdict::ahead;
}

Link::Link(std::uint16_t line, std::uint32_t session, std::size_t largest, Counters& counters, Side side,
           Send send)
    : line_(line),
      session_(session),
      largest_(std::clamp(largest, hello_size, largest_datagram)),
      counters_(counters),
      side_(side),
      send_(std::move(send)) {}

bool Link::send(Kind kind, std::span<const std::uint8_t> content, std::size_t size, std::uint16_t first) {
  std::array<std::uint8_t, largest_datagram> bytes;
  content = content.first(std::min(content.size(), largest_content()));
  const std::span<std::uint8_t> whole(bytes.data(),
                                      std::clamp(size, datagram_header + content.size(), largest_));
  write(Datagram{kind, line_, session_, ++number_, first, content}, whole);
  return send_(whole);
}

std::nullopt_t Link::refuse(Refused reason) {
  ++counters_.of(reason);
  return std::nullopt;
}

std::optional<Arrival> Link::receive(std::span<const std::uint8_t> bytes, Nanoseconds now) {
  const auto parsed = parse_datagram(bytes);
  if (const auto* reason = std::get_if<Refused>(&parsed)) return refuse(*reason);
  const Datagram& datagram = std::get<Datagram>(parsed);
  if (datagram.line != line_) return refuse(Refused::line);
  if (datagram.kind == Kind::hello) take_hello(datagram, now);
  if (datagram.session != other_ || other_ == 0) {
    if (datagram.kind == Kind::hello) return std::nullopt;
    reply_due_ =
        std::min(reply_due_, defence::period_begin_from(now, often));  // it may have missed our restart
    return refuse(Refused::session);
  }
  const ReplayWindow::Verdict verdict = window_.take(datagram.number);
  if (verdict == ReplayWindow::Verdict::refused) return refuse(Refused::replayed);
  if (verdict == ReplayWindow::Verdict::ahead) counters_.lost += window_.missing();
  if (verdict == ReplayWindow::Verdict::late) counters_.lost -= std::min<std::uint64_t>(counters_.lost, 1);
  gap_ = gap_ || verdict == ReplayWindow::Verdict::ahead;
  if (datagram.kind == Kind::hello) return std::nullopt;
  const bool late = verdict == ReplayWindow::Verdict::late;
  return Arrival{datagram, late ? false : std::exchange(gap_, false), late};
}

void Link::take_hello(const Datagram& hello, Nanoseconds now) {
  if (hello.content.size() != 5 || hello.session == 0 ||
      std::ranges::find(past_, hello.session) != past_.end()) {
    refuse(hello.content.size() != 5 ? Refused::malformed : Refused::session);
    return;
  }
  std::uint32_t knows = 0;
  for (const std::uint8_t byte : hello.content.first(4)) knows = knows << 8 | byte;
  const bool knows_us = knows == session_, asks = hello.content[4] == 0;
  heard_ = hello.session;
  if (knows_us && hello.session != other_) {
    if (other_ != 0) past_.push_back(other_);
    if (past_.size() > most_past) past_.pop_front();
    other_ = hello.session;
    window_.begin(std::max<std::uint64_t>(1, hello.number));
    gap_ = true;
    ++counters_.sessions;
    hello_due_ = defence::period_begin_from(now + 1, heartbeat);
    hellos_ = 0;
  }
  if (knows_us) {
    answered_ = now;
    counters_.lines[line_].up = true;
    if (side_ == Side::relay) hello_due_ = now + patience;
  }
  if (asks || !knows_us) reply_due_ = std::min(reply_due_, defence::period_begin_from(now, beat));
}

void Link::say_hello(bool asks) {
  std::array<std::uint8_t, 5> content;
  for (std::size_t i = 0; i < 4; ++i) content[i] = static_cast<std::uint8_t>(heard_ >> (24 - 8 * i));
  content[4] = heard_ != 0 && heard_ == other_ && !asks ? 1 : 0;
  send(Kind::hello, content, hello_size);
  counters_.lines[line_].in(own_direction(side_)).control.add(hello_size);
}

void Link::act(Nanoseconds now) {
  if (now < due()) return;
  const bool asks = now >= hello_due_;
  reply_due_ = LiveClock::never;
  if (asks) {
    const bool silent = now - answered_ >= patience;
    if (silent) counters_.lines[line_].up = false;
    const Nanoseconds wait = !up()                    ? (++hellos_ < 50 ? often : seldom)
                             : silent                 ? seldom
                             : side_ == Side::gateway ? heartbeat
                                                      : patience;
    hello_due_ = defence::period_begin_from(now + wait - beat / 2, beat);
  }
  say_hello(asks);
}

}  // namespace ipet::gateway
