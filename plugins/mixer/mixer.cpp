// Stage `mixer`: each device's packets with cover traffic among them (ipet.md section 6).
#include "stages/defence/mixer.hpp"

#include <cmath>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>

#include "pipeline/sdk/plugin.hpp"

namespace {

namespace defence = ipet::defence;
using ipet::traffic::DevicePacket;
using ipet::traffic::DevicePackets;

struct MixingOptions {
  std::string schedule = "continuous";
  bool published_defects = false;
  double active_seconds = 5;
  double day_offset_hours = 0;
  double longest_gap = 30 * 86'400.0;

  [[nodiscard]] defence::MixerOptions mixer() const {
    const auto nanoseconds = [](double seconds) {
      return ipet::traffic::Nanoseconds{std::llround(seconds * static_cast<double>(ipet::traffic::second))};
    };
    defence::MixerOptions made;
    made.kind = schedule == "ticks" ? defence::ScheduleKind::ticks : defence::ScheduleKind::continuous;
    made.published_defects = published_defects;
    made.active = nanoseconds(active_seconds);
    made.day_offset_hours = day_offset_hours;
    made.longest_gap = nanoseconds(longest_gap);
    return made;
  }
};

/// "bulb, cam and 3 more"
template <class Names>
std::string list_of(const Names& names) {
  constexpr std::size_t most = 20;
  std::string text;
  std::size_t listed = 0;
  for (const std::string& name : names) {
    if (listed++ == most) return text + " and " + std::to_string(names.size() - most) + " more";
    text += (listed == 1 ? "" : ", ") + name;
  }
  return text.empty() ? "none" : text;
}

class Mixing {
 public:
  using Options = MixingOptions;
  /// The mixer of one device in one capture, made with the first message.
  struct State {
    std::optional<defence::Mixer> mixer;
    DevicePackets labels;  ///< of that message, without its packets
  };

  Mixing(const Options& options, ipet::StageContext& context)
      : context_(context),
        perturbations_(context.whole<defence::Perturbations>("perturbations")),
        options_(options.mixer()) {
    perturbations_->check();
  }
  Mixing(const Mixing&) = delete;
  Mixing& operator=(const Mixing&) = delete;
  ~Mixing() {
    if (lost_ > 0 && !context_.cancelled())
      context_.warn("published_defects: the last packet of each trace is lost, " + std::to_string(lost_) +
                    " user packets in all; user traffic is not untouched");
  }

  State begin(const std::string&) {
    const std::lock_guard lock(mutex_);
    ++open_;
    return {};
  }

  void on_message(State& state, const DevicePackets& in, ipet::Emitter& emit) {
    if (!state.mixer) {
      note_device(in);
      defence::MixerOptions options = options_;
      options.protect = in.protect;
      state.mixer.emplace(perturbations_, *in.device, in.capture, options);
      state.labels = {in.capture, in.capture_name, in.device, in.declared_devices, in.protect, true, {}};
    }
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
      emit(summary);
    }
    const std::lock_guard lock(mutex_);
    if (state.mixer) lost_ += state.mixer->summary().lost;
    // What an interrupted run has read is not all that there is.
    if (--open_ == 0 && !context_.interrupted()) refuse_strangers(seen_, "the captures hold");
  }

 private:
  /// Hours of cover can come out of one message: they leave in batches, and a cancelled run stops in between.
  defence::Mixer::Output output(const State& state, ipet::Emitter& emit) {
    return [this, &state, &emit](std::vector<DevicePacket>&& packets) {
      context_.check();
      DevicePackets out = state.labels;
      out.packets = std::move(packets);
      emit(std::move(out));
    };
  }

  void note_device(const DevicePackets& in) {
    const std::lock_guard lock(mutex_);
    if (in.declared_devices && seen_.empty())
      refuse_strangers(*in.declared_devices, "the devices file declares");
    if (!seen_.insert(*in.device).second) return;
    if (in.protect && !perturbations_->covers(*in.device))
      context_.warn("device '" + *in.device +
                    "' has no trained generator: its packets pass without cover traffic");
  }

  /// Generators of another home would leave everything without cover.
  template <class Names>
  void refuse_strangers(const Names& devices, const std::string& what) const {
    for (const std::string& device : devices)
      if (perturbations_->covers(device)) return;
    if (devices.empty()) return;
    std::vector<std::string> trained;
    for (const std::string& device : perturbations_->devices())
      if (perturbations_->covers(device)) trained.push_back(device);
    throw std::runtime_error("no device has a trained generator: " + what + " " + list_of(devices) +
                             "; generators exist for " + list_of(trained));
  }

  ipet::StageContext& context_;
  std::shared_ptr<const defence::Perturbations> perturbations_;
  defence::MixerOptions options_;
  std::mutex mutex_;
  std::size_t open_ = 0;        ///< traces that have begun and not ended
  std::set<std::string> seen_;  ///< devices with packets
  std::uint64_t lost_ = 0;
};

}  // namespace

IPET_PLUGIN("mixer", "1.0", catalog) {
  catalog.keyed<Mixing>("mixer")
      .about("Adds each device's cover traffic to its packets; user packets stay as they are.")
      .input<DevicePackets>("packets", "user traffic per device and capture")
      .whole<defence::Perturbations>("perturbations", "what predictor gives")
      .output<DevicePackets>("packets", "user packets and dummies in time order")
      .output<defence::MixSummary>("summary", "what mixing cost, per device and capture")
      .option("schedule", &MixingOptions::schedule, ipet::choices({"continuous", "ticks"}),
              "When cover traffic is sent. continuous: from a capture's first packet to its last, also in "
              "silence; ticks: around activity only, on a grid of omega / 2.")
      .option("published_defects", &MixingOptions::published_defects,
              "Do as the releases do. continuous: chance may exceed a slot's packets; ticks: half of each "
              "row and the last packet of each trace are lost, dummies may be empty and exceed the bytes.")
      .option("active_seconds", &MixingOptions::active_seconds, ipet::unit("s"), ipet::minimum(1e-3),
              ipet::maximum(1e6), "ticks: cover goes on so long after the last packet.")
      .option("day_offset_hours", &MixingOptions::day_offset_hours, ipet::unit("h"), ipet::minimum(-24),
              ipet::maximum(24),
              "When a day begins, after midnight UTC; no two days share a random sequence.")
      .option("longest_gap", &MixingOptions::longest_gap, ipet::unit("s"), ipet::minimum(1),
              ipet::maximum(1e9),
              "continuous: in longer gaps between two packets of a device, cover stops after this time.");
}
