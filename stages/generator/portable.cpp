#include "stages/generator/portable.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "stages/simd/one_rounding.hpp"

namespace ipet::generator::portable {
namespace {

using simd::multiply_add;

// Step by step what kernel.cpp does, so that the bits are the same.

constexpr float to_whole = 12582912.0F;
constexpr float ln_2_begin = 0.693359375F, ln_2_rest = -2.12194440e-4F;

float logarithm(float x) {
  const auto bits = std::bit_cast<std::int32_t>(x);
  const std::int32_t n = (bits - 0x3F3504F3) >> 23;
  const auto m = std::bit_cast<float>(bits - n * (1 << 23));
  const float s = (m - 1) / (m + 1), y = s * s;
  float sum = 2.0F / 9;
  for (const float next : {2.0F / 7, 2.0F / 5, 2.0F / 3, 2.0F}) sum = multiply_add(sum, y, next);
  const auto power = static_cast<float>(n);
  return multiply_add(power, ln_2_begin, multiply_add(power, ln_2_rest, s * sum));
}

/// Of pi/2 f.
void sine_cosine(float f, float& sine, float& cosine) {
  const float x = f * 1.57079633F, y = x * x;
  float s = 1.0F / 362880, c = 1.0F / 40320;
  for (const float next : {-1.0F / 5040, 1.0F / 120, -1.0F / 6, 1.0F}) s = multiply_add(s, y, next);
  for (const float next : {-1.0F / 720, 1.0F / 24, -0.5F, 1.0F}) c = multiply_add(c, y, next);
  sine = s * x;
  cosine = c;
}

/// Two normal numbers from two words: kernel.hpp has the formula.
void normals(std::uint32_t a, std::uint32_t b, float* out) {
  const float share = static_cast<float>((a >> 8) + 1) * 0x1p-24F;
  const float radius = std::sqrt(std::max(logarithm(share) * -2.0F, 0.0F));
  float sine = 0, cosine = 0;
  sine_cosine(static_cast<float>(static_cast<std::int32_t>(b << 2)) * 0x1p-32F, sine, cosine);
  const bool odd = (b >> 30) % 2 == 1, half = b >> 31 == 1;
  if (odd) std::swap(sine, cosine);
  out[0] = radius * (odd != half ? -cosine : cosine);
  out[1] = radius * (half ? -sine : sine);
}

float sigmoid(float x) {
  const float y = std::min(std::max(-x, -87.0F), 87.0F);
  const float shifted = multiply_add(y, 1.44269504F, to_whole), n = shifted - to_whole;
  const float r = multiply_add(-n, ln_2_rest, multiply_add(-n, ln_2_begin, y));
  float sum = 1.0F / 5040;
  for (const float next : {1.0F / 720, 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F})
    sum = multiply_add(sum, r, next);
  const auto e =
      std::bit_cast<float>(std::bit_cast<std::uint32_t>(sum) + (std::bit_cast<std::uint32_t>(shifted) << 23));
  return 1 / (1 + e);
}

Row row_of(const RowScale& scale, const float* activation) {
  return make_row(activation[0] * scale.packets, activation[1] * scale.bytes, scale.rule);
}

}  // namespace

void DrawLatents(std::uint64_t key, std::uint64_t first, std::size_t count, float* z) {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::uint32_t block = 0; block < latent_size / 4; ++block, z += 4) {
      const auto words = random_words(key, first + i, block);
      normals(words[0], words[1], z);
      normals(words[2], words[3], z + 2);
    }
  }
}

void Activate(const Dense& dense, const float* z, std::size_t count, float* out) {
  for (std::size_t i = 0; i < count; ++i, z += latent_size, out += dense.outputs) {
    std::copy_n(dense.bias, dense.outputs, out);
    for (std::size_t k = 0; k < latent_size; ++k)
      for (std::size_t j = 0; j < dense.outputs; ++j)
        out[j] = multiply_add(z[k], dense.weight[k * dense.outputs + j], out[j]);
    for (std::size_t j = 0; j < dense.outputs; ++j) out[j] = sigmoid(out[j]);
  }
}

void Evaluate(const Dense& dense, const RowScale& scale, const float* z, std::size_t count,
              std::uint16_t* out) {
  std::vector<float> activation(dense.outputs);
  for (std::size_t i = 0; i < count; ++i, z += latent_size, out += dense.outputs) {
    Activate(dense, z, 1, activation.data());
    for (std::size_t j = 0; j < dense.outputs; j += 2) {
      const Row row = row_of(scale, activation.data() + j);
      out[j] = row.packets;
      out[j + 1] = row.bytes;
    }
  }
}

void AddRows(const RowScale& scale, bool whole, const float* activation, std::size_t size, float* windows) {
  for (std::size_t j = 0; j < size; j += 2) {
    const Row row = row_of(scale, activation + j);
    windows[j] += whole ? row.packets : activation[j] * scale.packets;
    windows[j + 1] += whole ? row.bytes : activation[j + 1] * scale.bytes;
  }
}

void Gradients(const RowScale& scale, const float* z, const float* activation, std::size_t count,
               std::size_t outputs, float* of_rows, float* result) {
  std::fill_n(result, (latent_size + 1) * outputs, 0.0F);
  float* of_bias = result + latent_size * outputs;
  for (std::size_t n = 0; n < count; ++n, z += latent_size, activation += outputs, of_rows += outputs) {
    for (std::size_t j = 0; j < outputs; ++j) {
      of_rows[j] *= (j % 2 == 0 ? scale.packets : scale.bytes) * (activation[j] * (1 - activation[j]));
      of_bias[j] += of_rows[j];
    }
    for (std::size_t k = 0; k < latent_size; ++k)
      for (std::size_t j = 0; j < outputs; ++j)
        result[k * outputs + j] = multiply_add(z[k], of_rows[j], result[k * outputs + j]);
  }
}

}  // namespace ipet::generator::portable
