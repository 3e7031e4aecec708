#include "stages/capture/clock_watch.hpp"

#include "pipeline/text/numbers.hpp"
#include "stages/traffic/time_range.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::capture {

namespace {

using traffic::Nanoseconds;
using traffic::Packet;
using traffic::time_text;

/// Packets that are given away at once.
constexpr std::size_t most_believed = 4096;
constexpr std::size_t most_notes = 8;

}  // namespace

std::vector<Packet>::iterator ClockWatch::last_many() {
  return believed_.end() - static_cast<std::ptrdiff_t>(std::min(believed_.size(), many));
}

void ClockWatch::believe(const Packet& packet) {
  newest_ = begun_ ? std::max(newest_, packet.time) : packet.time;
  begun_ = true;
  if (!believed_.empty() && packet.time < believed_.back().time) ascending_ = false;
  believed_.push_back(packet);
  ++believed_before_;
  if (believed_.size() >= most_believed) flush(many);
}

void ClockWatch::flush(std::size_t kept) {
  if (believed_.size() <= kept) return;
  const auto end = believed_.end() - static_cast<std::ptrdiff_t>(kept);
  std::vector<Packet> rest(end, believed_.end());
  believed_.erase(end, believed_.end());
  out_.push_back({std::exchange(believed_, std::move(rest)), ascending_, part_, shift_});
  if (kept == 0) ascending_ = true;
}

void ClockWatch::push(const Packet& packet) {
  if (!timed_) release_untimed(packet.time);
  ++arrived_;
  // Files that follow each other months apart are nothing strange: a whole file speaks for its time.
  const bool settled = !run_.empty() && run_begins_file_ && run_.front().time > newest_;
  if (settled && begins_file(arrived_ - 1)) {
    drop_rivals();
    step();
  }
  Packet moved = packet;
  moved.time = moved_time(packet.time);
  consider(moved);
}

/// Nobody's clock is moved beyond the calendar, but a capture that was made up can say so.
Nanoseconds ClockWatch::moved_time(Nanoseconds time) {
  Nanoseconds moved = 0;
  if (!__builtin_add_overflow(time, shift_, &moved) && traffic::in_time_range(moved)) return moved;
  ++wrong_;
  return newest_;
}

void ClockWatch::consider(const Packet& packet) {
  if (!run_.empty()) {
    extend_run(packet);
  } else if (!begun_ || fits(packet.time)) {
    believe(packet);
  } else {
    open_run(packet);
  }
}

void ClockWatch::push_untimed(const Packet& packet) {
  if (!timed_ && untimed_.size() >= TimeOrder::most_held) release_untimed(0);
  ++arrived_;
  if (!timed_) return untimed_.push_back(packet);
  Packet timed = packet;
  timed.time = run_.empty() ? newest_ : rivals_.empty() ? run_newest_ : rivals_.back().time;
  consider(timed);
}

void ClockWatch::release_untimed(Nanoseconds time) {
  timed_ = true;
  for (Packet& packet : untimed_) {
    packet.time = time;
    believe(packet);
  }
  untimed_.clear();
}

void ClockWatch::pass(std::vector<Packet>&& packets, Nanoseconds newest, Nanoseconds back) {
  if (packets.empty()) return;
  const Nanoseconds first = packets.front().time;
  const bool plain = timed_ && begun_ && run_.empty() && shift_ == 0 && back <= window && fits(first) &&
                     newest >= newest_ && newest - first <= longest_gap && packets.size() >= 2 * many;
  if (!plain) {
    for (const Packet& packet : packets) push(packet);
    return;
  }
  flush(0);
  believed_ = std::move(packets);  // all of it: nothing is copied
  believed_before_ += believed_.size();
  arrived_ += believed_.size();
  ascending_ = back == 0;
  newest_ = newest;
}

/// Number of the file that a packet is from, counted by begin_file() from 1.
std::size_t ClockWatch::file_of(std::uint64_t number) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(file_begins_, number) - file_begins_.begin());
}

void ClockWatch::open_run(const Packet& packet) {
  const Nanoseconds time = packet.time;
  run_.push_back(packet);
  run_newest_ = time;
  run_begins_file_ = begins_file(believed_before_);
  run_late_ = time < newest_ && newest_ - time <= latest;
  const auto tail = last_many();
  contradicted_ = static_cast<std::size_t>(std::count_if(tail, believed_.end(), [&](const Packet& each) {
    return time < each.time - window || time > each.time + longest_gap;
  }));
}

