#include "stages/generator_training/perturb.hpp"

#include <numeric>
#include <vector>

#include "stages/generator/sampling.hpp"
#include "stages/generator_training/generator_training.hpp"

namespace ipet::generator {

void add_perturbation(const GeneratorSet& set, const Generator& generator, traffic::StreamKey key,
                      std::uint64_t index, std::span<float> window) {
  Latent z;
  draw_latents(key.word(), index, 1, z.data());
  static thread_local std::vector<float> activation;
  activation.resize(window.size());
  activate(dense(generator), z.data(), 1, activation.data());
  add_rows(row_scale(set), true, activation.data(), window.size(), window.data());
}

traffic::StreamKey perturbation_key(std::uint64_t seed, std::size_t chain, std::size_t generation) {
  return traffic::StreamKey(seed).with("perturb training windows").with(chain).with(generation);
}

fingerprint::LabelledWindows perturb(const fingerprint::LabelledWindows& clean, const GeneratorSet& set,
                                     std::size_t chain, std::size_t generation,
                                     std::span<const std::size_t> of_class, traffic::StreamKey key) {
  fingerprint::LabelledWindows defended = clean;
  const Generation& generators = set.chains.at(chain).generations.at(generation);
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const std::size_t device = of_class[clean.label[i]];
    if (device == no_generator) continue;
    add_perturbation(set, generators.devices.at(device), key, i,
                     {defended.features.data() + i * clean.row_size(), clean.row_size()});
  }
  return defended;
}

fingerprint::LabelledWindows perturb(const fingerprint::LabelledWindows& clean, const GeneratorSet& set,
                                     std::size_t chain, std::size_t generation, std::uint64_t seed) {
  std::vector<std::size_t> own(set.devices.size());
  std::iota(own.begin(), own.end(), std::size_t{0});
  return perturb(clean, set, chain, generation, own, perturbation_key(seed, chain, generation));
}

}  // namespace ipet::generator
