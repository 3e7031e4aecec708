// The attackers of a comparison: what they look at, how much of it is worth to keep, and their training.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "stages/comparison/round.hpp"

namespace ipet::comparison {

/// [attacker]; null where it saw nothing to learn from.
using Classifiers = std::vector<std::unique_ptr<const attack::Classifier>>;

class Training {
 public:
  explicit Training(const Setting& setting);

  [[nodiscard]] const std::vector<const attack::View*>& views() const { return views_; }
  /// Of rows by view, those that an attacker sees.
  [[nodiscard]] const attack::Rows& seen_by(std::size_t attacker,
                                            const std::vector<attack::Rows>& rows) const {
    return rows[view_of_[attacker]];
  }
  /// Lenses for `repeats` realisations of each line, of which the greediest attacker takes what it would of
  /// all.
  [[nodiscard]] std::vector<Lens> lenses(std::uint32_t repeats) const;
  [[nodiscard]] std::vector<Lens> test_lenses() const;

  /// Trains on the rows of the first `repeats` realisations of each line, of each class as many as an
  /// attacker realisations of `worth` realisations. `left_out`: [class] not to be known; empty: none.
  [[nodiscard]] Classifiers train(const Round& round, const std::vector<attack::Rows>& rows,
                                  std::uint32_t repeats, std::uint32_t worth,
                                  const std::vector<bool>& left_out = {}) const;

 private:
  const Setting& at_;
  std::vector<const attack::View*> views_;  ///< different ones
  std::vector<std::size_t> view_of_;        ///< [attacker] in views_
};

}  // namespace ipet::comparison
