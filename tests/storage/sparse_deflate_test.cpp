// Our deflate for bytes that are mostly zero, undone by zlib.
#include "stages/storage/sparse_deflate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include <gtest/gtest.h>
#include <zlib.h>

#include "stages/storage/chunks.hpp"
#include "stages/storage/huffman.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::storage::test {
namespace {

using Bytes = std::vector<std::uint8_t>;

SparseBytes sparse(const Bytes& dense) {
  SparseBytes made;
  made.size = static_cast<std::uint32_t>(dense.size());
  for (std::uint32_t i = 0; i < made.size; ++i) {
    if (dense[i] == 0) continue;
    made.places.push_back(i);
    made.values.push_back(dense[i]);
  }
  return made;
}

/// What zlib makes of the whole stream, checksum and end included.
Bytes inflated(const Bytes& packed, std::size_t size) {
  Bytes out(size + 1);
  uLongf got = out.size(), taken = packed.size();
  const int result = uncompress2(out.data(), &got, packed.data(), &taken);
  EXPECT_EQ(result, Z_OK);
  EXPECT_EQ(taken, packed.size()) << "bytes after the end of the stream";
  out.resize(result == Z_OK ? got : 0);
  return out;
}

Bytes zlib_packed(const Bytes& dense, int level) {
  uLongf size = compressBound(dense.size());
  Bytes out(size);
  compress2(out.data(), &size, dense.data(), dense.size(), level);
  out.resize(size);
  return out;
}

void expect_back(SparseDeflate& deflate, const Bytes& dense) {
  Bytes packed;
  deflate.compress(sparse(dense), packed);
  ASSERT_EQ(inflated(packed, dense.size()), dense);
}

/// Bytes of which a share is not zero, few or many different ones, with stretches that come again.
Bytes random_bytes(traffic::Random& random) {
  Bytes dense(random.below(4) == 0 ? random.below(20) : random.below(200'000));
  const double density = std::exp(random.uniform(std::log(1e-5), 0));
  const std::uint64_t kinds = 1 + random.below(random.below(2) == 0 ? 4 : 255);
  for (std::uint8_t& byte : dense)
    if (random.uniform() < density) byte = static_cast<std::uint8_t>(1 + random.below(kinds));
  for (std::uint64_t i = random.below(300); i > 0 && dense.size() > 1; --i) {
    const std::size_t length = random.below(std::min<std::size_t>(dense.size() / 2, 2000));
    const std::size_t from = random.below(dense.size() - length), to = random.below(dense.size() - length);
    std::copy_n(Bytes(dense).begin() + static_cast<std::ptrdiff_t>(from), length,
                dense.begin() + static_cast<std::ptrdiff_t>(to));
  }
  return dense;
}

TEST(SparseDeflate, of_random_bytes_is_undone_by_zlib_at_every_level) {
  const std::uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  traffic::Random random(seed);
  for (int level = 1; level <= 9; ++level) {
    SparseDeflate deflate(level);
    for (int i = 0; i < 25; ++i) expect_back(deflate, random_bytes(random));
    ASSERT_FALSE(testing::Test::HasFailure()) << "level " << level;
  }
}

TEST(SparseDeflate, of_corner_cases_is_undone_by_zlib) {
  SparseDeflate deflate(4);
  for (const std::size_t size : {0, 1, 2, 3, 4, 257, 258, 259, 260, 261, 262, 32'768, 32'769, 1'000'000}) {
    expect_back(deflate, Bytes(size, 0));
    expect_back(deflate, Bytes(size, 7));
    if (size == 0) continue;
    Bytes one(size, 0);
    one.back() = 255;
    expect_back(deflate, one);
  }
}

/// Three bytes and the same three again: at the farthest distance that Deflate knows, and one beyond.
TEST(SparseDeflate, matches_up_to_32768_bytes_back) {
  SparseDeflate deflate(9);
  for (const std::size_t distance : {32'767, 32'768, 32'769}) {
    Bytes dense(distance + 100, 0);
    for (const std::size_t at : {std::size_t{10}, distance + 10}) {
      dense[at] = 1;
      dense[at + 3] = 2;
      dense[at + 40] = 3;
    }
    expect_back(deflate, dense);
  }
}

TEST(SparseDeflate, does_not_depend_on_what_was_compressed_before) {
  traffic::Random random(5);
  const Bytes dense = random_bytes(random), other = random_bytes(random);
  Bytes first, second;
  SparseDeflate fresh(4), used(4);
  used.compress(sparse(other), second);
  fresh.compress(sparse(dense), first);
  used.compress(sparse(dense), second);
  EXPECT_EQ(first, second);
}

/// Windows of 40 slots in which a device says one of a few things, with one packet of another size.
TEST(SparseDeflate, packs_windows_about_as_well_as_zlib) {
  traffic::Random random(11);
  std::vector<std::vector<SparseElement>> habits(12);
  for (auto& habit : habits)
    for (std::uint32_t slot = 0; slot < 40; slot += 1 + static_cast<std::uint32_t>(random.below(20)))
      habit.push_back({slot * 4 + 1, std::bit_cast<std::uint32_t>(static_cast<float>(random.below(1400)))});
  std::vector<SparseElement> chunk;
  Bytes dense(256 * 160 * 4, 0);
  for (std::uint32_t window = 0; window < 256; ++window) {
    std::vector<SparseElement> row = habits[random.below(habits.size())];
    row.front().bytes = std::bit_cast<std::uint32_t>(static_cast<float>(random.below(1400)));
    for (const SparseElement& element : row) {
      chunk.push_back({window * 160 + element.place, element.bytes});
      for (std::uint32_t byte = 0; byte < 4; ++byte)
        dense[byte * 256 * 160 + window * 160 + element.place] =
            static_cast<std::uint8_t>(element.bytes >> (8 * byte));
    }
  }
  SparseDeflate deflate(4);
  SparseBytes scratch;
  Bytes packed;
  pack_chunk(chunk, 256 * 160, deflate, scratch, packed);
  EXPECT_EQ(inflated(packed, dense.size()), dense);
  EXPECT_LT(packed.size(), zlib_packed(dense, 4).size() * 5 / 4);
}

/// Kraft's sum in units of 2^-15.
std::uint32_t kraft(const std::vector<std::uint8_t>& lengths) {
  std::uint32_t sum = 0;
  for (const std::uint8_t length : lengths)
    if (length > 0) sum += 1U << (15 - length);
  return sum;
}

TEST(CodeLengths, stay_within_the_limit_and_fill_the_code) {
  // Fibonacci numbers give the deepest tree that there is: 23 symbols, 22 bits.
  std::vector<std::uint32_t> frequencies(288, 0);
  for (std::size_t i = 0, a = 1, b = 1; i < 23; ++i, b += std::exchange(a, b))
    frequencies[i * 3] = static_cast<std::uint32_t>(a);
  for (const unsigned limit : {5U, 7U, 15U}) {
    std::vector<std::uint8_t> lengths(288, 99);
    code_lengths(frequencies, limit, lengths);
    EXPECT_EQ(*std::max_element(lengths.begin(), lengths.end()), limit);
    EXPECT_EQ(kraft(lengths), 1U << 15);
    for (std::size_t i = 0; i < lengths.size(); ++i) EXPECT_EQ(lengths[i] > 0, frequencies[i] > 0) << i;
  }
}

/// By hand: a 5, b 2, c 1, d 1 gives 1, 2, 3, 3 bits; the canonical codes are 0, 10, 110, 111.
TEST(CodeLengths, of_a_small_example_are_those_of_huffman) {
  std::vector<std::uint8_t> lengths(4);
  code_lengths(std::vector<std::uint32_t>{5, 2, 1, 1}, 15, lengths);
  EXPECT_EQ(lengths, (std::vector<std::uint8_t>{1, 2, 3, 3}));
  std::vector<std::uint16_t> codes(4);
  canonical_codes(lengths, codes);
  EXPECT_EQ(codes, (std::vector<std::uint16_t>{0b0, 0b01, 0b011, 0b111}));
}

TEST(CodeLengths, of_one_symbol_make_a_second_one) {
  std::vector<std::uint8_t> lengths(5);
  code_lengths(std::vector<std::uint32_t>{0, 0, 9, 0, 0}, 15, lengths);
  EXPECT_EQ(lengths, (std::vector<std::uint8_t>{1, 0, 1, 0, 0}));
}

}  // namespace
}  // namespace ipet::storage::test
