#include "stages/storage/huffman.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace ipet::storage {

namespace {

constexpr unsigned longest_code = 64;  // of an unlimited code of 2^32 symbols in all it is 46
using Counts = std::array<std::uint32_t, longest_code + 1>;

/// How many codes of each length Huffman's algorithm gives. `weights` ascend.
Counts unlimited(const std::vector<std::uint64_t>& weights) {
  const std::size_t leaves = weights.size();
  std::vector<std::uint64_t> inner;
  std::vector<std::size_t> parent(2 * leaves - 1);
  std::size_t leaf = 0, node = 0;
  const auto lightest = [&] {
    const bool take_leaf = leaf < leaves && (node == inner.size() || weights[leaf] <= inner[node]);
    return take_leaf ? leaf++ : leaves + node++;
  };
  const auto weight = [&](std::size_t i) { return i < leaves ? weights[i] : inner[i - leaves]; };
  while (inner.size() + 1 < leaves) {
    const std::size_t a = lightest(), b = lightest();
    parent[a] = parent[b] = leaves + inner.size();
    inner.push_back(weight(a) + weight(b));
  }
  std::vector<unsigned> depth(2 * leaves - 1);
  Counts counts{};
  for (std::size_t i = 2 * leaves - 2; i-- > 0;) {
    depth[i] = depth[parent[i]] + 1;
    if (i < leaves) ++counts[depth[i]];
  }
  return counts;
}

/// Shortens codes beyond the limit (ITU-T T.81, figure K.3): two siblings that are too deep give one of them
/// to the parent's place, and the other one becomes the sibling of a code that is shorter.
void shorten(Counts& counts, unsigned limit) {
  for (unsigned length = longest_code; length > limit; --length) {
    while (counts[length] > 0) {
      unsigned shorter = length - 2;
      while (counts[shorter] == 0) --shorter;
      counts[length] -= 2;
      ++counts[length - 1];
      counts[shorter + 1] += 2;
      --counts[shorter];
    }
  }
}

}  // namespace

void code_lengths(std::span<const std::uint32_t> frequencies, unsigned limit,
                  std::span<std::uint8_t> lengths) {
  std::fill(lengths.begin(), lengths.end(), std::uint8_t{0});
  std::vector<std::pair<std::uint64_t, std::size_t>> symbols;
  for (std::size_t i = 0; i < frequencies.size(); ++i)
    if (frequencies[i] > 0) symbols.emplace_back(frequencies[i], i);
  for (std::size_t i = 0; symbols.size() < 2; ++i)
    if (frequencies[i] == 0) symbols.emplace_back(0, i);
  std::sort(symbols.begin(), symbols.end());
  std::vector<std::uint64_t> weights;
  for (const auto& [frequency, symbol] : symbols) weights.push_back(frequency);
  Counts counts = unlimited(weights);
  shorten(counts, limit);
  std::size_t next = 0;
  for (unsigned length = limit; length > 0; --length)
    for (std::uint32_t i = 0; i < counts[length]; ++i)
      lengths[symbols[next++].second] = static_cast<std::uint8_t>(length);
}

void canonical_codes(std::span<const std::uint8_t> lengths, std::span<std::uint16_t> codes) {
  std::array<std::uint32_t, 17> next{};
  for (const std::uint8_t length : lengths)
    if (length > 0) ++next[length + 1U];
  for (unsigned length = 2; length <= 16; ++length) next[length] = (next[length] + next[length - 1]) << 1;
  // next[l] is now the first code of length l, because codes of one length follow those of the shorter ones.
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] == 0) continue;
    std::uint32_t code = next[lengths[i]]++, reversed = 0;
    for (unsigned bit = 0; bit < lengths[i]; ++bit, code >>= 1) reversed = reversed << 1 | (code & 1);
    codes[i] = static_cast<std::uint16_t>(reversed);
  }
}

}  // namespace ipet::storage
