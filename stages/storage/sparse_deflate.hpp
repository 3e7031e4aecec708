// Deflate of bytes that are mostly zero: features of windows, whose bytes HDF5's shuffle filter has sorted by
// significance. What it makes is an ordinary zlib stream (RFC 1950, 1951). Its time goes with the bytes that
// are not zero; zlib looks at every byte, and took half of the time of an ingest run.
#pragma once

#include <cstdint>
#include <vector>

namespace ipet::storage {

/// A run of bytes, given by those that are not zero.
struct SparseBytes {
  std::uint32_t size = 0;             ///< zeros included; below 2^31
  std::vector<std::uint32_t> places;  ///< of the bytes that are not zero, ascending
  std::vector<std::uint8_t> values;   ///< those bytes
};

/// Reusable: keeps its scratch memory. What it makes does not depend on what it made before.
class SparseDeflate {
 public:
  /// `level`: 1 (fast) to 9 (small).
  explicit SparseDeflate(int level);

  /// Replaces `out` by a zlib stream of the bytes.
  void compress(const SparseBytes& bytes, std::vector<std::uint8_t>& out);

 private:
  /// A stretch of what came before: `nonzeros` of its bytes are not zero.
  struct Match {
    std::uint32_t nonzeros = 0, length = 0, distance = 0;
  };
  void match_or_literal(const SparseBytes& bytes);
  [[nodiscard]] Match longest_match(const SparseBytes& bytes, std::uint32_t at) const;
  void remember(const SparseBytes& bytes, std::uint32_t at);
  void zeros(std::uint32_t count, bool after_zero);
  void repeat(std::uint32_t length, std::uint32_t distance);
  void token(std::uint32_t word) { tokens_.push_back(word); }
  void write_block(bool last);
  void write_code_lengths(const std::uint8_t* lengths, std::size_t literals, std::size_t distances);
  void bits(std::uint64_t value, unsigned count);
  void write_bytes(unsigned count);
  void finish_stream(const SparseBytes& bytes);

  int candidates_;  // looked at for each match
  std::vector<std::uint32_t> heads_,
      next_;                             // chains of like places: positions in SparseBytes::places, plus 1
  std::vector<std::uint32_t> tokens_;    // a byte, or match_flag | (length - 3) << 16 | (distance - 1)
  std::uint32_t position_ = 0, at_ = 0;  // of the next byte, and of the next one that is not zero
  std::vector<std::uint8_t>* out_ = nullptr;
  std::uint8_t* written_ = nullptr;  // end of what stands in *out_
  std::uint64_t bit_buffer_ = 0;
  unsigned bit_count_ = 0;
};

}  // namespace ipet::storage
