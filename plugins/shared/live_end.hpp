// The stages `gateway` and `relay`, which differ in the side that they are.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "pipeline/sdk/input_path.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "plugins/shared/defence_resources.hpp"
#include "stages/gateway/end.hpp"

namespace ipet {

struct LiveOptions : gateway::EndOptions {
  Component<defence::Defence> defence{"unison", {}, {}};
  defence::Topology lines = defence::Topology::device;
  InputFile devices;
};

/// Reports as the run's messages: each kind once a minute.
class LiveReports {
 public:
  explicit LiveReports(StageContext& context) : context_(context) {}
  void operator()(const std::string& kind, const std::string& text) {
    const traffic::Nanoseconds now = gateway::monotonic_now();
    auto& [said, kept] = said_[kind];
    if (said != 0 && now - said < 60 * traffic::second) {
      ++kept;
      return;
    }
    context_.info(text + (kept > 0 ? " (and " + std::to_string(kept) + " such messages before)" : ""));
    said = now;
    kept = 0;
  }

 private:
  StageContext& context_;
  std::map<std::string, std::pair<traffic::Nanoseconds, std::uint64_t>> said_;
};

template <gateway::Side side>
class LiveEnd {
 public:
  using Options = LiveOptions;
  LiveEnd(const Options& options, StageContext& context) : options_(options), context_(context) {}

  void run(Emitter&) {
    context_.record_input(options_.devices);
    gateway::End end(side, *options_.defence.value, options_.defence.name, resources_of(context_),
                     options_.lines, traffic::load_device_file(options_.devices), options_,
                     LiveReports(context_));
    context_.progress(0, "at work");
    end.run([this] { return context_.cancelled() || context_.interrupted(); });
  }

 private:
  Options options_;
  StageContext& context_;
};

/// All that both have; `other`: the option that names the other end.
template <class Stage>
Stage& with_live_options(Stage& stage, const std::string& other) {
  using O = LiveOptions;
  stage
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
      .check([other](const O& options, const OptionPlaces& at) {
        if (const auto [option, reason] = options.fault(); !reason.empty())
          at.problem(option.empty() ? other : option, reason);
      });
  return stage;
}

}  // namespace ipet
