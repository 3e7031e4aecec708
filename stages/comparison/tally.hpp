// Counts answers, and makes scores of them.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "stages/comparison/comparison_inputs.hpp"
#include "stages/report/intervals.hpp"

namespace ipet::comparison {

/// Who attacked what, how.
struct Attack {
  std::string defence, variant;
  Level level = Level::T0;
  std::string attacker, view;
  double seconds = 0;  ///< of traffic behind an answer, 0: the row's

  auto operator<=>(const Attack&) const = default;
};

/// Answers about all test lines under all seeds.
class Tally {
 public:
  /// `unit`: what Answer::day is one of, "days" or "captures".
  Tally(std::size_t classes, std::size_t seeds, std::string unit)
      : classes_(classes), seeds_(seeds), unit_(std::move(unit)) {}

  /// A row or a vote: of which device's line, on which day or capture, and what it was named.
  struct Answer {
    std::uint16_t device = 0;
    std::int64_t day = 0;
    std::uint16_t truth = 0, named = 0;  ///< truth: the device, or "other" where it is held out
    std::uint32_t seed = 0;              ///< number of the run
  };
  void add(const Attack& attack, const Answer& answer);
  /// Which of `scores` is that of an attack that was added.
  [[nodiscard]] std::size_t number_of(const Attack& attack) const { return numbers_.at(attack); }
  /// In the order in which attacks were first added. `classes` are the names.
  [[nodiscard]] std::vector<evaluation::Score> scores(const std::vector<std::string>& classes,
                                                      std::uint64_t seed) const;

 private:
  std::size_t classes_, seeds_;
  std::string unit_;
  std::vector<Attack> order_;
  std::map<Attack, std::size_t> numbers_;  ///< in order_
  std::map<Attack, evaluation::Clusters> clusters_;
};

}  // namespace ipet::comparison
