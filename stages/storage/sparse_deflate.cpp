#include "stages/storage/sparse_deflate.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "stages/storage/huffman.hpp"

namespace ipet::storage {

namespace {

constexpr std::uint32_t match_flag = 1U << 31;
constexpr std::uint32_t shortest = 3, longest = 258, farthest = 32'768;  // of matches
constexpr std::uint32_t fewest_nonzeros =
    3;  // of a match: less costs more bits than literals and runs of zeros
constexpr std::size_t hash_bits = 12;
constexpr std::size_t tokens_per_block = 16'384;
constexpr std::size_t literal_codes = 286, distance_codes = 30, end_of_block = 256;

/// A length or a distance: the code, and the bits that follow it.
struct Coded {
  std::uint32_t code, extra;
  unsigned extra_bits;
};

/// RFC 1951 section 3.2.5: lengths come in groups of four per extra bit, and 258 has a code of its own.
Coded coded_length(std::uint32_t length) {
  const std::uint32_t from_three = length - shortest;
  if (length == longest) return {285, 0, 0};
  if (from_three < 8) return {257 + from_three, 0, 0};
  const auto width = static_cast<unsigned>(std::bit_width(from_three));
  const unsigned extra = width - 3;
  return {261 + 4 * extra + ((from_three >> extra) & 3), from_three & ((1U << extra) - 1), extra};
}

/// Distances come in groups of two per extra bit. `from_one`: distance less 1.
Coded coded_distance(std::uint32_t from_one) {
  if (from_one < 4) return {from_one, 0, 0};
  const auto width = static_cast<unsigned>(std::bit_width(from_one));
  const unsigned extra = width - 2;
  return {2 * (width - 1) + ((from_one >> extra) & 1), from_one & ((1U << extra) - 1), extra};
}

std::uint32_t length_of(std::uint32_t token) {
  return ((token >> 16) & 0xff) + shortest;
}
std::uint32_t distance_of(std::uint32_t token) {
  return token & 0x7fff;
}

/// Of the byte at `at` with the next two that are not zero, and their distances: what a match must have in
/// common.
std::size_t hash_of(const SparseBytes& bytes, std::uint32_t at) {
  const std::uint32_t* place = bytes.places.data() + at;
  const std::uint8_t* value = bytes.values.data() + at;
  std::uint64_t word = value[0] | std::uint64_t{value[1]} << 8 | std::uint64_t{value[2]} << 16;
  word |= std::uint64_t{(place[1] - place[0]) & 0xffff} << 24 | std::uint64_t{(place[2] - place[1]) & 0xffff}
                                                                    << 40;
  return static_cast<std::size_t>((word * 0x9E3779B97F4A7C15ULL) >> (64 - hash_bits));
}

constexpr std::array<int, 10> candidates_of_level = {0, 1, 1, 2, 4, 6, 8, 16, 32, 64};

}  // namespace

SparseDeflate::SparseDeflate(int level)
    : candidates_(candidates_of_level.at(static_cast<std::size_t>(level))),
      heads_(std::size_t{1} << hash_bits) {}

void SparseDeflate::compress(const SparseBytes& bytes, std::vector<std::uint8_t>& out) {
  out.assign({0x78, 0x5e});  // a window of 32 KiB, and a check sum of these two bytes
  out_ = &out;
  written_ = out.data() + out.size();
  bit_buffer_ = bit_count_ = 0;
  position_ = at_ = 0;
  tokens_.clear();
  std::fill(heads_.begin(), heads_.end(), 0U);
  next_.assign(bytes.places.size(), 0U);
  const auto count = static_cast<std::uint32_t>(bytes.places.size());
  while (position_ < bytes.size) {
    if (tokens_.size() >= tokens_per_block) write_block(false);
    if (at_ < count && bytes.places[at_] == position_) {
      match_or_literal(bytes);
      continue;
    }
    const std::uint32_t end = at_ < count ? bytes.places[at_] : bytes.size;
    const bool after_zero = position_ > 0 && (at_ == 0 || bytes.places[at_ - 1] != position_ - 1);
    zeros(end - position_, after_zero);
    position_ = end;
  }
  write_block(true);
  finish_stream(bytes);
}

void SparseDeflate::match_or_literal(const SparseBytes& bytes) {
  const Match match = longest_match(bytes, at_);
  const std::uint32_t passed = std::max<std::uint32_t>(match.nonzeros, 1);
  for (std::uint32_t i = 0; i < passed; ++i) remember(bytes, at_ + i);
  if (match.nonzeros == 0) {
    token(bytes.values[at_]);
    ++position_;
  } else {
    repeat(match.length, match.distance);
    position_ += match.length;
  }
  at_ += passed;
}

/// Compares byte by byte and gap by gap, without a look at the zeros between.
SparseDeflate::Match SparseDeflate::longest_match(const SparseBytes& bytes, std::uint32_t at) const {
  const auto count = static_cast<std::uint32_t>(bytes.places.size());
  Match best;
  if (at + fewest_nonzeros > count) return best;
  const std::uint32_t place = bytes.places[at];
  std::uint32_t candidate = heads_[hash_of(bytes, at)];
  for (int tried = 0; candidate != 0 && tried < candidates_; candidate = next_[candidate - 1], ++tried) {
    const std::uint32_t from = candidate - 1, distance = place - bytes.places[from];
    if (distance > farthest) break;
    std::uint32_t same = 0;
    while (at + same < count && bytes.values[at + same] == bytes.values[from + same] &&
           bytes.places[at + same] - bytes.places[from + same] == distance)
      ++same;
    if (same < fewest_nonzeros || same <= best.nonzeros) continue;
    const std::uint32_t end = at + same < count ? bytes.places[at + same] : bytes.size;
    best = {same, std::min(end, bytes.places[from + same] + distance) - place, distance};
  }
  return best;
}

void SparseDeflate::remember(const SparseBytes& bytes, std::uint32_t at) {
  if (at + fewest_nonzeros > bytes.places.size()) return;
  std::uint32_t& head = heads_[hash_of(bytes, at)];
  next_[at] = head;
  head = at + 1;
}

void SparseDeflate::zeros(std::uint32_t count, bool after_zero) {
  if (!after_zero && count > 0) {
    token(0);
    --count;
  }
  if (count >= shortest)
    repeat(count, 1);
  else
    tokens_.insert(tokens_.end(), count, 0U);
}

void SparseDeflate::repeat(std::uint32_t length, std::uint32_t distance) {
  while (length > 0) {
    std::uint32_t step = std::min(length, longest);
    if (length - step > 0 && length - step < shortest) step = length - shortest;
    token(match_flag | (step - shortest) << 16 | (distance - 1));
    length -= step;
  }
}

void SparseDeflate::bits(std::uint64_t value, unsigned count) {
  bit_buffer_ |= value << bit_count_;
  bit_count_ += count;
  if (bit_count_ >= 32) write_bytes(4);
}

/// The first bytes of the buffer.
void SparseDeflate::write_bytes(unsigned count) {
  for (unsigned i = 0; i < count; ++i) written_[i] = static_cast<std::uint8_t>(bit_buffer_ >> (8 * i));
  written_ += count;
  bit_buffer_ >>= 8 * count;
  bit_count_ -= std::min(bit_count_, 8 * count);
}

void SparseDeflate::write_block(bool last) {
  std::array<std::uint32_t, literal_codes> literal_counts{};
  std::array<std::uint32_t, distance_codes> distance_counts{};
  literal_counts[end_of_block] = 1;
  for (const std::uint32_t token : tokens_) {
    if ((token & match_flag) == 0) {
      ++literal_counts[token];
      continue;
    }
    ++literal_counts[coded_length(length_of(token)).code];
    ++distance_counts[coded_distance(distance_of(token)).code];
  }
  std::array<std::uint8_t, literal_codes + distance_codes> lengths;
  std::array<std::uint16_t, literal_codes + distance_codes> codes{};
  const auto literals = std::span(lengths).first(literal_codes),
             distances = std::span(lengths).last(distance_codes);
  code_lengths(literal_counts, 15, literals);
  code_lengths(distance_counts, 15, distances);
  canonical_codes(literals, std::span(codes).first(literal_codes));
  canonical_codes(distances, std::span(codes).last(distance_codes));

  // A token takes 48 bits at most, and the lengths of 316 codes 14 each.
  const std::size_t before = static_cast<std::size_t>(written_ - out_->data());
  out_->resize(before + tokens_.size() * 6 + 1024);
  written_ = out_->data() + before;
  bits(last ? 1 : 0, 1);
  bits(2, 2);  // with Huffman codes of its own
  write_code_lengths(lengths.data(), literal_codes, distance_codes);
  for (const std::uint32_t token : tokens_) {
    if ((token & match_flag) == 0) {
      bits(codes[token], lengths[token]);
      continue;
    }
    const Coded length = coded_length(length_of(token)), distance = coded_distance(distance_of(token));
    bits(codes[length.code], lengths[length.code]);
    bits(length.extra, length.extra_bits);
    bits(codes[literal_codes + distance.code], lengths[literal_codes + distance.code]);
    bits(distance.extra, distance.extra_bits);
  }
  bits(codes[end_of_block], lengths[end_of_block]);
  tokens_.clear();
}

/// RFC 1951 section 3.2.7. Lengths of literals and distances follow each other, runs of one length shortened.
void SparseDeflate::write_code_lengths(const std::uint8_t* lengths, std::size_t literals,
                                       std::size_t distances) {
  struct Run {
    std::uint8_t symbol, extra, extra_bits;
  };
  std::vector<Run> runs;
  std::array<std::uint32_t, 19> counts{};
  const std::size_t total = literals + distances;
  for (std::size_t i = 0; i < total;) {
    std::size_t same = 1;
    while (i + same < total && lengths[i + same] == lengths[i]) ++same;
    const std::uint8_t length = lengths[i];
    i += same;
    if (length > 0) {
      runs.push_back({length, 0, 0});
      --same;
    }
    while (same > 0) {
      const std::size_t most = length > 0 ? 6 : 138, taken = std::min(same, most);
      if (taken < 3)
        runs.insert(runs.end(), taken, {length, 0, 0});
      else if (length > 0)
        runs.push_back({16, static_cast<std::uint8_t>(taken - 3), 2});
      else if (taken <= 10)
        runs.push_back({17, static_cast<std::uint8_t>(taken - 3), 3});
      else
        runs.push_back({18, static_cast<std::uint8_t>(taken - 11), 7});
      same -= taken;
    }
  }
  for (const Run& run : runs) ++counts[run.symbol];
  std::array<std::uint8_t, 19> run_lengths;
  std::array<std::uint16_t, 19> run_codes{};
  code_lengths(counts, 7, run_lengths);
  canonical_codes(run_lengths, run_codes);

  static constexpr std::array<std::uint8_t, 19> order = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                         11, 4,  12, 3, 13, 2, 14, 1, 15};
  bits(literals - 257, 5);
  bits(distances - 1, 5);
  bits(order.size() - 4, 4);
  for (const std::uint8_t symbol : order) bits(run_lengths[symbol], 3);
  for (const Run& run : runs) {
    bits(run_codes[run.symbol], run_lengths[run.symbol]);
    bits(run.extra, run.extra_bits);
  }
}

/// The Adler-32 of all bytes in closed form: byte d at place p of n adds d to the first sum and (n - p) d to
/// the second, and the 1 that the first begins with adds n to the second.
void SparseDeflate::finish_stream(const SparseBytes& bytes) {
  write_bytes((bit_count_ + 7) / 8);
  constexpr std::uint64_t prime = 65'521;
  std::uint64_t first = 1, second = bytes.size % prime;
  for (std::size_t i = 0; i < bytes.places.size(); ++i) {
    first += bytes.values[i];
    second += std::uint64_t{bytes.size - bytes.places[i]} * bytes.values[i] % prime;
  }
  const std::uint64_t sum = second % prime << 16 | first % prime;
  for (int shift = 24; shift >= 0; shift -= 8) *written_++ = static_cast<std::uint8_t>(sum >> shift);
  out_->resize(static_cast<std::size_t>(written_ - out_->data()));
  out_ = nullptr;
  written_ = nullptr;
}

}  // namespace ipet::storage
