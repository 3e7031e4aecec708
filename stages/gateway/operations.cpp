#include "stages/gateway/operations.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/wrapping.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::gateway {

using traffic::Nanoseconds;

namespace {

constexpr std::size_t most_named = 5;
/// Of an end whose time does not run as the wall's does, nothing follows the wall clock.
constexpr double wall_speed = 1;

std::string status_text(const Counters& counters, Nanoseconds since) {
  Flow user, cover;
  for (const LineCounters& line : counters.lines)
    for (const LineFlow& flow : line.flow) {
      user.packets += flow.user.packets;
      cover.packets += flow.cover.packets;
    }
  return "at work for " + std::to_string(since / traffic::second) + " s, " +
         std::to_string(std::ranges::count(counters.lines, true, &LineCounters::up)) + " of " +
         text::counted(counters.lines.size(), "line") + " up, " + text::counted(user.packets, "packet") +
         " of users, " + std::to_string(cover.packets) + " of cover";
}

}  // namespace

std::pair<std::string, std::string> OperationOptions::fault() const {
  if (metrics.empty()) return {};
  try {
    static_cast<void>(MetricsAddress::parse(metrics));
  } catch (const std::runtime_error& error) {
    constexpr std::string_view name = "metrics: ";
    return {"metrics", std::string(error.what()).substr(name.size())};
  }
  return {};
}

Nanoseconds wall_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::unique_ptr<PoolRecorder> make_recorder(const OperationOptions& options,
                                            const traffic::DeviceFile& devices, EventLog& events) {
  if (options.pool.empty()) return nullptr;
  const auto say = [&events](Severity severity, std::string_view reason, const std::string& text) {
    events.say(monotonic_now(), severity, "pool", reason, text);
  };
  const PoolSettings settings{options.pool, options.pool_bytes, options.pool_days, options.day_offset_hours};
  return std::make_unique<PoolRecorder>(std::make_unique<PoolFiles>(settings, devices, say), wall_now());
}

Report reports_to(EventLog& events) {
  return [&events](const std::string& kind, const std::string& text) {
    const bool good = kind == "begin" || kind == "all_up";
    events.say(monotonic_now(), good ? Severity::info : Severity::warning, kind, "", text);
  };
}

Operations::Operations(const OperationOptions& options, const traffic::DeviceFile& devices,
                       defence::Topology topology, End& end, EventLog& events, const PoolInUse& pool,
                       Alive alive)
    : options_(options),
      end_(end),
      events_(events),
      alive_(std::move(alive)),
      begin_(end.clock().now()),
      wall_(begin_, begin_),
      pool_(pool),
      page_(process_start(), wall_now()) {
  std::vector<traffic::Device> guarded;
  for (std::size_t number = 0; number < devices.devices.size(); ++number)
    if (devices.devices[number].protect) {
      guarded.push_back(devices.devices[number]);
      names_.push_back(guarded.back().name);
      numbers_.push_back(static_cast<std::uint32_t>(number));
    }
  if (pool_.recorder != nullptr) {
    if (topology == defence::Topology::home) addresses_.emplace(guarded, guarded.size());
    end.record = [this](std::size_t line, const traffic::IpAddress& local,
                        const traffic::DevicePacket& packet) { record(line, local, packet); };
  }
  if (!options_.metrics.empty())
    server_ = std::make_unique<MetricsServer>(MetricsAddress::parse(options_.metrics),
                                              [this] { return page_.text(); });
  end.every_second = [this] { every_second(); };
  every_second();
}

Operations::~Operations() {
  end_.record = {};
  end_.every_second = {};
  events_.finish();
}

std::optional<std::size_t> Operations::device_of(std::size_t line, const traffic::IpAddress& local) {
  if (!addresses_) return line;
  auto device = addresses_->line_of(local);
  const Nanoseconds now = monotonic_now();
  if (device || now < neighbours_asked_ + traffic::second) return device;
  neighbours_asked_ = now;
  for (const auto& [neighbour, mac] : neighbours()) addresses_->learn(neighbour, mac);
  return addresses_->line_of(local);
}

void Operations::record(std::size_t line, const traffic::IpAddress& local,
                        const traffic::DevicePacket& packet) {
  const auto device = packet.size == 0 ? std::nullopt : device_of(line, local);
  if (!device) return;  // packets without payload do not count for a defence
  pool_.recorder->record(
      {wall_.at(packet.time), packet.size, numbers_[*device], packet.direction, packet.protocol});
}

void Operations::every_second() {
  const Nanoseconds now = monotonic_now();
  events_.tick(now);
  look_at_clock(now);
  std::optional<PoolState> pool;
  if (pool_.recorder != nullptr) {
    look_at_pool(now);
    pool = {facts_.days, facts_.bytes, facts_.lost, short_ ? short_->size() : 0, pool_.suffices};
  }
  page_.publish(end_.counters(), pool);
  alive_(status_text(end_.counters(), end_.clock().now() - begin_));
}

void Operations::look_at_clock(Nanoseconds now) {
  if (end_.clock().speed() != wall_speed) return;
  const auto step = wall_.look(end_.clock().now(), wall_now());
  if (!step) return;
  events_.say(now, Severity::warning, "clock", "",
              "the clock was set " + std::string(*step > 0 ? "forward" : "back") + " by " +
                  traffic::number_text(static_cast<double>(std::abs(*step) / (traffic::second / 10)) / 10) +
                  " s: timers do not move, records of the pool have the new time");
}

void Operations::look_at_pool(Nanoseconds now) {
  pool_.recorder->tick(now, wall_.at(end_.clock().now()));
  if (!pool_.recorder->facts(facts_)) return;
  std::vector<std::size_t> lacking;
  for (std::size_t device = 0; device < numbers_.size(); ++device)
    if (facts_.past_days.at(numbers_[device]) < options_.pool_needed_days) lacking.push_back(device);
  if (short_ == lacking) return;
  const bool first = !short_;
  short_ = std::move(lacking);
  if (short_->empty() && first) return;
  const std::string days = text::counted(options_.pool_needed_days, "past day");
  events_.say(
      now, short_->empty() ? Severity::info : Severity::warning, "pool", "days",
      short_->empty()
          ? "all protected devices have " + days
          : text::counted(short_->size(), "device") +
                " cannot be protected by what was recorded yet, for want of " + days + ": " +
                text::named(text::mapped(*short_, [this](std::size_t device) { return names_[device]; }),
                            most_named));
}

}  // namespace ipet::gateway
