// aggregation: sums each device's traffic up over some minutes (M_agg of stages/windows/README.md).
#include "stages/windows/aggregation.hpp"

#include "pipeline/sdk/plugin.hpp"

namespace {

using namespace ipet;
using traffic::DevicePackets;
using windows::AggregateBatch;
using windows::Aggregates;
using windows::AggregateSettings;

class AggregationStage {
 public:
  using Options = AggregateSettings;
  struct State {
    windows::Aggregation aggregator;
    AggregateBatch labels;  ///< without rows
  };

  AggregationStage(const Options& settings, StageContext&) : settings_(settings) {}

  State begin(const std::string&) const { return {windows::Aggregation(settings_), {}}; }

  void on_message(State& state, const DevicePackets& packets, Emitter& emit) const {
    if (!state.labels.device) state.labels = labels(packets);
    state.aggregator.add(packets.packets, [&](Aggregates& done) { send(state.labels, done, emit); });
  }

  void on_end(State& state, Emitter& emit) const {
    state.aggregator.end([&](Aggregates& done) { send(state.labels, done, emit); });
  }

 private:
  [[nodiscard]] AggregateBatch labels(const DevicePackets& packets) const {
    AggregateBatch batch;
    batch.capture = packets.capture;
    batch.capture_name = packets.capture_name;
    batch.device = packets.device;
    batch.declared_devices = packets.declared_devices;
    batch.defended = packets.defended;
    batch.bin = settings_.bin_seconds();
    return batch;
  }

  static void send(const AggregateBatch& labels, Aggregates& done, Emitter& emit) {
    AggregateBatch batch = labels;
    batch.features = std::move(done.features);
    batch.start = std::move(done.start);
    emit(std::move(batch));
  }

  AggregateSettings settings_;
};

}  // namespace

IPET_PLUGIN("aggregation", "1.0", catalog) {
  catalog.keyed<AggregationStage>("aggregation")
      .about("Sums each device's traffic up over some minutes: what the forest looks at.")
      .input<DevicePackets>("packets", "Packets of one device in one capture, in time order.")
      .output<AggregateBatch>("aggregates",
                              "Per direction and protocol: packets, their sizes, first to last packet.")
      .option("agg_minutes", &AggregateSettings::bin, unit("min"), minimum(0.001), maximum(1440),
              "Length of a bin; bins lie side by side from the begin of the day on.")
      .option("day_offset_hours", &AggregateSettings::day_offset_hours, unit("h"), minimum(-24), maximum(24),
              "When a day begins, after midnight UTC; the same as that of the split by day.");
}
