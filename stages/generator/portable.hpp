// kernel.hpp in plain C++, for processors without vectors: the same bits.
#pragma once

#include "stages/generator/kernel.hpp"

namespace ipet::generator::portable {

void DrawLatents(std::uint64_t key, std::uint64_t first, std::size_t count, float* z);
void Activate(const Dense& dense, const float* z, std::size_t count, float* out);
void Evaluate(const Dense& dense, const RowScale& scale, const float* z, std::size_t count,
              std::uint16_t* out);
void AddRows(const RowScale& scale, bool whole, const float* activation, std::size_t size, float* windows);
void Gradients(const RowScale& scale, const float* z, const float* activation, std::size_t count,
               std::size_t outputs, float* of_rows, float* result);

}  // namespace ipet::generator::portable
