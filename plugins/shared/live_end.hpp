// The stages `gateway` and `relay`, which differ in the side that they are.
#pragma once

#include <string>
#include <utility>

#include "pipeline/sdk/input_path.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/defence_resources.hpp"
#include "stages/gateway/end.hpp"
#include "stages/gateway/operations.hpp"
#include "stages/gateway/pool_reader.hpp"
#include "stages/gateway/privileges.hpp"

namespace ipet {

struct LiveOptions : gateway::EndOptions, gateway::OperationOptions {
  Component<defence::Defence> defence{"unison", {}, {}};
  defence::Topology lines = defence::Topology::device;
  InputFile devices;
};

template <gateway::Side side>
class LiveEnd {
 public:
  using Options = LiveOptions;
  LiveEnd(const Options& options, StageContext& context) : options_(options), context_(context) {
    gateway::begin_anew_as(options.user, gateway::own_command());
    if (gateway::is_root()) context.warn("runs as root: name a user without rights (option 'user')");
  }

  void run(Emitter&) {
    context_.record_input(options_.devices);
    const traffic::DeviceFile devices = traffic::load_device_file(options_.devices);
    gateway::EventLog events([this](gateway::Severity severity, const std::string& line) {
      severity == gateway::Severity::info ? context_.info(line) : context_.warn(line);
    });
    const auto recorder = gateway::make_recorder(options_, devices, events);
    const auto recorded = side == gateway::Side::gateway ? context_.whole<traffic::Traces>("pool") : nullptr;
    gateway::PoolOfToday pool(options_.pool, devices, options_.day_offset_hours, recorded,
                              gateway::wall_now());
    traffic::Nanoseconds begin = gateway::monotonic_now();
    while (run_a_day(devices, events, recorder.get(), pool)) {
      const traffic::Nanoseconds took =
          gateway::monotonic_now() - std::exchange(begin, gateway::monotonic_now());
      if (options_.run_for.count() == 0) continue;
      options_.run_for -= std::chrono::nanoseconds(took);
      if (options_.run_for.count() <= 0) return;
    }
  }

 private:
  /// False when it is to end; true when the pool of another day is there, with which all begins anew.
  bool run_a_day(const traffic::DeviceFile& devices, gateway::EventLog& events,
                 gateway::PoolRecorder* recorder, gateway::PoolOfToday& pool) {
    defence::Resources resources = resources_of(context_);
    const auto say = [&events](const std::string& text) {
      events.say(gateway::monotonic_now(), gateway::Severity::warning, "pool", "today", text);
    };
    const auto today = gateway::defence_of_today(options_.defence.value, resources, pool, say);
    gateway::End end(side, *today.defence, options_.defence.name, resources, options_.lines, devices,
                     options_, gateway::reports_to(events));
    const gateway::Operations operations(options_, devices, options_.lines, end, events,
                                         {recorder, today.suffices},
                                         [this](const std::string& text) { context_.progress(0, text); });
    bool next = false;
    end.run([&] {
      std::string failure;
      next = today.learns && pool.has_next(gateway::wall_now(), failure);
      if (!failure.empty()) say(failure);
      return next || context_.cancelled() || context_.interrupted();
    });
    return next && !context_.cancelled() && !context_.interrupted();
  }

  Options options_;
  StageContext& context_;
};

/// All that both have; `other`: the option that names the other end.
template <class Stage>
Stage& with_live_options(Stage& stage, const std::string& other) {
  using O = LiveOptions;
  stage.template meets<traffic::Traces>("pool")
      .option("defence", &O::defence, passes_needs(),
              "What decides when which packets leave: the same at both ends.")
      .option("lines", &O::lines, choices(defence::topologies),
              "device: each protected device has a tunnel of its own. home: one tunnel carries all of them.")
      .option("devices", &O::devices, required{}, "Devices file: who is to be protected.")
      .option("tunnels", &O::tunnels, required{},
              "Interfaces of the tunnels: one, or one for each protected device in the order of the devices "
              "file.")
      .option(other, &O::other, required{},
              "Address of the other end inside the tunnel, and the port at which both ends listen: "
              "10.77.{line}.2:4790, where {line} stands for the line's number from 0.")
      .option("tun", &O::tun, "In the path of a defence that delays: the TUN device that takes user packets.")
      .option("mtu", &O::mtu, unit("bytes"), minimum(576), maximum(9000), "Of the tunnels.")
      .option(
          "control_period", &O::control_period, unit("s"), minimum(0.001), maximum(60),
          "Beside the path: how often the gateway tells the relay of incoming dummies, which are later by as "
          "much.")
      .option("answers", &O::answers,
              "Beside the path: a dummy is answered as the data that it stands for would be.")
      .option("queue", &O::queue, unit("bytes"), minimum(65536), maximum(1e9),
              "In the path: user packets that may wait.")
      .option("speed", &O::speed, minimum(0.001), maximum(1000),
              "For tests: how much faster than the clock the time of the defence runs.")
      .option("run_for", &O::run_for, unit("s"), minimum(0), maximum(1e9),
              "Ends after this time; 0: when it is told to.")
      .option(
          "metrics", &O::metrics,
          "Where counters are shown to Prometheus, on this machine only: 127.0.0.1:9477, [::1]:9477 or the "
          "path of a Unix socket; empty: nowhere.")
      .option("user", &O::user,
              "Started as root, it becomes this user, who may see and send packets and nothing else of root.")
      .check([other](const O& options, const OptionPlaces& at) {
        for (const auto& [option, reason] :
             {options.gateway::EndOptions::fault(), options.gateway::OperationOptions::fault()})
          if (!reason.empty()) at.problem(option.empty() ? other : option, reason);
      });
  return stage;
}

/// Of a gateway, which records what its devices do.
template <class Stage>
Stage& with_pool_options(Stage& stage) {
  using O = LiveOptions;
  return stage
      .template whole<traffic::Traces>("pool",
                                       "recordings that defences learn from, beside those of the option")
      .optional()
      .option(
          "pool", &O::pool,
          "Folder where live traffic is recorded (device, time, direction, protocol, size), a capture a day, "
          "for defences that learn from past days: until they have enough, the home goes without cover, and "
          "each midnight they get the day that is over. Empty: nowhere.")
      .option("pool_bytes", &O::pool_bytes, unit("bytes"), minimum(65536), maximum(1e15),
              "What it may hold; the oldest day goes first.")
      .option("pool_days", &O::pool_days, minimum(1), maximum(100'000), "Days that are kept.")
      .option("pool_needed_days", &O::pool_needed_days, minimum(0), maximum(100'000),
              "A device with fewer past days is reported as one that cannot be protected by them yet.")
      .option("day_offset_hours", &O::day_offset_hours, unit("h"), minimum(-24), maximum(24),
              "When days begin, after midnight UTC.");
}

}  // namespace ipet
