// Random streams that depend on what they are for, never on threads or arrival order, and whose numbers are
// the same with every standard library (the distributions of <random> are not).
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace ipet::traffic {

/// SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014): turns related words into unrelated ones.
constexpr std::uint64_t mix(std::uint64_t word) {
  word += 0x9E3779B97F4A7C15ULL;
  word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9ULL;
  word = (word ^ (word >> 27)) * 0x94D049BB133111EBULL;
  return word ^ (word >> 31);
}

/// Builds a stream's key: `StreamKey(seed).with("mixer").with(device).with(day)`.
class StreamKey {
 public:
  explicit constexpr StreamKey(std::uint64_t seed) : word_(mix(seed)) {}
  [[nodiscard]] constexpr StreamKey with(std::uint64_t part) const { return StreamKey(word_ ^ mix(part), 0); }
  [[nodiscard]] constexpr StreamKey with(std::string_view part) const {
    std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
    for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return with(hash);
  }
  [[nodiscard]] constexpr std::uint64_t word() const { return word_; }

 private:
  constexpr StreamKey(std::uint64_t word, int) : word_(mix(word)) {}
  std::uint64_t word_;
};

/// xoshiro256** (Blackman and Vigna, 2021), seeded from a stream key.
class Random {
 public:
  explicit Random(StreamKey key) {
    std::uint64_t word = key.word();
    for (std::uint64_t& s : state_) s = word = mix(word);
  }
  explicit Random(std::uint64_t seed) : Random(StreamKey(seed)) {}

  std::uint64_t bits() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  /// A number in [0, 1), of 53 bits.
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// A number in [0, bound), without bias; bound > 0.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    std::uint64_t word = bits();
    while (word < threshold) word = bits();
    return word % bound;
  }
  /// Standard normal (Box-Muller).
  double normal() {
    if (have_spare_) {
      have_spare_ = false;
      return spare_;
    }
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    const double angle = 2 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    have_spare_ = true;
    return radius * std::cos(angle);
  }
  double exponential(double mean) { return -mean * std::log(1 - uniform()); }

 private:
  static constexpr std::uint64_t rotate(std::uint64_t word, int by) {
    return (word << by) | (word >> (64 - by));
  }
  std::uint64_t state_[4];
  double spare_ = 0;
  bool have_spare_ = false;
};

}  // namespace ipet::traffic
