#include "stages/records/device_replay.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include <time.h>

namespace ipet::records {

using traffic::Nanoseconds;

namespace {

Nanoseconds time_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now.tv_sec * traffic::second + now.tv_nsec;
}

constexpr Nanoseconds pause = traffic::second / 10;

void sleep_until(Nanoseconds time) {
  const timespec wanted{time / traffic::second, time % traffic::second};
  (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wanted,
                        nullptr);  // a signal: the caller looks again
}

void flush(std::span<const ReplayedLine> lines) {
  for (const ReplayedLine& line : lines) line.outlet->flush();
}

/// Returns at `due`.
void wait_until(Nanoseconds due, std::span<const ReplayedLine> lines, const Waiting& waiting) {
  for (Nanoseconds now = steady_time(); now < due; now = steady_time()) {
    if (due - now > pause) {
      waiting();
      flush(lines);
    }
    sleep_until(std::min(due, now + pause));
  }
}

}  // namespace

Nanoseconds steady_time() {
  return time_of(CLOCK_MONOTONIC);
}
Nanoseconds wall_time() {
  return time_of(CLOCK_REALTIME);
}

defence::DelayHistogram replay(std::span<const ReplayedLine> lines, const DeviceReplayOptions& options,
                               const Waiting& waiting) {
  using Next = std::pair<Nanoseconds, std::size_t>;  // time, line
  std::priority_queue<Next, std::vector<Next>, std::greater<>> next;
  std::vector<std::size_t> at(lines.size());
  const auto queue = [&](std::size_t line) {
    const auto& packets = lines[line].packets;
    if (at[line] < packets.size() && packets[at[line]].time < options.until)
      next.emplace(packets[at[line]].time, line);
  };
  for (std::size_t line = 0; line < lines.size(); ++line) {
    while (at[line] < lines[line].packets.size() && lines[line].packets[at[line]].time < options.from)
      ++at[line];
    queue(line);
  }
  defence::DelayHistogram late;
  Nanoseconds asked = 0;
  while (!next.empty()) {
    const auto [time, line] = next.top();
    next.pop();
    const Nanoseconds due =
        options.begin + static_cast<Nanoseconds>(static_cast<double>(time - options.from) / options.speed);
    wait_until(due, lines, waiting);
    const Nanoseconds now = steady_time();
    late.add(now - due);
    lines[line].outlet->send(lines[line].packets[at[line]++]);
    queue(line);
    if (now - asked > pause) {
      waiting();
      asked = now;
    }
  }
  const Nanoseconds end = steady_time() + options.drain;
  while (!std::ranges::all_of(lines, [](const ReplayedLine& line) { return line.outlet->flush(); }) &&
         steady_time() < end)
    wait_until(steady_time() + pause, lines, waiting), waiting();
  return late;
}

}  // namespace ipet::records
