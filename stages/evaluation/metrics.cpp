#include "stages/evaluation/metrics.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace ipet::evaluation {

Score score(std::span<const std::uint16_t> truth, std::span<const std::uint16_t> named, std::size_t classes) {
  if (truth.size() != named.size())
    throw std::invalid_argument("score: there are " + std::to_string(truth.size()) + " windows, but " +
                                std::to_string(named.size()) + " were named");
  Score result;
  result.windows = truth.size();
  result.confusion.resize(classes * classes);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] >= classes || named[i] >= classes)
      throw std::invalid_argument("score: window " + std::to_string(i) + " has a class beyond the " +
                                  std::to_string(classes) + " known ones");
    ++result.confusion[truth[i] * classes + named[i]];
  }
  std::uint64_t hits = 0, most = 0;
  std::size_t present = 0;
  double f1 = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    std::uint64_t of_class = 0, called = 0;
    for (std::size_t other = 0; other < classes; ++other) {
      of_class += result.confusion[c * classes + other];
      called += result.confusion[other * classes + c];
    }
    const std::uint64_t right = result.confusion[c * classes + c];
    hits += right;
    most = std::max(most, of_class);
    result.recall.push_back(of_class == 0 ? std::numeric_limits<double>::quiet_NaN()
                                          : static_cast<double>(right) / static_cast<double>(of_class));
    if (of_class == 0) continue;
    ++present;
    f1 += 2 * static_cast<double>(right) / static_cast<double>(of_class + called);
  }
  if (truth.empty()) return result;
  const auto total = static_cast<double>(truth.size());
  result.accuracy = static_cast<double>(hits) / total;
  result.majority = static_cast<double>(most) / total;
  result.macro_f1 = f1 / static_cast<double>(present);
  return result;
}

}  // namespace ipet::evaluation
