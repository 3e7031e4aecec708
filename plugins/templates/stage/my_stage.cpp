// A keyed stage: windows of equal time slots, as `windowing` cuts them, of packets of at least so many bytes.
#include <chrono>
#include <utility>

#include "pipeline/sdk/plugin.hpp"
#include "stages/windows/window.hpp"

using ipet::traffic::DevicePacket;
using ipet::traffic::DevicePackets;
using ipet::traffic::Nanoseconds;
using ipet::windows::WindowBatch;

struct MyStageOptions {
  std::chrono::nanoseconds total_time = std::chrono::seconds(4), omega = std::chrono::milliseconds(100);
  std::uint32_t least = 100;  // bytes

  [[nodiscard]] std::uint32_t slots() const { return static_cast<std::uint32_t>(total_time / omega); }
};

// The windows of one device. The last of them is open: packets may follow.
struct MyStageWindows {
  WindowBatch batch;
  Nanoseconds last = 0;  // packet that counted

  void add(const DevicePacket& packet, const MyStageOptions& options) {
    if (packet.size < options.least) return;
    const bool is_first = batch.start.empty();
    if (is_first || packet.time >= batch.start.back() + options.total_time.count()) {
      batch.start.push_back(packet.time);
      batch.silence.push_back(last == 0 ? 0.0 : static_cast<double>(packet.time - last) / 1e9);
      batch.features.resize(batch.start.size() * options.slots() * ipet::windows::columns);
    }
    const auto slot = static_cast<std::size_t>((packet.time - batch.start.back()) / options.omega.count());
    float* window = &batch.features[(batch.start.size() - 1) * options.slots() * ipet::windows::columns];
    const std::size_t column =
        slot * ipet::windows::columns + (packet.direction == ipet::traffic::Direction::out ? 0 : 2);
    window[column] += 1;
    window[column + 1] += static_cast<float>(packet.size);
    last = packet.time;
  }
};

class MyStage {
 public:
  using Options = MyStageOptions;
  using State = MyStageWindows;

  MyStage(const Options& options, ipet::StageContext&) : options_(options) {}
  State begin(const std::string&) const { return {}; }
  void on_message(State& state, const DevicePackets& packets, ipet::Emitter&) const {
    state.batch.capture = packets.capture;
    state.batch.capture_name = packets.capture_name;
    state.batch.device = packets.device;
    state.batch.declared_devices = packets.declared_devices;
    state.batch.defended = packets.defended;
    state.batch.slots = options_.slots();
    state.batch.omega = std::chrono::duration<double>(options_.omega).count();
    for (const DevicePacket& packet : packets.packets) state.add(packet, options_);
  }
  void on_end(State& state, ipet::Emitter& emit) const {
    if (!state.batch.start.empty()) emit(std::move(state.batch));
  }

 private:
  Options options_;
};

IPET_PLUGIN("my_stage", "1.0", catalog) {
  using O = MyStageOptions;
  catalog.keyed<MyStage>("my_stage")
      .about("Cuts the larger packets of each device into windows of equal time slots.")
      .input<DevicePackets>("packets", "Packets of one device in one capture, in time order.")
      .output<WindowBatch>("windows", "Packets and bytes per slot and direction, and the silence.")
      .option("total_time", &O::total_time, ipet::unit("s"), ipet::minimum(1e-3), "Length of a window.")
      .option("omega", &O::omega, ipet::unit("s"), ipet::minimum(1e-6),
              "Length of a slot; divides total_time exactly.")
      .option("least", &O::least, ipet::unit("bytes"), ipet::minimum(0), "Smaller packets do not count.")
      .check([](const O& options, const ipet::OptionPlaces& at) {
        if (options.total_time % options.omega != options.total_time.zero())
          at.problem("omega", "omega must divide total_time exactly");
      });
}
