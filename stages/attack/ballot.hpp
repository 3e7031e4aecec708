// How an attacker puts together what it thinks of several rows of one line. A ballot is a component.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace ipet::attack {

/// Called from several threads at once.
class Ballot {
 public:
  static constexpr std::string_view type_name = "ballot";
  static constexpr int type_version = 1;

  virtual ~Ballot() = default;
  /// From the probabilities [row, class] of the rows of one stretch of time, at least one, a score per class:
  /// the highest wins.
  [[nodiscard]] virtual std::vector<double> count(std::span<const float> probabilities,
                                                  std::size_t classes) const = 0;
};

}  // namespace ipet::attack
