// Perturbations from a generator's plain weights (stages/generator/README.md):
// z ~ N(0, I_20) -> dense -> sigmoid -> times limits -> whole, feasible rows.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "stages/generator/generator_set.hpp"
#include "stages/generator/kernel.hpp"
#include "stages/generator/rows.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::generator {

using Latent = std::array<float, latent_size>;

/// z ~ N(0, I_20), one number after the other. draw_latents (kernel.hpp) draws many at once.
Latent draw_latent(traffic::Random& random);

/// The row rule of a set. Throws std::runtime_error when `rows` is neither "feasible" nor "free".
RowRule row_rule(const GeneratorSet& set);
/// The row rule and the limits.
RowScale row_scale(const GeneratorSet& set);

/// A generator's weights for the kernel. They must outlive what is returned.
Dense dense(const Generator& generator);

/// sigmoid(z weight + bias), [slot, column], each in 0 .. 1. `out` has slots * 4 numbers, as bias has.
void activate(const Generator& generator, const Latent& z, std::span<float> out);

/// The perturbation that a generator gives for z: activate, times the limits, make_row per slot and
/// direction. `out` has set.slots * 4 numbers: out_packets, out_bytes, in_packets, in_bytes per slot.
void evaluate(const GeneratorSet& set, const Generator& generator, const Latent& z,
              std::span<std::uint16_t> out);

/// Throws std::runtime_error that names chain, generation and device when the set cannot be sampled: no chain
/// or generation, weights of the wrong shape or not finite, limits negative or beyond what a row stores
/// (65535).
void check(const GeneratorSet& set);

}  // namespace ipet::generator
