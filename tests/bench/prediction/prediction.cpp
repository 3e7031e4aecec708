// Perturbations to memory: ours, and LibTorch drawing 200,000 at once. Both give whole numbers of the same
// distribution: tests/system/test_predict.py and tests/generator/kernel_test.cpp compare ours with numpy.
// Counted are slots: 40 of a perturbation, 4 numbers each.
#include <algorithm>
#include <vector>

#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include "stages/generator/kernel.hpp"
#include "stages/generator/perturbations.hpp"

namespace ipet::defence {
namespace {

constexpr std::uint32_t slots = 40;
constexpr std::size_t row = slots * 4;

/// Random weights: one device, `generators` generations of one chain.
Perturbations perturbations(std::size_t generators) {
  generator::GeneratorSet set;
  set.devices = {"plug"};
  set.slots = slots;
  set.omega = 0.1;
  set.max_packets_per_omega = 4;
  set.max_payload_per_omega = 100;
  set.rows = generator::RowKind::feasible;
  set.minimum_size = 1;
  traffic::Random random(std::uint64_t{1});
  generator::Chain chain;
  for (std::size_t g = 0; g < generators; ++g) {
    generator::Generator one;
    for (std::size_t i = 0; i < generator::latent_size * row; ++i)
      one.weight.push_back(static_cast<float>(random.normal() * 0.3));
    one.bias.assign(row, 0.1F);
    one.windows = 1;
    chain.generations.push_back({{one}, {}, 0});
  }
  set.chains = {chain};
  Perturbations made;
  made.generators = std::make_shared<const generator::GeneratorSet>(set);
  made.seed = 5;
  made.ensemble = generators > 1;
  made.check();
  return made;
}

void count_slots(benchmark::State& state, std::size_t vectors) {
  state.SetItemsProcessed(
      static_cast<std::int64_t>(static_cast<std::size_t>(state.iterations()) * vectors * slots));
}

/// Arguments: vectors, generators that they are drawn from at random. Several threads share the vectors.
void ours(benchmark::State& state) {
  const auto all = static_cast<std::size_t>(state.range(0));
  const Perturbations made = perturbations(static_cast<std::size_t>(state.range(1)));
  const auto threads = static_cast<std::size_t>(state.threads());
  const std::size_t count = all / threads, first = count * static_cast<std::size_t>(state.thread_index());
  std::vector<std::uint16_t> out(count * row);
  for (auto _ : state) {
    made.sample(0, first, out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count_slots(state, count);
}
BENCHMARK(ours)->Args({200'000, 1})->Args({200'000, 10})->Unit(benchmark::kMillisecond);
BENCHMARK(ours)->Args({200'000, 1})->Threads(2)->UseRealTime()->Unit(benchmark::kMillisecond);
// Cost against work.
BENCHMARK(ours)
    ->Name("vectors")
    ->Args({100'000, 1})
    ->Args({200'000, 1})
    ->Args({400'000, 1})
    ->Args({800'000, 1})
    ->Unit(benchmark::kMillisecond);

void normal_numbers_alone(benchmark::State& state) {
  constexpr std::size_t count = 4096;
  std::vector<float> z(count * generator::latent_size);
  for (auto _ : state) {
    generator::draw_latents(3, 0, count, z.data());
    benchmark::DoNotOptimize(z.data());
  }
  count_slots(state, count);
}
BENCHMARK(normal_numbers_alone);

void libtorch(benchmark::State& state) {
  at::set_num_threads(1);
  const torch::NoGradGuard no_gradients;
  torch::nn::Linear linear(static_cast<std::int64_t>(generator::latent_size), static_cast<std::int64_t>(row));
  const torch::Tensor limits = torch::tensor({4.0F, 100.0F}).repeat({static_cast<std::int64_t>(row) / 2});
  const auto count = state.range(0);
  for (auto _ : state) {
    const torch::Tensor z = torch::randn({count, static_cast<std::int64_t>(generator::latent_size)});
    const torch::Tensor rows = torch::round(torch::sigmoid(linear->forward(z)) * limits);
    benchmark::DoNotOptimize(rows.data_ptr<float>());
  }
  count_slots(state, static_cast<std::size_t>(count));
}
BENCHMARK(libtorch)->Arg(200'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace ipet::defence
