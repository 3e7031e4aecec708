// Stage `mixer`: each device's packets put through a defence.
#include "stages/defence/mixer.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>

#include "pipeline/sdk/made.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/wrapping.hpp"
#include "plugins/shared/defence_resources.hpp"
#include "stages/defence/group_mixer.hpp"
#include "stages/defence/line_spans.hpp"
#include "stages/defence/time_merge.hpp"
#include "stages/defence/topology.hpp"
#include "stages/report/line_example.hpp"
#include "stages/report/summary.hpp"
#include "stages/traffic/traces.hpp"
#include "stages/traffic/value_text.hpp"

namespace {

namespace defence = ipet::defence;
using ipet::traffic::DevicePacket;
using ipet::traffic::DevicePackets;

struct MixingOptions {
  ipet::Component<defence::Defence> defence{"perturbation", {}, {}};
  defence::Topology lines = defence::Topology::device;
  defence::MixerOptions mixer;
};

/// "bulb, cam and 3 more"
template <class Names>
std::string list_of(const Names& names) {
  return names.empty() ? "none" : ipet::text::named(names, 12);
}

/// The protected devices of a home, as its recordings tell.
std::vector<std::string> protected_devices(const ipet::traffic::Traces& home) {
  std::set<std::size_t> found;
  for (const ipet::traffic::Trace& trace : home.traces)
    if (trace.protect && !trace.packets.empty()) found.insert(trace.device);
  std::vector<std::string> names;
  for (const std::size_t device : found) names.push_back(home.devices[device]);
  return names;
}

class Mixing {
 public:
  using Options = MixingOptions;
  /// What leaves on one line.
  struct Leaving {
    DevicePackets labels;  ///< without packets
    std::string key;
    std::optional<ipet::evaluation::LineExampleKeeper> example;  ///< where somebody wants it
  };
  /// Who spoke in a capture, from when to when.
  struct Heard {
    std::string capture;
    std::set<std::string> devices;
    defence::Line::Span span;
  };
  /// Lines that are mixed together.
  struct Bundle {
    defence::GroupMixer mixer;
    std::vector<Leaving> lines;
    std::map<std::string, std::size_t> line_of;  ///< by device, where there are several
    defence::TimeMerge merge;
    Heard heard = {};  ///< of what was merged
  };
  /// Made with the first messages: of one device in one capture, or of all devices of one.
  struct State {
    std::optional<Bundle> bundle;
    std::map<std::string, Bundle> passing;  ///< devices that are not protected, where all others are together
  };

  Mixing(const Options& options, ipet::StageContext& context)
      : context_(context),
        defence_(options.defence.value),
        topology_(options.lines),
        together_(topology_ == defence::Topology::home || defence_->groups()),
        resources_(ipet::resources_of(context)),
        options_(options.mixer) {
    // What is read is mixed to its end after the first Ctrl-C; a training is not awaited.
    resources_.check = [&context] { context.check_interrupted(); };
    options_.defence = options.defence.name;
    defence_->check(resources_);
    defence::check_topology(*defence_, resources_, topology_, options_.defence);
    known_ = defence_->devices(resources_);
    ready_ = defence_->ready_from(resources_);
    const auto home = context.whole<ipet::traffic::Traces>("pool");
    if (home == nullptr) return;
    spans_ = defence::LineSpans(*home);
    recorded_ = protected_devices(*home);
  }
  Mixing(const Mixing&) = delete;
  Mixing& operator=(const Mixing&) = delete;

  [[nodiscard]] std::string key_of(const std::string& device_key) const {
    return together_ ? ipet::traffic::capture_of_key(device_key) : device_key;
  }

  State begin(const std::string&) const { return {}; }

  void on_message(State& state, const DevicePackets& in, ipet::Emitter& emit) {
    if (topology_ == defence::Topology::home && *in.device == defence::home_line)
      throw std::runtime_error(
          "device 'home' has the name of the line that all devices share (lines = \"home\"): "
          "rename it in the devices file");
    if (!together_ || !in.protect) {
      Bundle& bundle = alone(state, in);
      if (auto& example = bundle.lines[0].example) example->before(in.packets);
      return bundle.mixer.mix(in.packets, output(bundle, emit));
    }
    if (in.defended)
      throw std::runtime_error("capture '" + *in.capture_name +
                               "' went through a mixer already: lines that are mixed together are made of "
                               "what device_splitter gives");
    if (in.watermark == DevicePackets::no_watermark)
      throw std::runtime_error("capture '" + *in.capture_name +
                               "': its devices come one after another, as from a stored result, and " +
                               (topology_ == defence::Topology::home
                                    ? "lines = \"home\""
                                    : "the defence '" + options_.defence + "'") +
                               " needs them in order of time: take the packets from device_splitter, in a "
                               "run that reads the capture");
    if (!state.bundle) state.bundle.emplace(all_of(in));
    Bundle& bundle = *state.bundle;
    bundle.merge.add(line_of(bundle, *in.device), in.packets);
    bundle.heard.devices.insert(*in.device);
    mix_until(bundle, in.watermark, emit);
  }

