// Perturbations drawn from generators on demand (ipet.md section 5): a table of any length that is never held
// in memory. Evaluating a generator needs no LibTorch.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/generator/generator_set.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

/// One perturbation: [slot, column] with columns out_packets, out_bytes, in_packets, in_bytes.
/// Rows hold whole numbers within the limits; for "feasible" and "free" rows see rows.hpp.
using PerturbationView = std::span<std::uint16_t>;

struct Perturbations {
  static constexpr std::string_view type_name = "perturbations";
  static constexpr int type_version = 1;

  std::shared_ptr<const generator::GeneratorSet> generators;
  std::uint64_t seed = 0;
  std::uint64_t num_samples = 0;  ///< rows per device that a writer stores
  bool ensemble = true;           ///< per window a random chain and generation; else `chain` and `generation`
  std::uint32_t chain = 0, generation = 0;

  /// Fills `out` (slots * 4 numbers) with sample `index` of a device, as stored by writers.
  /// The random stream is keyed by (seed, device, index).
  void sample(std::size_t device, std::uint64_t index, PerturbationView out) const;
  /// Fills `out` with what the mixer plays in a window. Keyed by (seed, device, capture, day, window), so
  /// that no two days share a sequence.
  void for_window(std::size_t device, std::uint64_t capture, std::int64_t day, std::uint64_t window,
                  PerturbationView out) const;
  /// Index of a device by name; throws std::out_of_range naming the device and those that exist.
  [[nodiscard]] std::size_t device_index(std::string_view name) const;
  /// Whether a device has generators that were trained: it is in the set and had training windows.
  [[nodiscard]] bool covers(std::string_view name) const;

  /// Throws std::runtime_error when the set cannot be sampled (sampling.hpp, check), and std::out_of_range
  /// naming what exists when `chain` or `generation` does not (unless `ensemble`).
  void check() const;

  [[nodiscard]] std::size_t byte_size() const { return sizeof *this; }
  [[nodiscard]] std::size_t item_count() const { return num_samples; }

 private:
  void draw(std::size_t device, traffic::StreamKey key, PerturbationView out) const;
};

}  // namespace ipet::defence
