// Log-probabilities added up: what an attacker who takes the rows of a line for independent concludes.
#pragma once

#include <algorithm>
#include <cmath>

#include "stages/attack/ballot.hpp"

namespace ipet::attack {

struct VoteOptions {
  double floor = 1e-6;  ///< probabilities count as at least this, so that no single row rules a class out
};

class Vote final : public Ballot {
 public:
  using Options = VoteOptions;
  explicit Vote(const VoteOptions& options = {}) : floor_(options.floor) {}

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
