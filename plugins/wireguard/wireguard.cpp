// wireguard: what an observer of a WireGuard tunnel sees of the packets inside (stages/wireguard/README.md).
#include "stages/wireguard/wireguard.hpp"

#include "pipeline/sdk/plugin.hpp"
#include "stages/traffic/traces.hpp"

namespace {

using namespace ipet;
using traffic::DevicePacket;
using traffic::DevicePackets;
using wireguard::Wire;
using wireguard::WireguardOptions;

class WireStage {
 public:
  using Options = WireguardOptions;
  struct State {
    Wire wire;
    DevicePackets labels;  ///< without packets
    traffic::Nanoseconds last = 0;
  };

  WireStage(const Options& options, StageContext&) : options_(options) {}

  State begin(const std::string&) const { return {Wire(options_), {}, 0}; }

  void on_message(State& state, const DevicePackets& in, Emitter& emit) const {
    if (!state.labels.device) {
      state.labels = in;
      state.labels.packets.clear();
      state.labels.reshaped = true;
    }
    DevicePackets out = state.labels;
    out.watermark = in.watermark;
    for (const DevicePacket& packet : in.packets) {
      state.last = packet.time;
      state.wire.send(packet, [&](const DevicePacket& each) { out.packets.push_back(each); });
    }
    send(std::move(out), emit);
  }

  void on_end(State& state, Emitter& emit) const {
    if (!state.labels.device) return;
    DevicePackets out = state.labels;
    // What the last packet draws.
    state.wire.finish(state.last + wireguard::longest_silence,
                      [&](const DevicePacket& each) { out.packets.push_back(each); });
    send(std::move(out), emit);
  }

 private:
  static void send(DevicePackets&& packets, Emitter& emit) {
    if (packets.packets.empty()) return;
    const std::string key = traffic::device_key(packets.capture, *packets.device);
    emit(std::move(packets), key);
  }

  WireguardOptions options_;
};

}  // namespace

IPET_PLUGIN("wireguard", "1.0", catalog) {
  using O = WireguardOptions;
  catalog.keyed<WireStage>("wireguard")
      .about(
          "Puts each line into a WireGuard tunnel of its own and gives what an observer sees of it: "
          "datagrams of its "
          "packets, handshakes and keepalives.")
      .input<DevicePackets>("packets", "What is inside, in time order.")
      .output<DevicePackets>("packets",
                             "UDP datagrams by their payload; those without user data are dummies.")
      .option("round_trip", &O::round_trip, unit("ms"), minimum(0), maximum(10'000),
              "From one end to the other and back.")
      .option("mtu", &O::mtu, unit("bytes"), minimum(576), maximum(9'000), "Of the tunnel.")
      .option("acknowledge", &O::acknowledge,
              "Adds TCP's empty packets, which recordings leave out: 40 ms after data that no data answers.");
}
