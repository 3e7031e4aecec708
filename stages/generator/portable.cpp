#include "stages/generator/portable.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace ipet::generator::portable {
namespace {

/// Two normal numbers from two words: kernel.hpp has the formula.
void normals(std::uint32_t a, std::uint32_t b, float* out) {
  const double radius = std::sqrt(-2 * std::log(((a >> 8) + 1) * 0x1p-24));
  const double f = static_cast<std::int32_t>(b << 2) * 0x1p-32;
  const double angle = std::numbers::pi / 2 * ((b >> 30) + f);
  out[0] = static_cast<float>(radius * std::cos(angle));
  out[1] = static_cast<float>(radius * std::sin(angle));
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
      for (std::size_t j = 0; j < dense.outputs; ++j) out[j] += z[k] * dense.weight[k * dense.outputs + j];
    for (std::size_t j = 0; j < dense.outputs; ++j) out[j] = 1 / (1 + std::exp(-out[j]));
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
      for (std::size_t j = 0; j < outputs; ++j) result[k * outputs + j] += z[k] * of_rows[j];
  }
}

}  // namespace ipet::generator::portable