  void on_end(State& state, ipet::Emitter& emit) {
    if (together_ && state.bundle) {
      mix_until(*state.bundle, std::numeric_limits<ipet::traffic::Nanoseconds>::max(), emit);
      const std::lock_guard lock(mutex_);
      heard_.push_back(state.bundle->heard);
      bundled_.insert(state.bundle->lines[0].labels.capture);
    }
    if (state.bundle) end(*state.bundle, emit);
    for (auto& [device, bundle] : state.passing) end(bundle, emit);
  }

  void finish(ipet::Emitter&) {
    if (lost_ > 0)
      context_.warn("published_defects: the last packet of each trace is lost, " + std::to_string(lost_) +
                    " user packets in all; user traffic is not untouched");
    // What an interrupted run has read is not all that there is.
    if (captures_.empty() || context_.interrupted()) return;
    refuse_strangers(seen_, "the captures hold");
    refuse_captures_at_one_time();
    tell_what_lacks_cover();
    tell_what_the_defence_says();
    tell_the_cost();
  }

 private:
  [[nodiscard]] Bundle bundle_of(const DevicePackets& in, const std::vector<std::string>& devices) {
    std::vector<defence::Line> lines;
    for (const std::string& device : devices) {
      const bool own = devices.size() == 1 && device == *in.device;
      lines.push_back({device, in.capture,
                       own ? spans_.of(in.capture, *in.capture_name, device)
                           : spans_.of_home(in.capture, *in.capture_name)});
      if (device == defence::home_line && in.protected_devices != nullptr)
        lines.back().devices = *in.protected_devices;
      note_line(in, lines.back());
    }
    defence::MixerOptions options = options_;
    options.protect = in.protect;
    Bundle bundle{defence::GroupMixer(*defence_, resources_, lines, options), {}, {}, {}};
    for (std::size_t line = 0; line < devices.size(); ++line) {
      bundle.line_of.emplace(devices[line], line);
      Leaving& leaving = bundle.lines.emplace_back();
      leaving.labels = {in.capture, in.capture_name, in.device, in.declared_devices, in.protect, true, {}};
      leaving.labels.reshaped = in.reshaped || bundle.mixer.summary(line).delayed;
      leaving.labels.files = in.files;
      if (devices[line] != *in.device)
        leaving.labels.device = std::make_shared<const std::string>(devices[line]);
      leaving.key = ipet::traffic::device_key(in.capture, devices[line]);
      if (in.protect && context_.connected("example"))
        leaving.example.emplace(devices[line], options_.defence, ready_);
    }
    return bundle;
  }
  /// That of a device alone.
  Bundle& alone(State& state, const DevicePackets& in) {
    if (together_) {
      const auto known = state.passing.find(*in.device);
      return known != state.passing.end()
                 ? known->second
                 : state.passing.emplace(*in.device, bundle_of(in, {*in.device})).first->second;
    }
    if (!state.bundle) state.bundle.emplace(bundle_of(in, {*in.device}));
    return *state.bundle;
  }
  /// That of all devices that are to be protected.
  [[nodiscard]] Bundle all_of(const DevicePackets& in) {
    if (topology_ == defence::Topology::home) {
      Bundle bundle = bundle_of(in, {defence::home_line});
      bundle.lines[0].labels.reshaped = true;
      return bundle;
    }
    if (in.protected_devices == nullptr && recorded_.empty())
      throw std::runtime_error("the defence '" + options_.defence +
                               "' must know all devices before the first packet, also those that say "
                               "nothing: give device_splitter a "
                               "devices file, or connect the input 'pool' to recordings of the home");
    return bundle_of(in, in.protected_devices != nullptr ? *in.protected_devices : recorded_);
  }
  [[nodiscard]] std::size_t line_of(const Bundle& bundle, const std::string& device) const {
    if (topology_ == defence::Topology::home) return 0;
    const auto found = bundle.line_of.find(device);
    if (found != bundle.line_of.end()) return found->second;
    throw std::runtime_error("device '" + device +
                             "' is not among the devices of the input 'pool', which has " +
                             list_of(recorded_) + ": the lines of a home are made before the first packet");
  }

