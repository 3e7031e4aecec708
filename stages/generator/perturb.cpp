#include "stages/generator/perturb.hpp"

#include <numeric>

#include "stages/generator/sampling.hpp"
#include "stages/generator/training.hpp"

namespace ipet::generator {

fingerprint::LabelledWindows perturb(const fingerprint::LabelledWindows& clean, const GeneratorSet& set,
                                     std::size_t chain, std::size_t generation,
                                     std::span<const std::size_t> of_class, traffic::StreamKey key) {
  fingerprint::LabelledWindows defended = clean;
  const Generation& generators = set.chains.at(chain).generations.at(generation);
  const RowScale scale = row_scale(set);
  std::vector<std::uint16_t> row(clean.row_size());
  Latent z;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const std::size_t device = of_class[clean.label[i]];
    if (device == no_generator) continue;
    draw_latents(key.word(), i, 1, z.data());
    evaluate(dense(generators.devices.at(device)), scale, z.data(), 1, row.data());
    float* window = defended.features.data() + i * clean.row_size();
    for (std::size_t j = 0; j < row.size(); ++j) window[j] += row[j];
  }
  return defended;
}

fingerprint::LabelledWindows perturb(const fingerprint::LabelledWindows& clean, const GeneratorSet& set,
                                     std::size_t chain, std::size_t generation, std::uint64_t seed) {
  std::vector<std::size_t> own(set.devices.size());
  std::iota(own.begin(), own.end(), std::size_t{0});
  return perturb(clean, set, chain, generation, own,
                 traffic::StreamKey(seed).with("perturb training windows").with(chain).with(generation));
}

}  // namespace ipet::generator
