// What all parts of a comparison work on, and what they are at: a variant of a defence under one seed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "stages/comparison/comparison_inputs.hpp"
#include "stages/comparison/observation.hpp"

namespace ipet::comparison {

struct Setting {
  const ComparisonInputs& inputs;
  const ComparisonOptions& options;
  const Lines& lines;
  const defence::Resources& resources;
  fingerprint::Observer& observer;
  std::vector<std::string>& notes;  ///< what the report says beside its scores
};

/// A defence in one strength, or a negative control.
struct Variant {
  enum class Kind : std::uint8_t {
    own,
    matched,          ///< at the overhead of another one
    scaled,           ///< to `intensity`
    permuted_labels,  ///< of what is trained on
    zero_budget,
    dummies_removed  ///< by an oracle
  };
  std::string defence_name;
  Kind kind = Kind::own;
  double intensity = 1;
  std::shared_ptr<const defence::Defence> defence = nullptr;  ///< null: none

  /// As reports have it: "own", "x0.5".
  [[nodiscard]] std::string title() const;
  /// Whether another seed makes another line of it.
  [[nodiscard]] bool is_random() const {
    return defence != nullptr && kind != Kind::dummies_removed && intensity > 0;
  }
};

/// Not to be copied: realisations point at its lines.
struct Round {
  Round(const Setting& at, const Variant& of, std::uint32_t number);
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

  /// "defence chorus, own"
  [[nodiscard]] std::string name() const;
  /// Under the first seed alone: others would say the same.
  void note(const std::string& what) const;
  [[nodiscard]] std::vector<Realisation> realisations(Role role, std::uint32_t repeats) const;
  /// Of a realisation of a test line, which copy of it.
  [[nodiscard]] std::size_t copy_of(std::uint32_t realisation) const;
  /// Random stream of the choice of rows that attackers learn from.
  [[nodiscard]] traffic::StreamKey draws() const;

  const Setting& setting;
  const Variant& variant;
  std::uint32_t seed_number;
  std::uint64_t seed;
  std::vector<WatchedLine> lines;  ///< perhaps shorter than they were
  std::vector<Realisation> training, test;
  ObservationOptions observation;
};

}  // namespace ipet::comparison
