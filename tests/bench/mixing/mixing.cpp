// Packets that come out of the mixer: user traffic of one device, or of several on two cores, with cover
// traffic whose vectors are drawn from generators (one evaluation per window of 4 s, as in a pipeline).
#include <benchmark/benchmark.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "tests/defence/fixtures.hpp"

namespace {

using namespace ipet::defence;
using namespace ipet::defence::test;

constexpr std::size_t most_devices = 16;

std::vector<std::string> device_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < most_devices; ++i) names.push_back("device" + std::to_string(i));
  return names;
}

/// A packet every second on average, for about six hours, in the batches of the reader.
std::vector<DevicePacket> user_traffic(std::uint64_t seed) {
  ipet::traffic::Random random(seed);
  std::vector<DevicePacket> user;
  Nanoseconds time = 1'700'000'000 * ipet::traffic::second;
  for (int i = 0; i < 20'000; ++i) {
    time += static_cast<Nanoseconds>(random.exponential(1e9));
    user.push_back({time, static_cast<std::uint32_t>(random.below(1400)),
                    static_cast<Direction>(random.below(2)), Protocol::tcp, false});
  }
  return user;
}

struct Sums {
  std::uint64_t packets = 0, bytes = 0;
};

Sums mix_device(const std::shared_ptr<Perturbations>& perturbations, const std::string& device,
                const std::vector<DevicePacket>& user, const MixOptions& options) {
  Sums sums;
  const Perturbation defence(options);
  Mixer mixer(defence, given(perturbations, 20), {device, 0}, options);
  const Mixer::Output take = [&](std::vector<DevicePacket>&& batch) {
    sums.packets += batch.size();
    for (const DevicePacket& packet : batch) sums.bytes += packet.size;
  };
  constexpr std::size_t step = 512;
  for (std::size_t at = 0; at < user.size(); at += step)
    mixer.mix(std::span(user).subspan(at, std::min(step, user.size() - at)), take);
  mixer.finish(take);
  return sums;
}

/// `threads` 1: in this thread.
void run(benchmark::State& state, const MixOptions& options, std::size_t devices, int threads) {
  const std::vector<std::string> names = device_names();
  const std::shared_ptr<Perturbations> perturbations = varied(names, 4, 100, 20);
  std::vector<std::vector<DevicePacket>> user;
  for (std::size_t i = 0; i < devices; ++i) user.push_back(user_traffic(i));
  std::vector<Sums> sums(devices);
  tbb::task_arena arena(threads);
  std::uint64_t packets = 0;
  for (auto _ : state) {
    arena.execute([&] {
      tbb::parallel_for(std::size_t{0}, devices, [&](std::size_t i) {
        sums[i] = mix_device(perturbations, names[i], user[i], options);
      });
    });
    for (const Sums& each : sums) packets += each.packets;
    benchmark::DoNotOptimize(sums.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(packets));
}

void continuous(benchmark::State& state) {
  run(state, {}, static_cast<std::size_t>(state.range(0)), 1);
}
BENCHMARK(continuous)->Arg(1)->Arg(2)->Arg(4)->Arg(8)->Unit(benchmark::kMillisecond);

void continuous_two_cores(benchmark::State& state) {
  run(state, {}, 8, 2);
}
BENCHMARK(continuous_two_cores)->UseRealTime()->Unit(benchmark::kMillisecond);

void continuous_one_core(benchmark::State& state) {
  run(state, {}, 8, 1);
}
BENCHMARK(continuous_one_core)->UseRealTime()->Unit(benchmark::kMillisecond);

void tick_schedule(benchmark::State& state) {
  run(state, ticks(), 1, 1);
}
BENCHMARK(tick_schedule)->Unit(benchmark::kMillisecond);

}  // namespace