void ClockWatch::extend_run(const Packet& packet) {
  if (fits(packet.time)) {
    close_run();
    return consider(packet);
  }
  if (!goes_on(packet.time)) {
    rivals_.push_back(packet);
    if (rivals_.size() >= run_.size()) close_run();
    return;
  }
  drop_rivals();
  run_.push_back(packet);
  run_newest_ = std::max(run_newest_, packet.time);
  if (outnumbers())
    correct_before();
  else if (run_.size() >= many)
    step();
}

bool ClockWatch::outnumbers(bool at_least) const {
  if (contradicted_ >= many) return false;
  if (run_begins_file_ && run_.front().time > newest_) return false;
  if (run_late_) return run_.size() > late_majority * std::max<std::size_t>(contradicted_, 1);
  return run_.size() + (at_least ? 1 : 0) > contradicted_;
}

void ClockWatch::drop_rivals() {
  for (Packet packet : std::exchange(rivals_, {})) {
    note_wrong(believed_before_ + run_.size(), packet.time, run_newest_);
    packet.time = run_newest_;
    run_.push_back(packet);
  }
}

void ClockWatch::correct_before() {
  const Nanoseconds time = run_.front().time;
  const auto is_wrong = [&](const Packet& each) {
    return time < each.time - window || time > each.time + longest_gap;
  };
  const auto tail = last_many();
  Nanoseconds before = time;
  bool known = false;
  for (auto each = tail; each != believed_.end(); ++each) {
    if (is_wrong(*each)) continue;
    before = known ? std::max(before, each->time) : each->time;
    known = true;
  }
  for (auto each = tail; each != believed_.end(); ++each) {
    if (!is_wrong(*each)) continue;
    note_wrong(believed_before_ - static_cast<std::uint64_t>(believed_.end() - each), each->time, before);
    each->time = before;
  }
  newest_ = before;
  ascending_ = false;
  release_run();
}

void ClockWatch::close_run() {
  if (!run_late_) {
    for (std::size_t i = 0; i < run_.size(); ++i) {
      note_wrong(believed_before_ + i, run_[i].time, newest_);
      run_[i].time = newest_;
    }
  }
  release_run();
}

void ClockWatch::release_run() {
  const std::vector<Packet> run = std::exchange(run_, {}), rivals = std::exchange(rivals_, {});
  for (const Packet& packet : run) believe(packet);
  for (const Packet& packet : rivals) consider(packet);
}

void ClockWatch::step() {
  const Nanoseconds from = newest_, to = run_.front().time;
  ++stepped_;
  const bool back = to < from;
  const std::string by = text::format(" by %.1f s", static_cast<double>(back ? from - to : to - from) / 1e9);
  note(believed_before_,
       std::string("the clock steps ") + (back ? "back" : "ahead") + by + ", from " + time_text(from) +
           " to " + time_text(to),
       true, back);
  flush(0);
  if (steps_ == ClockSteps::move || part_ + 1 == most_parts) {
    shift_ += from - to;
    for (Packet& packet : run_) packet.time += from - to;
    for (Packet& packet : rivals_) packet.time += from - to;
  } else {
    ++part_;
    begun_ = false;
  }
  release_run();
}

void ClockWatch::settle_run() {
  constexpr std::size_t few = 2;
  if (outnumbers(true))
    correct_before();
  else if (run_late_ || (run_.size() <= few && !run_begins_file_))
    close_run();
  else
    step();
}

void ClockWatch::finish() {
  if (!timed_) release_untimed(0);
  while (!run_.empty()) settle_run();
  flush(0);
}

void ClockWatch::note_wrong(std::uint64_t number, Nanoseconds wrong, Nanoseconds instead) {
  ++wrong_;
  note(number, "a packet at " + time_text(wrong) + " was taken for one at " + time_text(instead));
}

void ClockWatch::note(std::uint64_t number, std::string text, bool step, bool back) {
  // Wrong times do not crowd out the steps.
  const auto alike = std::ranges::count_if(
      notes_, [&](const Note& each) { return each.text.starts_with("the clock") == step; });
  if (static_cast<std::size_t>(alike) >= most_notes) return;
  const bool between = step && number > 0 && begins_file(number);
  notes_.push_back({file_of(number), between ? file_of(number - 1) : 0, between && back, std::move(text)});
}

}  // namespace ipet::capture
