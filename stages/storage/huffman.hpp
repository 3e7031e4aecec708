// Huffman codes as Deflate has them (RFC 1951, section 3.2.2).
#pragma once

#include <cstdint>
#include <span>

namespace ipet::storage {

/// Lengths of a prefix code for symbols of these frequencies; none longer than `limit`, 0 for symbols that do
/// not occur. There are always two codes at least, since decoders differ on fewer. At most 288 symbols, and
/// at most 2^`limit` of them.
void code_lengths(std::span<const std::uint32_t> frequencies, unsigned limit,
                  std::span<std::uint8_t> lengths);

/// The canonical codes of these lengths, the first bit of a code in the lowest bit.
void canonical_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes);

}  // namespace ipet::storage