  /// What can be put in order.
  void mix_until(Bundle& bundle, ipet::traffic::Nanoseconds watermark, ipet::Emitter& emit) {
    const std::vector<defence::LinePacket> packets = bundle.merge.take(watermark);
    for (const defence::LinePacket& each : packets)
      if (auto& example = bundle.lines[each.line].example) example->before(std::span(&each.packet, 1));
    if (packets.empty()) return;
    if (bundle.heard.capture.empty()) {
      bundle.heard.capture = *bundle.lines[0].labels.capture_name;
      bundle.heard.span.begin = packets.front().packet.time;
    }
    bundle.heard.span.end = packets.back().packet.time;
    bundle.mixer.mix(packets, output(bundle, emit));
  }

  void end(Bundle& bundle, ipet::Emitter& emit) {
    bundle.mixer.finish(output(bundle, emit));
    for (std::size_t line = 0; line < bundle.lines.size(); ++line) {
      const defence::MixSummary& summary = bundle.mixer.summary(line);
      warn_of(summary);
      ipet::tell_made(context_, summary.dummy[0].packets + summary.dummy[1].packets, "dummy packet",
                      "dummy packets");
      emit(summary, bundle.lines[line].key);
      if (auto& example = bundle.lines[line].example)
        if (ipet::evaluation::LineExample drawn = example->take(); !drawn.before.empty())
          emit(std::move(drawn), bundle.lines[line].key);
      const std::lock_guard lock(mutex_);
      lost_ += summary.lost;
      if (!context_.connected("summary")) cost_.add(summary);
    }
  }
  void warn_of(const defence::MixSummary& summary) {
    const std::string where = "device '" + summary.device + "' in capture " + std::to_string(summary.capture);
    if (summary.skipped > 0)
      context_.warn(where +
                    " is silent for longer than longest_gap: cover traffic stops meanwhile (a wrong clock?)");
    if (summary.unsent_bytes > 0)
      context_.warn(where + ": " + std::to_string(summary.unsent_bytes) +
                    " bytes of user data were not sent in time");
    if (summary.exposed_minutes > 0)
      context_.warn(where + ": its line can be told from others in " +
                    std::to_string(summary.exposed_minutes) +
                    (summary.exposed_minutes == 1 ? " minute" : " minutes") +
                    ", in which it sent more than may be copied");
  }

  /// Hours of cover can come out of one message: they leave in batches, and a cancelled run stops in between.
  defence::GroupMixer::Output output(Bundle& bundle, ipet::Emitter& emit) {
    return [this, &bundle, &emit](std::size_t line, std::vector<DevicePacket>&& packets) {
      context_.check();
      Leaving& leaving = bundle.lines[line];
      if (leaving.example) leaving.example->after(packets);
      DevicePackets out = leaving.labels;
      out.packets = std::move(packets);
      emit(std::move(out), leaving.key);
    };
  }

  [[nodiscard]] bool knows(const std::string& device) const {
    return known_ == nullptr || std::ranges::find(*known_, device) != known_->end();
  }

  void note_line(const DevicePackets& in, const defence::Line& line) {
    const std::lock_guard lock(mutex_);
    captures_.emplace(in.capture, *in.capture_name);
    if (in.protect && !in.packets.empty() && ready_ > (line.up ? line.up->begin : in.packets.front().time))
      too_early_.insert(line.device);
    if (in.declared_devices && seen_.empty())
      refuse_strangers(*in.declared_devices, "the devices file declares");
    if (!seen_.insert(line.device).second) return;
    if (in.protect && !knows(line.device))
      context_.warn("device '" + line.device +
                    "' has no trained generator: its packets pass without cover traffic");
  }

  void tell_what_lacks_cover() {
    if (!too_early_.empty())
      context_.warn("lines pass without cover until " + ipet::traffic::time_text(ready_) +
                    ", when the defence has something to learn from: " + list_of(too_early_));
    std::vector<std::string> silent;
    for (const auto& [number, name] : captures_) {
      if (together_) {
        if (!bundled_.contains(number)) silent.push_back("all that are to be protected in " + name);
        continue;
      }
      for (const std::string& device : spans_.silent_in(number, name))
        if (covers_silence(device, number)) silent.push_back(device + " in " + name);
    }
    if (!silent.empty())
      context_.warn("devices that say nothing in a capture have no line in it, and get no cover there: " +
                    list_of(silent));
  }
  [[nodiscard]] bool covers_silence(const std::string& device, std::uint32_t capture) const {
    if (!knows(device)) return false;
    if (defence_->delays()) return true;
    const auto schedule = defence_->schedule(resources_, {device, capture});
    return schedule != nullptr && schedule->endless();
  }

