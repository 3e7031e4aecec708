// The arithmetic of perturbation generators, written with Highway: the same for training and prediction. For
// instruction sets see simd/simd.hpp: all give the same bits.
//
// A generator is sigmoid(z weight + bias) times limits: z has latent_size numbers, weight is
// [latent_size, outputs], `outputs` (slots * 4) a multiple of 4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "stages/generator/generator_set.hpp"
#include "stages/generator/perturbation_rows.hpp"

namespace ipet::generator {

/// Weights of one generator.
struct Dense {
  const float* weight = nullptr;  ///< [latent_size, outputs]
  const float* bias = nullptr;    ///< [outputs]
  std::size_t outputs = 0;
};

/// How activations become rows: times `packets` and `bytes`, then make_row of perturbation_rows.hpp.
struct RowScale {
  float packets = 0, bytes = 0;
  RowRule rule;
};

/// Four words that are a function of (key, index, block): Philox4x32-10 (Salmon et al., SC 2011) with the
/// key's halves as its key and (low half of index, high half of index, block, 0) as its counter.
std::array<std::uint32_t, 4> random_words(std::uint64_t key, std::uint64_t index, std::uint32_t block);

/// z ~ N(0, I) of vectors `first` .. `first` + count: [count, latent_size]. A vector is a function of (key,
/// its index) alone, however many are drawn together. From each four words w of blocks 0 .. 4 come four
/// numbers (Box and Muller 1958): for (a, b) = (w0, w1) and (w2, w3), with radius^2 = -2 ln((floor(a / 2^8) +
/// 1) / 2^24) and angle = pi / 2 * (q + f), where q is b's upper two bits and f = (4 b as a signed number) /
/// 2^32, radius * cos(angle) and radius * sin(angle). No number is beyond 5.77 = sqrt(48 ln 2).
void draw_latents(std::uint64_t key, std::uint64_t first, std::size_t count, float* z);

/// sigmoid(z weight + bias) of `count` vectors z: [count, outputs], each in 0 .. 1.
void activate(const Dense& dense, const float* z, std::size_t count, float* out);
/// The rows that `count` vectors z give: activate, times the limits, make_row per slot and direction.
void evaluate(const Dense& dense, const RowScale& scale, const float* z, std::size_t count,
              std::uint16_t* out);

/// Adds what activations (`size` numbers) give to windows: whole rows, or real numbers as they are.
void add_rows(const RowScale& scale, bool whole, const float* activation, std::size_t size, float* windows);
/// Gradients of weight and bias, [latent_size, outputs] and [outputs] one after the other, from the gradient
/// of what add_rows added, `of_rows` [count, outputs], which becomes that of z weight + bias. Whole rows pass
/// gradients on as if they were not rounded.
void gradients(const RowScale& scale, const float* z, const float* activation, std::size_t count,
               std::size_t outputs, float* of_rows, float* result);

}  // namespace ipet::generator
