#include "stages/report/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace ipet::evaluation {

Measures measure(std::span<const double> confusion, std::size_t classes) {
  if (confusion.size() != classes * classes)
    throw std::invalid_argument("measure: " + std::to_string(confusion.size()) + " counts are no matrix of " +
                                std::to_string(classes) + " classes");
  Measures result;
  double total = 0, hits = 0, most = 0, f1 = 0, recall = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    double of_class = 0, called = 0;
    for (std::size_t other = 0; other < classes; ++other) {
      of_class += confusion[c * classes + other];
      called += confusion[other * classes + c];
    }
    if (of_class == 0) continue;
    const double right = confusion[c * classes + c];
    total += of_class;
    hits += right;
    most = std::max(most, of_class);
    recall += right / of_class;
    f1 += 2 * right / (of_class + called);
    ++result.present;
  }
  if (result.present == 0) return result;
  result.accuracy = hits / total;
  result.majority = most / total;
  result.macro_f1 = f1 / static_cast<double>(result.present);
  result.balanced_accuracy = recall / static_cast<double>(result.present);
  return result;
}

Score score(std::span<const std::uint64_t> confusion, std::size_t classes) {
  const std::vector<double> counts(confusion.begin(), confusion.end());
  const Measures measures = measure(counts, classes);
  Score result;
  result.confusion.assign(confusion.begin(), confusion.end());
  result.accuracy = measures.accuracy;
  result.macro_f1 = measures.macro_f1;
  result.balanced_accuracy = measures.balanced_accuracy;
  result.majority = measures.majority;
  result.chance = measures.present == 0 ? 0 : 1 / static_cast<double>(measures.present);
  for (std::size_t c = 0; c < classes; ++c) {
    std::uint64_t of_class = 0;
    for (std::size_t other = 0; other < classes; ++other) of_class += confusion[c * classes + other];
    result.windows += of_class;
    const double recall =
        of_class == 0 ? std::numeric_limits<double>::quiet_NaN()
                      : static_cast<double>(confusion[c * classes + c]) / static_cast<double>(of_class);
    result.recall.push_back(recall);
    if (recall > result.highest_recall) result.highest_recall = recall;
  }
  return result;
}

Score score(std::span<const std::uint16_t> truth, std::span<const std::uint16_t> named, std::size_t classes) {
  if (truth.size() != named.size())
    throw std::invalid_argument("score: there are " + std::to_string(truth.size()) + " windows, but " +
                                std::to_string(named.size()) + " were named");
  std::vector<std::uint64_t> confusion(classes * classes);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] >= classes || named[i] >= classes)
      throw std::invalid_argument("score: window " + std::to_string(i) + " has a class beyond the " +
                                  std::to_string(classes) + " known ones");
    ++confusion[truth[i] * classes + named[i]];
  }
  return score(confusion, classes);
}

void name_highest_recall(Score& score, std::span<const std::string> devices) {
  if (devices.size() != score.recall.size())
    throw std::invalid_argument("score: " + std::to_string(score.recall.size()) + " classes, but " +
                                std::to_string(devices.size()) + " names of devices");
  score.highest_recall_device.clear();
  score.highest_recall = 0;
  for (std::size_t c = 0; c < devices.size(); ++c) {
    if (std::isnan(score.recall[c])) continue;
    if (!score.highest_recall_device.empty() && score.recall[c] <= score.highest_recall) continue;
    score.highest_recall_device = devices[c];
    score.highest_recall = score.recall[c];
  }
}

}  // namespace ipet::evaluation