  void tell_what_the_defence_says() {
    std::string text;
    for (const std::string& line : defence_->report(resources_))
      text += ipet::text::wrapped("  " + line, 118, 4) + "\n";
    if (!text.empty())
      context_.print_at_end("\n" + context_.stage() + ": what the defence " + options_.defence + " does\n" +
                            text);
  }

  /// Of one file per device, each line of a home would carry one device.
  void refuse_captures_at_one_time() {
    std::ranges::sort(heard_, {}, [](const Heard& each) { return std::pair(each.span.begin, each.capture); });
    for (std::size_t i = 1; i < heard_.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        const Heard &a = heard_[j], &b = heard_[i];
        // A clock that was set back divides a recording into captures of the same devices.
        const auto in_both = [&](const std::string& device) { return b.devices.contains(device); };
        if (b.span.begin < a.span.end && std::ranges::none_of(a.devices, in_both))
          throw std::runtime_error(
              "captures '" + a.capture + "' and '" + b.capture +
              "' were recorded at the same time, and the lines of a home are made capture by capture: merge "
              "them into one (mergecap -w home.pcap FILES), and leave 'captures' out of the devices file");
      }
  }

  /// Where nobody else is told what it cost.
  void tell_the_cost() {
    const std::string text = ipet::evaluation::cost_lines(cost_) + ipet::evaluation::delay_line(cost_);
    if (!text.empty())
      context_.print_at_end("\n" + context_.stage() + ": what the defence " + options_.defence + " costs\n" +
                            text);
  }

  /// Generators of another home would leave everything without cover.
  template <class Names>
  void refuse_strangers(const Names& devices, const std::string& what) const {
    for (const std::string& device : devices)
      if (knows(device)) return;
    if (devices.empty()) return;
    throw std::runtime_error("no device has a trained generator: " + what + " " + list_of(devices) +
                             "; generators exist for " + list_of(*known_));
  }

  ipet::StageContext& context_;
  std::shared_ptr<const defence::Defence> defence_;
  defence::Topology topology_;
  bool together_;  ///< all devices of a capture are mixed at once
  defence::Resources resources_;
  std::shared_ptr<const std::vector<std::string>> known_;  ///< devices of the defence; null: any
  defence::MixerOptions options_;                          ///< with the defence's name
  defence::LineSpans spans_;                               ///< of the input `pool`
  std::vector<std::string> recorded_;                      ///< protected devices of the input `pool`
  ipet::traffic::Nanoseconds ready_ = 0;                   ///< Defence::ready_from
  std::mutex mutex_;
  std::set<std::string> seen_;                     ///< devices with packets
  std::set<std::string> too_early_;                ///< devices whose lines begin before `ready_`
  std::map<std::uint32_t, std::string> captures_;  ///< with packets
  /// Captures that were mixed with all devices at once.
  std::vector<Heard> heard_;
  std::set<std::uint32_t> bundled_;  ///< captures in which lines were mixed together
  std::uint64_t lost_ = 0;
  defence::Overhead cost_;  ///< of all lines, where the output `summary` is not connected
};

}  // namespace

IPET_PLUGIN("mixer", "1.0", catalog) {
  using O = MixingOptions;
  using M = defence::MixerOptions;
  catalog.keyed<Mixing>("mixer")
      .about(
          "Puts each device's packets through a defence, which adds cover traffic or decides about all that "
          "leaves. With the input 'pool', lines are up as long as the capture they are in, of one file per "
          "device as long as all of them; else from a device's first to its last packet.")
      .input<DevicePackets>("packets", "user traffic per device and capture")
      .whole<ipet::traffic::Traces>("pool", "recordings of the home, which tell when its lines are up")
      .optional()
      .output<DevicePackets>("packets", "what leaves, dummies among it, in time order")
      .output<defence::MixSummary>("summary", "what the defence cost, per device and capture")
      .output<ipet::evaluation::LineExample>("example",
                                             "up to half an hour of each line before and after, to be drawn")
      .option("defence", &O::defence, ipet::passes_needs(),
              "What decides when which packets leave: a defence of ipet list, or yours.")
      .option("lines", &O::lines, ipet::choices(defence::topologies),
              "device: each device has a line of its own, as published. home: one tunnel carries all devices "
              "that are to be protected; what leaves is that of one device, called home.")
      .option("longest_gap", ipet::within(&O::mixer, &M::longest_gap), ipet::unit("s"), ipet::minimum(1),
              ipet::maximum(1e9),
              "In longer gaps between two packets of a device, cover stops after this time.")
      .option("drain", ipet::within(&O::mixer, &M::drain), ipet::unit("s"), ipet::minimum(0),
              ipet::maximum(86'400),
              "Of defences that delay: user data that still waits so long after a device's last packet is "
              "not sent, but counted.");
}
