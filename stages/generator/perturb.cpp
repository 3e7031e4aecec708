#include "stages/generator/sampling.hpp"
#include "stages/generator/training.hpp"

namespace ipet::generator {

fingerprint::LabelledWindows perturb(const fingerprint::LabelledWindows& clean, const GeneratorSet& set,
                                     std::size_t chain, std::size_t generation, std::uint64_t seed) {
  fingerprint::LabelledWindows defended = clean;
  const Generation& generators = set.chains.at(chain).generations.at(generation);
  const traffic::StreamKey key =
      traffic::StreamKey(seed).with("perturb training windows").with(chain).with(generation);
  std::vector<std::uint16_t> row(clean.row_size());
  for (std::size_t i = 0; i < clean.size(); ++i) {
    traffic::Random random(key.with(i));
    evaluate(set, generators.devices.at(clean.label[i]), draw_latent(random), row);
    float* window = defended.features.data() + i * clean.row_size();
    for (std::size_t j = 0; j < row.size(); ++j) window[j] += row[j];
  }
  return defended;
}

}  // namespace ipet::generator
