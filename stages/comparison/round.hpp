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
  [[nodiscard]] std::vector<Realisation> realisations(Role role, std::uint32_t repeats) const;
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

/// What a report says beside its scores.
class Notes {
 public:
  void add(std::string text) { texts_.push_back(std::move(text)); }
  /// Under the first seed alone: others would say the same.
  void add(const Round& round, const std::string& what) {
    if (round.seed_number == 0) add(round.name() + ": " + what);
  }
  /// Once for all variants: shares differ, but not that it is so.
  void add_once(const Round& round, const std::string& what);
  [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::vector<std::string> texts_;
};

}  // namespace ipet::comparison
