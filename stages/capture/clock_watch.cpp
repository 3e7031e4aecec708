#include "stages/capture/clock_watch.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "stages/traffic/time_range.hpp"

namespace ipet::capture {

namespace {

using traffic::Nanoseconds;
using traffic::Packet;

/// Packets that are given away at once.
constexpr std::size_t most_believed = 4096;
constexpr std::size_t most_notes = 8;

/// "2023-11-14 22:13:20.500 UTC"
std::string time_text(Nanoseconds time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point = floor<milliseconds>(sys_time<nanoseconds>(nanoseconds(time)));
  const year_month_day date{floor<days>(point)};
  const hh_mm_ss clock{point - floor<days>(point)};
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d.%03d UTC", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

}  // namespace

std::vector<Packet>::iterator ClockWatch::last_many() {
  return believed_.end() - static_cast<std::ptrdiff_t>(std::min(believed_.size(), many));
}

void ClockWatch::believe(const Packet& packet) {
  newest_ = begun_ ? std::max(newest_, packet.time) : packet.time;
  begun_ = true;
  if (!believed_.empty() && packet.time < believed_.back().time) ascending_ = false;
  believed_.push_back(packet);
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
  Packet moved = packet;
  moved.time = moved_time(packet.time);
  consider(moved);
  new_file_ = false;
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
  if (!timed_ && untimed_.size() < TimeOrder::most_held) return untimed_.push_back(packet);
  if (!timed_) release_untimed(0);
  Packet timed = packet;
  timed.time = run_.empty() ? newest_ : run_newest_;
  if (run_.empty())
    believe(timed);
  else
    run_.push_back(timed);
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
  ascending_ = back == 0;
  newest_ = newest;
  new_file_ = false;
}

void ClockWatch::begin_file() {
  new_file_ = true;
  ++file_;
}

void ClockWatch::open_run(const Packet& packet) {
  run_.push_back(packet);
  run_newest_ = packet.time;
  run_of_new_file_ = new_file_;
  run_file_ = file_;
  const Nanoseconds time = packet.time;
  run_late_ = time < newest_ && newest_ - time <= latest;
  const auto tail = last_many();
  contradicted_ = static_cast<std::size_t>(std::count_if(tail, believed_.end(), [&](const Packet& each) {
    return time < each.time - window || time > each.time + longest_gap;
  }));
  // Files that follow each other months apart are nothing strange.
  if (run_of_new_file_ && time > newest_) step();
}

void ClockWatch::extend_run(const Packet& packet) {
  if (fits(packet.time)) {
    close_run();
    return believe(packet);
  }
  if (!goes_on(packet.time) && run_.size() <= 2) {
    close_run();
    return consider(packet);
  }
  run_.push_back(packet);
  if (goes_on(packet.time)) {
    run_newest_ = std::max(run_newest_, packet.time);
  } else {
    note_wrong(packet.time, run_newest_);
    run_.back().time = run_newest_;
  }
  if (!run_late_ && contradicted_ < many && run_.size() > contradicted_)
    correct_before();
  else if (run_.size() >= (run_late_ ? many_late : many))
    step();
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
    note_wrong(each->time, before);
    each->time = before;
  }
  newest_ = before;
  ascending_ = false;
  for (const Packet& packet : std::exchange(run_, {})) believe(packet);
}

void ClockWatch::close_run() {
  const std::vector<Packet> run = std::exchange(run_, {});
  for (Packet packet : run) {
    if (!run_late_) {
      note_wrong(packet.time, newest_);
      packet.time = newest_;
    }
    believe(packet);
  }
}

void ClockWatch::step() {
  const Nanoseconds from = newest_, to = run_.front().time;
  if (run_of_new_file_ && to < from && !run_late_) {
    overlap_ = run_file_;
    return;
  }
  ++stepped_;
  char by[64];
  const bool back = to < from;
  std::snprintf(by, sizeof by, " by %.1f s", static_cast<double>(back ? from - to : to - from) / 1e9);
  note(std::string("the clock steps ") + (back ? "back" : "ahead") + by + ", from " + time_text(from) +
       " to " + time_text(to));
  flush(0);
  if (steps_ == ClockSteps::move || part_ + 1 == most_parts) {
    shift_ += from - to;
    for (Packet& packet : run_) packet.time += from - to;
  } else {
    ++part_;
    begun_ = false;
  }
  for (const Packet& packet : std::exchange(run_, {})) believe(packet);
}

void ClockWatch::finish() {
  if (!timed_) release_untimed(0);
  if (!run_.empty()) {
    const bool few = run_.size() <= 2;
    if (!run_late_ && contradicted_ < many && run_.size() >= contradicted_)
      correct_before();
    else if (run_late_ || (few && !run_of_new_file_))
      close_run();
    else
      step();
  }
  flush(0);
}

void ClockWatch::note_wrong(Nanoseconds wrong, Nanoseconds instead) {
  ++wrong_;
  note("a packet at " + time_text(wrong) + " was taken for one at " + time_text(instead));
}

void ClockWatch::note(std::string text) {
  if (notes_.size() < most_notes) notes_.push_back(std::move(text));
}

}  // namespace ipet::capture
