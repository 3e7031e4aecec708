// Log-probabilities added up: what an attacker who takes the rows of a line for independent concludes.
#pragma once

#include <algorithm>
#include <cmath>

#include "stages/attack/ballot.hpp"

namespace ipet::attack {

class Vote final : public Ballot {
 public:
  /// No single row can rule a class out: probabilities count as at least `floor`.
  explicit Vote(double floor = 1e-6) : floor_(floor) {}

  [[nodiscard]] std::vector<double> count(std::span<const float> probabilities,
                                          std::size_t classes) const override {
    std::vector<double> scores(classes);
    for (std::size_t i = 0; i < probabilities.size(); ++i)
      scores[i % classes] += std::log(std::max<double>(probabilities[i], floor_));
    return scores;
  }

 private:
  double floor_;
};

}  // namespace ipet::attack
