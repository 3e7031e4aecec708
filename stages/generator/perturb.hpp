// Windows with perturbations added, as published: on windows, before any packet is sent. No LibTorch here.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include "stages/fingerprint/dataset.hpp"
#include "stages/generator/generator_set.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::generator {

/// Stands in place of a generator: the windows of this class stay as they are.
inline constexpr std::size_t no_generator = std::numeric_limits<std::size_t>::max();

/// `clean` with perturbations of one generation added: window i gets one from the generator `of_class[label]`
/// (a position in `set.devices`, or no_generator) and z number i of the key's word (draw_latents). Give
/// training and test windows different keys, or they share their perturbations.
fingerprint::LabelledWindows perturb(const fingerprint::LabelledWindows& clean, const GeneratorSet& set,
                                     std::size_t chain, std::size_t generation,
                                     std::span<const std::size_t> of_class, traffic::StreamKey key);

/// Key of the perturbations that training windows get in a generation.
traffic::StreamKey perturbation_key(std::uint64_t seed, std::size_t chain, std::size_t generation);
/// Adds the perturbation of z number `index` of the key's word to a window, [slot, column].
void add_perturbation(const GeneratorSet& set, const Generator& generator, traffic::StreamKey key,
                      std::uint64_t index, std::span<float> window);

}  // namespace ipet::generator
