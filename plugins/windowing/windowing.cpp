// windowing: cuts each device's traffic into windows of equal time slots (stages/windows/README.md).
#include "stages/windows/windowing.hpp"

#include <mutex>

#include "pipeline/sdk/made.hpp"
#include "pipeline/sdk/plugin.hpp"
#include "stages/windows/window_count.hpp"

namespace {

using namespace ipet;
using traffic::DevicePackets;
using windows::WindowBatch;
using windows::Windowing;
using windows::Windows;
using windows::WindowSettings;

class WindowingStage {
 public:
  using Options = WindowSettings;
  struct State {
    Windowing windower;
    WindowBatch labels;  ///< without windows
    windows::WindowCount::Row count;
  };

  WindowingStage(const Options& settings, StageContext& context) : settings_(settings), context_(context) {}
  WindowingStage& operator=(WindowingStage&&) = delete;
  void finish(Emitter&) {
    if (count_.windows() == 0)
      context_.warn(count_.packets() == 0
                        ? "no windows: no packets came"
                        : "no windows: silence = \"after\" drops the last window of a "
                          "recording, and no recording has a packet after its first window");
    tell_made(context_, count_.windows(), defended_ ? "defended window" : "window",
              defended_ ? "defended windows" : "windows");
    context_.print_at_end("\n" + context_.stage() + ": " + count_.table());
  }

  State begin(const std::string&) const { return {Windowing(settings_), {}, {}}; }

  void on_message(State& state, const DevicePackets& packets, Emitter& emit) const {
    if (!state.labels.device) state.labels = labels(packets);
    state.count.packets += packets.packets.size();
    const Windowing::Flush flush = [&](Windows& done) { send(state, done, emit); };
    state.windower.add(packets.packets, flush);
    // State lives until the pass ends: with thousands of captures, windows left in it would fill the memory.
    state.windower.flush_finished(flush);
  }

  void on_end(State& state, Emitter& emit) {
    state.windower.end([&](Windows& done) { send(state, done, emit); });
    state.count.dropped_packets = state.windower.dropped_packets();
    state.count.skipped = static_cast<std::uint64_t>(state.windower.skipped());
    {
      const std::scoped_lock lock(mutex_);
      count_.add(*state.labels.device, state.count);
      defended_ = defended_ || state.labels.defended;
    }
    if (state.windower.skipped() > 0)
      context_.warn(emit.key() + ": " + std::to_string(state.windower.skipped()) +
                    " idle windows in gaps longer than longest_gap are left out (a wrong clock?)");
  }

 private:
  [[nodiscard]] WindowBatch labels(const DevicePackets& packets) const {
    WindowBatch batch;
    batch.capture = packets.capture;
    batch.capture_name = packets.capture_name;
    batch.device = packets.device;
    batch.declared_devices = packets.declared_devices;
    batch.defended = packets.defended;
    batch.slots = settings_.slots();
    batch.omega = settings_.omega_seconds();
    return batch;
  }

  static void send(State& state, Windows& done, Emitter& emit) {
    state.count.windows += done.size();
    WindowBatch batch = state.labels;
    batch.features = std::move(done.features);
    batch.silence = std::move(done.silence);
    batch.start = std::move(done.start);
    emit(std::move(batch));
  }

  WindowSettings settings_;
  StageContext& context_;
  std::mutex mutex_;
  windows::WindowCount count_;
  bool defended_ = false;  ///< what was cut into windows
};

}  // namespace

IPET_PLUGIN("windowing", "0.1.0", catalog) {
  using O = WindowSettings;
  catalog.keyed<WindowingStage>("windowing")
      .about("Cuts each device's traffic into windows of equal time slots.")
      .input<DevicePackets>("packets", "Packets of one device in one capture, in time order.")
      .output<WindowBatch>("windows", "Packets and bytes per slot and direction, and the silence.")
      .option("total_time", &O::total_time, unit("s"), minimum(1e-3), "Length of a window.")
      .option("omega", &O::omega, unit("s"), minimum(1e-6), "Length of a slot; divides total_time exactly.")
      .option("windows", &O::placement, choices(windows::placements),
              "anchored: a window starts at a packet, idle time makes none; tiled: windows follow each "
              "other, idle ones too.")
      .option("silence", &O::silence, choices(windows::silences),
              "before: gap before a window's first packet; after: gap that follows it, and no last window.")
      .option("longest_gap", &O::longest_gap, unit("s"), minimum(1), maximum(1e9),
              "Tiled: in longer gaps between two packets, idle windows stop after this time.")
      .check([](const O& settings, const OptionPlaces& at) {
        if (const auto [option, reason] = settings.fault(); !reason.empty()) at.problem(option, reason);
      });
}
