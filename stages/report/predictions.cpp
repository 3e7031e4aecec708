#include "stages/report/predictions.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace ipet::evaluation {

std::size_t Predictions::count() const {
  std::size_t count = 0;
  for (const Answers& of : answers) count += of.size();
  return count;
}

std::size_t Predictions::byte_size() const {
  std::size_t bytes = sizeof *this;
  for (const TestRows& set : rows) bytes += set.size() * (4 + 2 + 8 + 8);
  for (const Answers& of : answers)
    bytes += 4 * of.row.size() + 2 * of.truth.size() + 2 * of.named.size() + 4 * of.probabilities.size();
  return bytes;
}

bool PredictionRecorder::wants_probabilities(std::size_t answers, std::size_t classes) {
  if (keep_ == Keep::probabilities) return true;
  if (keep_ != Keep::automatic || dropped_) return false;
  if (kept_ + answers * classes <= most_) return true;
  dropped_ = true;
  for (Answers& of : all_.answers) of.probabilities = {};
  return false;
}

std::size_t PredictionRecorder::add(TestRows rows) {
  if (!wanted()) return 0;
  const auto same = std::ranges::find(all_.rows, rows);
  if (same != all_.rows.end()) return static_cast<std::size_t>(same - all_.rows.begin());
  all_.rows.push_back(std::move(rows));
  return all_.rows.size() - 1;
}

void PredictionRecorder::add(Answers answers) {
  if (!wanted()) return;
  if (answers.probabilities.size() != 0 && answers.probabilities.size() != answers.size() * answers.classes)
    throw std::logic_error("probabilities of another number of answers");
  kept_ += answers.probabilities.size();
  all_.answers.push_back(std::move(answers));
}

std::shared_ptr<const Predictions> PredictionRecorder::take() {
  if (!wanted()) return nullptr;
  return std::make_shared<const Predictions>(std::move(all_));
}

std::string dropped_text() {
  return "more than " + std::to_string(PredictionRecorder::most_probabilities) +
         " probabilities: of each test row only the named device is stored (predictions = \"probabilities\" "
         "stores them all)";
}

}  // namespace ipet::evaluation
