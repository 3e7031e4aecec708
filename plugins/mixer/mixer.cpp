// Stage `mixer`: each device's packets with cover traffic among them (ipet.md section 6).
#include "stages/defence/mixer.hpp"

#include <mutex>
#include <optional>
#include <set>

#include "pipeline/sdk/plugin.hpp"

namespace {

namespace defence = ipet::defence;
using ipet::traffic::DevicePacket;
using ipet::traffic::DevicePackets;

struct MixingOptions {
  std::string schedule = "continuous";
  bool cap_packets = true;
  double day_offset_hours = 0;
  double longest_gap = 30 * 86'400.0;
};

class Mixing {
 public:
  using Options = MixingOptions;
  /// The mixer of one device in one capture, made with the first message.
  struct State {
    std::optional<defence::Mixer> mixer;
  };

  Mixing(const Options& options, ipet::StageContext& context)
      : context_(context), perturbations_(context.whole<defence::Perturbations>("perturbations")) {
    options_.cap_packets = options.cap_packets;
    options_.day_offset_hours = options.day_offset_hours;
    options_.longest_gap = static_cast<ipet::traffic::Nanoseconds>(
        options.longest_gap * static_cast<double>(ipet::traffic::second));
    perturbations_->check();
  }

  State begin(const std::string&) { return {}; }

  void on_message(State& state, const DevicePackets& in, ipet::Emitter& emit) {
    if (!state.mixer) {
      defence::MixerOptions options = options_;
      options.protect = in.protect;
      state.mixer.emplace(perturbations_, *in.device, in.capture, options);
      if (!state.mixer->covers() && in.protect) report_uncovered(*in.device);
    }
    // Hours of cover can come out of one message: they leave in batches, and a cancelled run stops in
    // between.
    state.mixer->mix(in.packets, [&](std::vector<DevicePacket>&& packets) {
      context_.check();
      emit(DevicePackets{in.capture, in.capture_name, in.device, in.declared_devices, in.protect, true,
                         std::move(packets)});
    });
  }

  void on_end(State& state, ipet::Emitter& emit) {
    if (!state.mixer) return;
    const defence::MixSummary& summary = state.mixer->summary();
    if (summary.skipped > 0)
      context_.warn("device '" + summary.device + "' in capture " + std::to_string(summary.capture) +
                    " is silent for longer than longest_gap: cover traffic stops meanwhile (a wrong clock?)");
    emit(summary);
  }

 private:
  void report_uncovered(const std::string& device) {
    const std::lock_guard lock(mutex_);
    if (reported_.insert(device).second)
      context_.warn("device '" + device +
                    "' has no trained generator: its packets pass without cover traffic");
  }

  ipet::StageContext& context_;
  std::shared_ptr<const defence::Perturbations> perturbations_;
  defence::MixerOptions options_;
  std::mutex mutex_;
  std::set<std::string> reported_;
};

}  // namespace

IPET_PLUGIN("mixer", "1.0", catalog) {
  catalog.keyed<Mixing>("mixer")
      .about("Adds each device's cover traffic to its packets; user packets stay as they are.")
      .input<DevicePackets>("packets", "user traffic per device and capture")
      .whole<defence::Perturbations>("perturbations", "what predictor gives")
      .output<DevicePackets>("packets", "user packets and dummies in time order")
      .output<defence::MixSummary>("summary", "what mixing cost, per device and capture")
      .option("schedule", &MixingOptions::schedule, ipet::choices({"continuous"}),
              "When cover traffic is sent. continuous: from a capture's first packet to its last, also in "
              "silence.")
      .option("cap_packets", &MixingOptions::cap_packets,
              "Stop a slot at its perturbation's packets; false: chance may exceed them, as published.")
      .option("day_offset_hours", &MixingOptions::day_offset_hours, ipet::unit("h"), ipet::minimum(-24),
              ipet::maximum(24),
              "When a day begins, after midnight UTC; no two days share a random sequence.")
      .option("longest_gap", &MixingOptions::longest_gap, ipet::unit("s"), ipet::minimum(1),
              ipet::maximum(1e9),
              "In longer gaps between two packets of a device, cover stops after this time.");
}
