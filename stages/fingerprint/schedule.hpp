// When training slows down and when it stops (stages/fingerprint/README.md "Training").
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "stages/fingerprint/trained_model.hpp"

namespace ipet::fingerprint {

/// Lowers the learning rate when the validation loss no longer falls; semantics of Keras' ReduceLROnPlateau.
class PlateauSchedule {
 public:
  double factor = 0.7, minimum_delta = 1e-4, floor = 1e-9;
  std::uint32_t patience = 5, cooldown = 3;

  explicit PlateauSchedule(double learning_rate) : rate_(learning_rate) {}
  [[nodiscard]] double learning_rate() const { return rate_; }

  void end_of_epoch(double loss) {
    if (cooling_ > 0) {
      --cooling_;
      waited_ = 0;
    }
    if (loss < best_ - minimum_delta) {
      best_ = loss;
      waited_ = 0;
    } else if (cooling_ == 0 && ++waited_ >= patience && rate_ > floor) {
      rate_ = std::max(rate_ * factor, floor);
      cooling_ = cooldown;
      waited_ = 0;
    }
  }

 private:
  double rate_;
  double best_ = std::numeric_limits<double>::infinity();
  std::uint32_t waited_ = 0, cooling_ = 0;
};

/// The learning rate that the optimiser had when the best epoch was saved: what one who goes on with the
/// saved model goes on with. The published training saves a model after the schedule has looked at the epoch
/// (the order of its callbacks), so this is the rate of the next epoch. That of the first one without
/// history.
inline double reached_learning_rate(const TrainedModel& model) {
  PlateauSchedule schedule(model.learning_rate);
  for (const EpochRecord& record : model.history)
    if (record.epoch <= model.best_epoch) schedule.end_of_epoch(record.validation_loss);
  return schedule.learning_rate();
}

/// Stops after `patience` epochs in a row without a new lowest loss.
class EarlyStop {
 public:
  explicit EarlyStop(std::uint32_t patience) : patience_(patience) {}
  /// True when this epoch is the best so far.
  bool end_of_epoch(double loss) {
    ++waited_;
    if (!(loss < best_)) return false;
    best_ = loss;
    waited_ = 0;
    return true;
  }
  [[nodiscard]] bool stop() const { return waited_ >= patience_; }

 private:
  std::uint32_t patience_;
  double best_ = std::numeric_limits<double>::infinity();
  std::uint32_t waited_ = 0;
};

}  // namespace ipet::fingerprint
