#include "stages/forest/boosting.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

#include <tbb/parallel_for.h>

#include "stages/forest/xgboost.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::forest {
namespace {

using fingerprint::EpochRecord;
using fingerprint::FeatureTable;
using fingerprint::NamedArray;

struct Fit {
  double loss = 0, accuracy = 0;
};

/// `outputs` are probabilities, [row, class]; of two classes that of the second one alone.
Fit judge(const std::vector<float>& outputs, const std::vector<std::uint16_t>& label) {
  Fit fit;
  const std::size_t width = outputs.size() / label.size();
  for (std::size_t i = 0; i < label.size(); ++i) {
    const float* const row = outputs.data() + i * width;
    double of_label = row[0];
    bool right = true;
    if (width == 1) {
      if (label[i] == 0) of_label = 1 - of_label;
      right = of_label >= 0.5;
    } else {
      of_label = row[label[i]];
      right = std::max_element(row, row + width) - row == label[i];
    }
    fit.loss -= std::log(std::max(of_label, 1e-15));
    fit.accuracy += right ? 1 : 0;
  }
  const auto rows = static_cast<double>(label.size());
  return {fit.loss / rows, fit.accuracy / rows};
}

class Boosting {
 public:
  Boosting(const BoostingOptions& options, const FeatureTable& training, const FeatureTable& validation,
           std::size_t classes, std::uint64_t seed)
      : options_(options),
        labels_(training.label),
        validation_labels_(validation.label),
        training_(training.values, training.columns.size()) {
    training_.set_labels(training.label);
    std::vector<const XgMatrix*> all{&training_};
    if (validation.size() > 0) {
      validation_ = std::make_unique<XgMatrix>(validation.values, training.columns.size());
      all.push_back(validation_.get());
    }
    booster_ = std::make_unique<XgBooster>(all);
    const bool two = classes == 2;
    booster_->set("objective", two ? "binary:logistic" : "multi:softprob");
    if (!two) booster_->set("num_class", classes);
    // Each round has random numbers of its own: none left over on the thread by another model.
    booster_->set("seed", traffic::StreamKey(seed).with("boosting").word() & 0x7FFFFFF);
    booster_->set("seed_per_iteration", 1);
    booster_->set("tree_method", "hist");
    booster_->set("max_bin", 128);
    booster_->set("base_score", 0.5);
    booster_->set("max_depth", options.depth);
    booster_->set("learning_rate", options.learning_rate);
    booster_->set("subsample", options.subsample);
    booster_->set("colsample_bytree", options.columns_per_tree);
  }

  EpochRecord round(std::uint32_t number) {
    booster_->update(static_cast<int>(number) - 1, training_);
    const Fit training = judge(booster_->predict(training_, false), labels_);
    EpochRecord record{number, options_.learning_rate, training.loss, training.accuracy, 0, 0};
    if (validation_ != nullptr) {
      const Fit fit = judge(booster_->predict(*validation_, false), validation_labels_);
      record.validation_loss = fit.loss;
      record.validation_accuracy = fit.accuracy;
    }
    return record;
  }
  [[nodiscard]] bool validates() const { return validation_ != nullptr; }
  [[nodiscard]] Trees trees() const { return booster_->trees(); }

 private:
  BoostingOptions options_;
  const std::vector<std::uint16_t>&labels_, &validation_labels_;
  XgMatrix training_;
  std::unique_ptr<XgMatrix> validation_;
  std::unique_ptr<XgBooster> booster_;
};

/// Makes probabilities of sums of leaf values.
void softmax(std::span<float> row) {
  const float most = *std::max_element(row.begin(), row.end());
  float sum = 0;
  for (float& value : row) sum += value = std::exp(value - most);
  for (float& value : row) value /= sum;
}

}  // namespace

std::vector<NamedArray> BoostingFactory::fit(const FeatureTable& training, const FeatureTable& validation,
                                             std::size_t classes, std::uint64_t seed,
                                             std::vector<EpochRecord>& history,
                                             fingerprint::Observer& observer) const {
  if (training.size() == 0) throw std::runtime_error("there are no rows to boost trees on");
  if (classes < 2) return to_arrays({Tree{0, {Node{}}}});
  Boosting boosting(options_, training, validation, classes, seed);
  double best_loss = std::numeric_limits<double>::infinity();
  std::uint32_t best = 0;
  for (std::uint32_t round = 1; round <= options_.rounds; ++round) {
    observer.check();
    history.push_back(boosting.round(round));
    if (!boosting.validates() || history.back().validation_loss < best_loss) {
      best_loss = history.back().validation_loss;
      best = round;
    }
    observer.progress(static_cast<double>(round) / options_.rounds, "round " + std::to_string(round));
    if (round - best >= options_.patience) break;
  }
  Trees trees = boosting.trees();
  const std::size_t outputs = classes == 2 ? 1 : classes;
  trees.resize(best * outputs);
  for (std::size_t t = 0; t < trees.size(); ++t)
    trees[t].of_class = static_cast<std::uint16_t>(classes == 2 ? 1 : t % outputs);
  return to_arrays(trees);
}

std::vector<float> boosted_probabilities(const Trees& trees, std::span<const float> rows, std::size_t columns,
                                         std::size_t classes) {
  std::vector<float> sums(rows.size() / columns * classes);
  add_leaf_values(trees, rows, columns, sums);
  for (std::size_t i = 0; i < sums.size(); i += classes) softmax(std::span(sums).subspan(i, classes));
  return sums;
}

std::vector<float> BoostingFactory::probabilities(const std::vector<NamedArray>& parameters,
                                                  const FeatureTable& rows, std::size_t classes) const {
  const std::size_t columns = rows.columns.size();
  const Trees trees = from_arrays(parameters, columns, classes);
  std::vector<float> result(rows.size() * classes);
  constexpr std::size_t block = 256;
  // A context of its own: cancelled with a loop around it, oneTBB would skip rows without a word.
  tbb::task_group_context context(tbb::task_group_context::isolated);
  tbb::parallel_for(
      std::size_t{0}, (rows.size() + block - 1) / block,
      [&](std::size_t b) {
        const std::size_t first = b * block, count = std::min(block, rows.size() - first);
        const std::vector<float> part = boosted_probabilities(
            trees, std::span(rows.values).subspan(first * columns, count * columns), columns, classes);
        std::copy(part.begin(), part.end(), result.begin() + static_cast<std::ptrdiff_t>(first * classes));
      },
      context);
  return result;
}

}  // namespace ipet::forest
