#include "stages/gateway/counters_page.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "stages/gateway/prometheus.hpp"

namespace ipet::gateway {

namespace {

constexpr std::string_view direction_words[] = {"out", "in"};

struct FlowMember {
  std::string_view name;
  Flow LineFlow::*flow;
};
constexpr FlowMember traffic_members[] = {
    {"user", &LineFlow::user}, {"cover", &LineFlow::cover}, {"control", &LineFlow::control}};

void add_flows(PrometheusText& out, const Counters& counters, std::uint64_t Flow::*member) {
  for (const LineCounters& line : counters.lines)
    for (std::size_t direction = 0; direction < 2; ++direction)
      for (const FlowMember& each : traffic_members)
        out.sample({{"line", line.name}, {"direction", direction_words[direction]}, {"traffic", each.name}},
                   line.flow[direction].*each.flow.*member);
}

void add_lines(PrometheusText& out, const Counters& counters) {
  out.family("ipet_line_packets_total", "counter", "Packets of a line, by whose they are.");
  add_flows(out, counters, &Flow::packets);
  out.family("ipet_line_bytes_total", "counter",
             "Bytes of these packets inside the tunnel, with IP headers.");
  add_flows(out, counters, &Flow::bytes);
  out.family("ipet_line_carried_bytes_total", "counter",
             "What user packets became in the path of the defence, headers and padding included.");
  for (const LineCounters& line : counters.lines)
    for (std::size_t direction = 0; direction < 2; ++direction)
      out.sample({{"line", line.name}, {"direction", direction_words[direction]}},
                 line.flow[direction].carried.bytes);
  out.family("ipet_line_up", "gauge", "1: the other end of the line answers.");
  for (const LineCounters& line : counters.lines) out.sample({{"line", line.name}}, std::uint64_t{line.up});
  out.family("ipet_line_covered", "gauge", "1: the defence knows the device of the line.");
  for (const LineCounters& line : counters.lines)
    out.sample({{"line", line.name}}, std::uint64_t{line.covered});
}

template <class E, std::size_t n>
void add_reasons(PrometheusText& out, std::string_view name, std::string_view help,
                 const text::Word<E> (&words)[n], const std::array<std::uint64_t, n>& counts) {
  out.family(name, "counter", help);
  for (const auto& [word, reason] : words)
    out.sample({{"reason", word}}, counts[static_cast<std::size_t>(reason)]);
}

void add_histogram(PrometheusText& out, std::string_view name, std::string_view help,
                   const Histogram& histogram) {
  out.family(name, "histogram", help);
  out.histogram({}, Histogram::edges, histogram.bins(), histogram.sum());
}

void add_number(PrometheusText& out, std::string_view name, std::string_view type, std::string_view help,
                std::uint64_t value) {
  out.family(name, type, help);
  out.sample({}, value);
}

void add_time(PrometheusText& out, std::string_view name, std::string_view help, traffic::Nanoseconds time) {
  out.family(name, "gauge", help);
  out.sample({}, static_cast<double>(time) / static_cast<double>(traffic::second));
}

void add_totals(PrometheusText& out, const Counters& counters) {
  add_histogram(out, "ipet_schedule_error_seconds", "How much later than planned the defence's packets left.",
                counters.schedule_error);
  add_histogram(out, "ipet_user_delay_seconds", "How long user packets waited, in the path of the defence.",
                counters.user_delay);
  add_reasons(out, "ipet_refused_total", "Datagrams of the other end that were not taken.", refused_words,
              counters.refused);
  add_reasons(out, "ipet_dropped_total", "User packets that were not passed on.", dropped_words,
              counters.dropped);
  add_number(out, "ipet_lost_total", "counter", "Datagrams of the other end that did not come.",
             counters.lost);
  add_number(out, "ipet_unsent_total", "counter", "Datagrams that the system did not take.", counters.unsent);
  add_number(out, "ipet_unseen_total", "counter", "User packets that passed unseen: the kernel had no room.",
             counters.unseen);
  add_number(out, "ipet_requests_late_total", "counter",
             "Incoming dummies that were asked for after their time.", counters.requests_late);
  add_number(out, "ipet_sessions_total", "counter", "Lives of the other end that were met, on all lines.",
             counters.sessions);
}

void add_pool(PrometheusText& out, const PoolState& pool) {
  add_number(out, "ipet_pool_days", "gauge", "Days in the rolling pool.", pool.days);
  add_number(out, "ipet_pool_bytes", "gauge", "Its bytes on disk.", pool.bytes);
  add_number(out, "ipet_pool_lost_total", "counter", "Packets that were not recorded.", pool.lost);
  add_number(out, "ipet_pool_short_devices", "gauge",
             "Devices that do not have enough past days in the pool.", pool.too_few_days);
}

}  // namespace

void CountersPage::publish(const Counters& counters, const std::optional<PoolState>& pool) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;
  state_.counters = counters;
  state_.pool = pool;
}

std::string CountersPage::text() const {
  State state;
  {
    const std::lock_guard lock(mutex_);
    state = state_;
  }
  PrometheusText out;
  add_time(out, "process_start_time_seconds", "When the process started, in seconds since 1970.", started_);
  add_time(out, "ipet_begin_time_seconds", "When it began with its file, as since the last reload.", begun_);
  add_lines(out, state.counters);
  add_totals(out, state.counters);
  const bool nobody = state.pool && !state.pool->suffices;
  const auto uncovered = std::ranges::count_if(
      state.counters.lines, [nobody](const LineCounters& line) { return nobody || !line.covered; });
  add_number(out, "ipet_devices_unprotected", "gauge", "Lines whose device the defence does not cover.",
             static_cast<std::uint64_t>(uncovered));
  if (state.pool) add_pool(out, *state.pool);
  return out.text();
}

traffic::Nanoseconds process_start() {
  std::ifstream of_process("/proc/self/stat"), of_system("/proc/stat");
  std::string text;
  std::getline(of_process, text);
  // The name, in brackets, may hold blanks; the time is the 20th field behind it, in ticks since the boot.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::int64_t ticks = 0, boot = 0;
  for (int field = 0; field < 19; ++field) fields >> text;
  fields >> ticks;
  while (of_system >> text && text != "btime") {
  }
  of_system >> boot;
  return boot * traffic::second + ticks * (traffic::second / ::sysconf(_SC_CLK_TCK));
}

}  // namespace ipet::gateway
