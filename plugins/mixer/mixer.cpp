// Stage `mixer`: each device's packets put through a defence.
#include "stages/defence/mixer.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>

#include "pipeline/sdk/made.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "pipeline/text/wrapping.hpp"
#include "plugins/shared/defence_resources.hpp"
#include "stages/defence/line_spans.hpp"
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
  defence::MixerOptions mixer;
};

/// "bulb, cam and 3 more"
template <class Names>
std::string list_of(const Names& names) {
  return names.empty() ? "none" : ipet::text::named(names, 12);
}

class Mixing {
 public:
  using Options = MixingOptions;
  /// The mixer of one device in one capture, made with the first message.
  struct State {
    std::optional<defence::Mixer> mixer;
    DevicePackets labels;                                        ///< of that message, without its packets
    std::optional<ipet::evaluation::LineExampleKeeper> example;  ///< where somebody wants it
  };

  Mixing(const Options& options, ipet::StageContext& context)
      : context_(context),
        defence_(options.defence.value),
        resources_(ipet::resources_of(context)),
        options_(options.mixer) {
    // What is read is mixed to its end after the first Ctrl-C; a training is not awaited.
    resources_.check = [&context] { context.check_interrupted(); };
    options_.defence = options.defence.name;
    defence_->check(resources_);
    known_ = defence_->devices(resources_);
    ready_ = defence_->ready_from(resources_);
    if (const auto home = context.whole<ipet::traffic::Traces>("pool"); home != nullptr)
      spans_ = defence::LineSpans(*home);
  }
  Mixing(const Mixing&) = delete;
  Mixing& operator=(const Mixing&) = delete;

  State begin(const std::string&) const { return {}; }

  void on_message(State& state, const DevicePackets& in, ipet::Emitter& emit) {
    if (!state.mixer) {
      const defence::Line line{*in.device, in.capture, spans_.of(in.capture, *in.capture_name, *in.device)};
      note_line(in, line);
      defence::MixerOptions options = options_;
      options.protect = in.protect;
      state.mixer.emplace(*defence_, resources_, line, options);
      state.labels = {in.capture, in.capture_name, in.device, in.declared_devices, in.protect, true, {}};
      state.labels.reshaped = in.reshaped || state.mixer->summary().delayed;
      state.labels.files = in.files;
      if (in.protect && context_.connected("example"))
        state.example.emplace(*in.device, options_.defence, ready_);
    }
    if (state.example) state.example->before(in.packets);
    state.mixer->mix(in.packets, output(state, emit));
  }

  void on_end(State& state, ipet::Emitter& emit) {
    if (state.mixer) {
      state.mixer->finish(output(state, emit));
      const defence::MixSummary& summary = state.mixer->summary();
      if (summary.skipped > 0)
        context_.warn(
            "device '" + summary.device + "' in capture " + std::to_string(summary.capture) +
            " is silent for longer than longest_gap: cover traffic stops meanwhile (a wrong clock?)");
      if (summary.unsent_bytes > 0)
        context_.warn("device '" + summary.device + "' in capture " + std::to_string(summary.capture) + ": " +
                      std::to_string(summary.unsent_bytes) + " bytes of user data were not sent in time");
      ipet::tell_made(context_, summary.dummy[0].packets + summary.dummy[1].packets, "dummy packet",
                      "dummy packets");
      emit(summary);
      if (state.example)
        if (ipet::evaluation::LineExample example = state.example->take(); !example.before.empty())
          emit(std::move(example));
    }
    const std::lock_guard lock(mutex_);
    if (state.mixer) {
      lost_ += state.mixer->summary().lost;
      if (!context_.connected("summary")) cost_.add(state.mixer->summary());
    }
  }

  void finish(ipet::Emitter&) {
    if (lost_ > 0)
      context_.warn("published_defects: the last packet of each trace is lost, " + std::to_string(lost_) +
                    " user packets in all; user traffic is not untouched");
    // What an interrupted run has read is not all that there is.
    if (captures_.empty() || context_.interrupted()) return;
    refuse_strangers(seen_, "the captures hold");
    tell_what_lacks_cover();
    tell_what_the_defence_says();
    tell_the_cost();
  }

 private:
  /// Hours of cover can come out of one message: they leave in batches, and a cancelled run stops in between.
  defence::Mixer::Output output(State& state, ipet::Emitter& emit) {
    return [this, &state, &emit](std::vector<DevicePacket>&& packets) {
      context_.check();
      if (state.example) state.example->after(packets);
      DevicePackets out = state.labels;
      out.packets = std::move(packets);
      emit(std::move(out));
    };
  }

  [[nodiscard]] bool knows(const std::string& device) const {
    return known_ == nullptr || std::ranges::find(*known_, device) != known_->end();
  }

  void note_line(const DevicePackets& in, const defence::Line& line) {
    const std::lock_guard lock(mutex_);
    captures_.emplace(in.capture, *in.capture_name);
    if (in.protect && !in.packets.empty() && ready_ > (line.up ? line.up->begin : in.packets.front().time))
      too_early_.insert(*in.device);
    if (in.declared_devices && seen_.empty())
      refuse_strangers(*in.declared_devices, "the devices file declares");
    if (!seen_.insert(*in.device).second) return;
    if (in.protect && !knows(*in.device))
      context_.warn("device '" + *in.device +
                    "' has no trained generator: its packets pass without cover traffic");
  }

  void tell_what_lacks_cover() {
    if (!too_early_.empty())
      context_.warn("lines pass without cover until " + ipet::traffic::time_text(ready_) +
                    ", when the defence has something to learn from: " + list_of(too_early_));
    std::vector<std::string> silent;
    for (const auto& [number, name] : captures_)
      for (const std::string& device : spans_.silent_in(number, name))
        if (covers_silence(device, number)) silent.push_back(device + " in " + name);
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
  defence::Resources resources_;
  std::shared_ptr<const std::vector<std::string>> known_;  ///< devices of the defence; null: any
  defence::MixerOptions options_;                          ///< with the defence's name
  defence::LineSpans spans_;                               ///< of the input `pool`
  ipet::traffic::Nanoseconds ready_ = 0;                   ///< Defence::ready_from
  std::mutex mutex_;
  std::set<std::string> seen_;                     ///< devices with packets
  std::set<std::string> too_early_;                ///< devices whose lines begin before `ready_`
  std::map<std::uint32_t, std::string> captures_;  ///< with packets
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
      .option("longest_gap", ipet::within(&O::mixer, &M::longest_gap), ipet::unit("s"), ipet::minimum(1),
              ipet::maximum(1e9),
              "In longer gaps between two packets of a device, cover stops after this time.")
      .option("drain", ipet::within(&O::mixer, &M::drain), ipet::unit("s"), ipet::minimum(0),
              ipet::maximum(86'400),
              "Of defences that delay: user data that still waits so long after a device's last packet is "
              "not sent, but counted.");
}
