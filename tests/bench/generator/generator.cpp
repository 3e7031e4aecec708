// Generator training of one stage against the published `lstm` discriminator: ours, all devices at once, and
// plain LibTorch modules, one device after the other (tests/generator/plain_torch.hpp; the same results:
// tests/generator/plain_torch_test.cpp). Counted are steps: one batch of one device's windows.
#include <algorithm>
#include <map>

#include <benchmark/benchmark.h>
#include <tbb/global_control.h>
#include <torch/optim/adam.h>

#include "stages/fingerprint/discriminator_training.hpp"
#include "stages/fingerprint/lstm.hpp"
#include "stages/fingerprint/network.hpp"
#include "stages/generator_training/generator_training.hpp"
#include "tests/fingerprint/toy_windows.hpp"
#include "tests/generator/plain_torch.hpp"

namespace ipet::generator {
namespace {

constexpr std::size_t slots = 40;

struct Home {
  fingerprint::LabelledWindows windows;
  fingerprint::TrainedModel discriminator;
};

const Home& home(std::size_t devices, std::size_t per_device) {
  static std::map<std::pair<std::size_t, std::size_t>, Home> homes;
  Home& made = homes[{devices, per_device}];
  if (made.windows.size() > 0) return made;
  made.windows = toy::windows(devices, per_device, slots, 1);
  fingerprint::Observer quiet;
  fingerprint::DiscriminatorTrainingOptions options;
  options.epochs = 1;
  const auto few = toy::windows(devices, 8, slots, 2);
  made.discriminator =
      fingerprint::train(std::make_shared<const fingerprint::LstmFactory>(fingerprint::LstmOptions{}), few,
                         few, toy::names(devices), options, quiet);
  made.discriminator.model = "lstm";
  made.discriminator.omega = 0.1;
  return made;
}

/// One stage of our defaults but for the discriminator's own training, which the peer does not do either.
GeneratorTrainingOptions one_stage(std::size_t batch, std::uint32_t epochs) {
  GeneratorTrainingOptions options;
  options.training_stages = 1;
  options.generator_batch = static_cast<std::uint32_t>(batch);
  options.generator_epochs = {epochs};
  options.generator_min_steps = options.discriminator_min_steps = 0;
  options.discriminator_epochs.assign(1, 0);
  return options;
}

std::size_t steps_of(std::size_t windows, std::size_t batch, std::size_t epochs) {
  return (windows + batch - 1) / batch * epochs;
}

/// Arguments: threads, devices, windows per device, batch, epochs, chains.
void ours(benchmark::State& state) {
  const auto argument = [&](int i) { return static_cast<std::size_t>(state.range(i)); };
  const std::size_t devices = argument(1), per_device = argument(2), batch = argument(3),
                    epochs = argument(4), chains = argument(5);
  const Home& of = home(devices, per_device);
  GeneratorTrainingOptions options = one_stage(batch, static_cast<std::uint32_t>(epochs));
  options.chains = static_cast<std::uint32_t>(chains);
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, argument(0));
  fingerprint::Observer quiet;
  for (auto _ : state)
    benchmark::DoNotOptimize(train_generators(of.discriminator, of.windows, options, quiet));
  state.SetItemsProcessed(static_cast<std::int64_t>(static_cast<std::size_t>(state.iterations()) * chains *
                                                    devices * steps_of(per_device, batch, epochs)));
}
BENCHMARK(ours)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Args({1, 25, 400, 128, 3, 1})
    ->Args({2, 25, 400, 128, 3, 1})
    ->Args({1, 25, 400, 32, 1, 1})
    ->Args({2, 25, 400, 32, 1, 1});
// Cost against work, on all cores.
BENCHMARK(ours)
    ->Name("devices")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Args({2, 5, 400, 128, 3, 1})
    ->Args({2, 10, 400, 128, 3, 1})
    ->Args({2, 20, 400, 128, 3, 1})
    ->Args({2, 40, 400, 128, 3, 1});
BENCHMARK(ours)
    ->Name("chains")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Args({2, 8, 400, 128, 3, 1})
    ->Args({2, 8, 400, 128, 3, 2})
    ->Args({2, 8, 400, 128, 3, 4})
    ->Args({2, 8, 400, 128, 3, 8});
BENCHMARK(ours)
    ->Name("windows")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Args({2, 8, 384, 128, 3, 1})
    ->Args({2, 8, 768, 128, 3, 1})
    ->Args({2, 8, 1536, 128, 3, 1})
    ->Args({2, 8, 3072, 128, 3, 1});

/// Arguments: devices that are trained (of 25), windows per device, batch, epochs.
void plain_libtorch(benchmark::State& state) {
  const auto argument = [&](int i) { return static_cast<std::size_t>(state.range(i)); };
  const std::size_t devices = argument(0), per_device = argument(1), batch = argument(2),
                    epochs = argument(3);
  fingerprint::use_one_torch_thread();
  const Home& of = home(25, per_device);
  const GeneratorTrainingOptions options = one_stage(batch, static_cast<std::uint32_t>(epochs));
  plain::Discriminator discriminator(of.discriminator, 8, 0.2);
  std::vector<plain::Windows> windows;
  for (std::size_t d = 0; d < devices; ++d) {
    std::vector<std::uint32_t> own;
    for (std::size_t i = d; i < of.windows.size(); i += 25) own.push_back(static_cast<std::uint32_t>(i));
    windows.emplace_back(of.windows, own);
  }
  const auto count = static_cast<std::int64_t>(per_device);
  const auto order = [&](std::uint32_t) {
    const torch::Tensor drawn = torch::randperm(count, torch::kInt64);
    return std::vector<std::int64_t>(drawn.data_ptr<std::int64_t>(), drawn.data_ptr<std::int64_t>() + count);
  };
  const auto latents = [&](std::uint32_t) {
    return torch::randn({count, static_cast<std::int64_t>(latent_size)});
  };
  for (auto _ : state) {
    for (const plain::Windows& own : windows) {
      torch::nn::Linear linear(static_cast<std::int64_t>(latent_size), static_cast<std::int64_t>(slots * 4));
      torch::optim::Adam adam(linear->parameters(),
                              torch::optim::AdamOptions(options.generator_learning_rate).eps(1e-7));
      benchmark::DoNotOptimize(
          plain::train(linear, discriminator, own,
                       {options, static_cast<std::uint32_t>(epochs), latents, order, [&] { adam.step(); }}));
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(static_cast<std::size_t>(state.iterations()) * devices *
                                                    steps_of(per_device, batch, epochs)));
}
BENCHMARK(plain_libtorch)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond)
    ->Args({2, 400, 128, 3})
    ->Args({2, 400, 32, 1});

}  // namespace
}  // namespace ipet::generator
