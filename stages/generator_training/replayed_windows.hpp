// What a discriminator learns from in staged training. No LibTorch here.
#pragma once

#include <optional>
#include <vector>

#include "stages/dataset/dataset.hpp"
#include "stages/generator/generator_set.hpp"

namespace ipet::generator {

/// Windows as they are and with the perturbations of generations of a chain, one set after the other. What is
/// added is computed again whenever it is asked for, so that memory does not grow with the generations: two
/// bytes a window, for its label.
class ReplayedWindows final : public fingerprint::Dataset {
 public:
  /// Both must outlive this. Perturbations are those of perturb(clean, set, chain, generation, seed).
  ReplayedWindows(const fingerprint::LabelledWindows& clean, const GeneratorSet& set, std::size_t chain,
                  std::uint64_t seed);

  void add_clean() { add(std::nullopt); }
  void add_generation(std::size_t generation) { add(generation); }
  void clear();

  [[nodiscard]] float silence_of(std::size_t i) const override { return clean_.silence[i % clean_.size()]; }
  [[nodiscard]] bool in_memory() const override { return false; }
  [[nodiscard]] bool random_access() const override { return true; }
  [[nodiscard]] const float* window(std::size_t i) const override;
  void read(std::size_t first, std::size_t count, float* out) const override;

 private:
  void add(std::optional<std::size_t> generation);

  const fingerprint::LabelledWindows& clean_;
  const GeneratorSet& set_;
  std::size_t chain_;
  std::uint64_t seed_;
  std::vector<std::optional<std::size_t>> parts_;  ///< none: clean
};

}  // namespace ipet::generator
