#include "stages/attack/promises.hpp"

#include <stdexcept>

#include "pipeline/text/numbers.hpp"

namespace ipet::attack {

std::vector<float> checked_probabilities(const Classifier& classifier, const Rows& rows, std::size_t classes,
                                         const std::string& attacker) {
  constexpr float rounding = 1e-3F;
  std::vector<float> out = classifier.probabilities(rows);
  const std::string promised = "probabilities() gives [row, class], each row summing to 1";
  if (out.size() != rows.size() * classes)
    throw std::runtime_error(
        text::format("attacker '%s' gave %zu probabilities for %zu rows and %zu classes: %s",
                     attacker.c_str(), out.size(), rows.size(), classes, promised.c_str()));
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!(out[i] >= -rounding && out[i] <= 1 + rounding))
      throw std::runtime_error(text::format("attacker '%s' gave the probability %g (row %zu, class %zu): %s",
                                            attacker.c_str(), static_cast<double>(out[i]), i / classes,
                                            i % classes, promised.c_str()));
  return out;
}

void check_width(const View& view, std::size_t width, std::size_t of_row) {
  if (of_row == width) return;
  throw std::runtime_error(
      text::format("view '%s' gave a row of %zu numbers after one of %zu: rows have a number for "
                   "each of columns()",
                   view.name().c_str(), of_row, width));
}

}  // namespace ipet::attack
