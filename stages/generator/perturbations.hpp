// Perturbations (stages/generator/README.md "Prediction"): drawn from generators on demand, so that a table
// of any length is never held in memory, or read back from a file, where samples are all there is. Evaluating
// a generator needs no LibTorch.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stages/generator/generator_set.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

/// One perturbation: [slot, column] with columns out_packets, out_bytes, in_packets, in_bytes.
/// Rows hold whole numbers within the limits; for "feasible" and "free" rows see perturbation_rows.hpp.
using PerturbationView = std::span<std::uint16_t>;

/// Samples that were stored: all that is needed to mix or to export again without the generators.
struct SampleTable {
  struct Device {
    std::string name;
    bool trained = true;                 ///< by generators that had training windows
    std::vector<std::uint16_t> samples;  ///< [sample, slot, column]
  };
  std::vector<Device> devices;
  std::uint32_t slots = 0;
  double omega = 0;  ///< seconds per slot
};

struct Perturbations {
  static constexpr std::string_view type_name = "perturbations";
  static constexpr int type_version = 1;

  /// One of these two is set.
  std::shared_ptr<const generator::GeneratorSet> generators;
  std::shared_ptr<const SampleTable> table;

  std::uint64_t seed = 0;
  std::uint64_t num_samples = 0;  ///< rows per device that a writer stores; of a table: those it has
  /// The only device that there are perturbations of; "": all devices of the generators.
  std::string device;
  /// What a perturbation is drawn from: with `ensemble` a random chain and generation each time, except that
  /// one which is not negative stays fixed; without it one pair, where negative means 0.
  bool ensemble = true;
  std::int64_t chain = -1, generation = -1;

  /// Fills `out` (slots * 4 numbers per sample) with the samples of a device from `first` on, as stored by
  /// writers: many at once are drawn faster. A sample follows from (seed, device, index) alone: number
  /// `index` of the key's word (generator/kernel.hpp). A table gives its rows.
  void sample(std::size_t device, std::uint64_t first, PerturbationView out) const;
  /// Fills `out` with what the mixer plays in a window. Follows from (seed, device, capture, day, window), so
  /// that no two days share a sequence. A table gives a random row.
  void for_window(std::size_t device, std::uint64_t capture, std::int64_t day, std::uint64_t window,
                  PerturbationView out) const;

  /// The only chain or generation that is drawn from; none where it is drawn anew each time.
  [[nodiscard]] std::optional<std::size_t> fixed_chain() const { return fixed(chain); }
  [[nodiscard]] std::optional<std::size_t> fixed_generation() const { return fixed(generation); }
  [[nodiscard]] std::uint32_t slots() const { return table ? table->slots : generators->slots; }
  [[nodiscard]] double omega() const { return table ? table->omega : generators->omega; }
  /// Names by index, also of those that `device` leaves out.
  [[nodiscard]] std::vector<std::string> devices() const;
  /// Indices of the devices that there are perturbations of, as `device` says: what writers store.
  [[nodiscard]] std::vector<std::size_t> chosen_devices() const;
  /// Index of a device by name; throws std::out_of_range naming the device and those that exist.
  [[nodiscard]] std::size_t device_index(std::string_view name) const;
  /// Whether there are perturbations of a device that were trained: it is in the set, was not left out, and
  /// its generators had training windows.
  [[nodiscard]] bool covers(std::string_view name) const;

  /// Throws std::runtime_error when the set or table cannot be sampled (sampling.hpp, check), and
  /// std::out_of_range naming what exists when `device`, `chain` or `generation` does not.
  void check() const;

  [[nodiscard]] std::size_t byte_size() const;
  [[nodiscard]] std::size_t item_count() const { return num_samples; }

 private:
  [[nodiscard]] std::optional<std::size_t> fixed(std::int64_t position) const {
    if (position >= 0) return static_cast<std::size_t>(position);
    return ensemble ? std::nullopt : std::optional<std::size_t>(0);
  }
  void draw(std::size_t device, traffic::StreamKey key, std::uint64_t first, std::size_t count,
            std::uint16_t* out) const;
  [[nodiscard]] const generator::Generator& choose(std::size_t device, traffic::StreamKey key,
                                                   std::uint64_t index) const;
  void check_table() const;
  void check_choice() const;
};

}  // namespace ipet::defence
