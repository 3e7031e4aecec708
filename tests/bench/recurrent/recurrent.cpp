// Training steps of the recurrent models: ours with each instruction set, and LibTorch's layers.
#include <algorithm>
#include <string>

#include <benchmark/benchmark.h>
#include <tbb/global_control.h>

#include "stages/fingerprint/fitter.hpp"
#include "stages/fingerprint/gru.hpp"
#include "stages/fingerprint/lstm.hpp"
#include "stages/fingerprint/network.hpp"
#include "stages/simd/simd.hpp"
#include "stages/traffic/random.hpp"
#include "tests/bench/recurrent/limit.hpp"
#include "tests/bench/recurrent/peer.hpp"

namespace ipet::bench {
namespace {

constexpr std::size_t slots = 40;
constexpr std::int64_t classes = 10, batch = 128;

fingerprint::LabelledWindows windows(std::size_t count) {
  traffic::Random random(std::uint64_t{1});
  fingerprint::LabelledWindows set;
  set.slots = slots;
  std::vector<float> window(set.row_size());
  for (std::size_t i = 0; i < count; ++i) {
    for (float& value : window) value = static_cast<float>(random.normal());
    set.append(window.data(), static_cast<float>(random.uniform()),
               static_cast<std::uint16_t>(random.below(classes)));
  }
  return set;
}

std::shared_ptr<const fingerprint::ModelFactory> factory(Layer layer, std::int64_t width) {
  if (layer == Layer::lstm)
    return std::make_shared<fingerprint::LstmFactory>(fingerprint::LstmOptions{.width = width});
  return std::make_shared<fingerprint::GruFactory>(fingerprint::GruOptions{.width = width});
}

/// Epochs of the trainer over state.range(0) windows, on so many threads.
void train(benchmark::State& state, const std::string& simd, Layer layer, std::int64_t width,
           std::size_t threads) {
  const auto choices = fingerprint::simd_choices();
  if (std::find(choices.begin(), choices.end(), simd) == choices.end())
    return state.SkipWithError("this processor does not have it");
  fingerprint::use_simd(simd);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  const auto data = windows(static_cast<std::size_t>(state.range(0)));
  traffic::Random random(std::uint64_t{1});
  auto network =
      std::make_unique<fingerprint::Network>(factory(layer, width), fingerprint::ModelShape{slots, classes},
                                             fingerprint::Normalisation::none, random);
  fingerprint::Fitter fitter(std::move(network), traffic::StreamKey(1));
  fingerprint::Observer observer;
  std::uint32_t epoch = 0;
  for (auto _ : state) benchmark::DoNotOptimize(fitter.epoch(data, epoch++, batch, 1e-3, "bench", observer));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * data.size()));
}

void peer(benchmark::State& state, Layer layer, std::int64_t width) {
  fingerprint::use_one_torch_thread();
  const auto data = windows(static_cast<std::size_t>(state.range(0)));
  Peer net(layer, width, classes);
  for (auto _ : state) benchmark::DoNotOptimize(net.epoch(data, batch));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * data.size()));
}

/// Its rate is a property of the processor; the time of an iteration says nothing.
void limit(benchmark::State& state, const std::string& simd) {
  const auto choices = fingerprint::simd_choices();
  if (std::find(choices.begin(), choices.end(), simd) == choices.end())
    return state.SkipWithError("this processor does not have it");
  fingerprint::use_simd(simd);
  double rate = 0;
  for (auto _ : state) rate = std::max(rate, multiply_adds_per_second());
  state.counters["multiply_adds"] = rate;
}

void register_all() {
  const auto add = [](const std::string& name, std::int64_t windows, auto&&... arguments) {
    return benchmark::RegisterBenchmark(name.c_str(), arguments...)
        ->Arg(windows)
        ->Unit(benchmark::kMillisecond);
  };
  for (const std::string& simd : fingerprint::simd_choices()) {
    if (simd == "portable") continue;
    benchmark::RegisterBenchmark(("limit/" + simd).c_str(), limit, simd)->Iterations(1);
    add("lstm_8/" + simd, 4 * batch, train, simd, Layer::lstm, 8, 1);
    add("lstm_64/" + simd, batch, train, simd, Layer::lstm, 64, 1);
    add("gru_32/" + simd, 2 * batch, train, simd, Layer::gru, 32, 1);
  }
  const std::string best = fingerprint::simd_choices().front();
  for (const std::size_t threads : {1, 2}) {
    const std::string suffix = "/" + std::to_string(threads) + "_threads";
    add("lstm_8" + suffix, 4 * batch, train, best, Layer::lstm, 8, threads)->UseRealTime();
    add("lstm_64" + suffix, batch, train, best, Layer::lstm, 64, threads)->UseRealTime();
    add("gru_32" + suffix, 2 * batch, train, best, Layer::gru, 32, threads)->UseRealTime();
  }
  add("lstm_8/peer", 4 * batch, peer, Layer::lstm, 8);
  add("lstm_64/peer", batch, peer, Layer::lstm, 64);
  add("gru_32/peer", 2 * batch, peer, Layer::gru, 32);
  for (const std::int64_t times : {1, 2, 4, 8})
    add("series", times * 2 * batch, train, best, Layer::lstm, 8, 1);
}

const bool registered = (register_all(), true);

}  // namespace
}  // namespace ipet::bench
