// Learning rate and early stop, with epochs counted by hand.
#include <gtest/gtest.h>

#include "stages/model/learning_rate.hpp"

namespace ipet::fingerprint {
namespace {

TEST(PlateauSchedule, FallsAfterFiveEpochsWithoutImprovementThenCoolsDown) {
  PlateauSchedule schedule(1e-3);
  schedule.end_of_epoch(1.0);
  for (int epoch = 0; epoch < 4; ++epoch) schedule.end_of_epoch(1.0);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(), 1e-3);
  schedule.end_of_epoch(1.0);  // the fifth
  EXPECT_DOUBLE_EQ(schedule.learning_rate(), 0.7e-3);
  // Cooldown 3: its last epoch counts already (Keras lowers the counter first), so 2 + 5 epochs.
  for (int epoch = 0; epoch < 6; ++epoch) schedule.end_of_epoch(1.0);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(), 0.7e-3);
  schedule.end_of_epoch(1.0);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(), 0.49e-3);
}

TEST(PlateauSchedule, IgnoresImprovementsBelowTheMinimumDelta) {
  PlateauSchedule schedule(1e-3);
  double loss = 1.0;
  schedule.end_of_epoch(loss);
  for (int epoch = 0; epoch < 5; ++epoch) schedule.end_of_epoch(loss -= 1e-5);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(), 0.7e-3);
}

TEST(PlateauSchedule, StaysWhileTheLossFalls) {
  PlateauSchedule schedule(1e-3);
  for (int epoch = 0; epoch < 50; ++epoch) schedule.end_of_epoch(10.0 - 0.1 * epoch);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(), 1e-3);
}

TEST(PlateauSchedule, NeverFallsBelowItsFloor) {
  PlateauSchedule schedule(2e-9);
  for (int epoch = 0; epoch < 100; ++epoch) schedule.end_of_epoch(1.0);
  EXPECT_DOUBLE_EQ(schedule.learning_rate(), 1e-9);
}

TrainedModel trained(const std::vector<double>& validation_losses, std::uint32_t best_epoch) {
  TrainedModel model;
  model.learning_rate = 1e-3;
  model.best_epoch = best_epoch;
  for (const double loss : validation_losses)
    model.history.push_back({static_cast<std::uint32_t>(model.history.size() + 1), 0.0, 0.0, 0.0, loss, 0.0});
  return model;
}

TEST(ReachedLearningRate, IsThatOfTheEpochBehindTheBestOne) {
  // Five epochs behind the first one bring no improvement, the seventh is the best one.
  const std::vector<double> losses = {1, 2, 2, 2, 2, 2, 0.5, 2, 2, 2, 2, 2, 2, 2};
  EXPECT_DOUBLE_EQ(reached_learning_rate(trained(losses, 7)), 0.7e-3);
  // What came after it was not saved, whatever it did to the learning rate.
  EXPECT_DOUBLE_EQ(reached_learning_rate(trained({losses.begin(), losses.begin() + 7}, 7)), 0.7e-3);
  EXPECT_DOUBLE_EQ(reached_learning_rate(trained(losses, 1)), 1e-3);
}

TEST(ReachedLearningRate, HasFallenWhereTheBestEpochIsTooSmallAnImprovement) {
  // The sixth is the lowest loss, but not by the minimum delta: the schedule lowers the rate, then it is
  // saved.
  EXPECT_DOUBLE_EQ(reached_learning_rate(trained({1, 1, 1, 1, 1, 0.99999}, 6)), 0.7e-3);
}

TEST(ReachedLearningRate, WithoutHistoryIsThatOfTheFirstEpoch) {
  EXPECT_EQ(reached_learning_rate(trained({}, 0)), 1e-3);
}

TEST(EarlyStop, StopsAfterSoManyEpochsWithoutANewLowestLoss) {
  EarlyStop early(3);
  EXPECT_TRUE(early.end_of_epoch(1.0));
  EXPECT_TRUE(early.end_of_epoch(0.999));  // no minimum delta here
  EXPECT_FALSE(early.end_of_epoch(0.999));
  EXPECT_FALSE(early.end_of_epoch(2));
  EXPECT_FALSE(early.stop());
  EXPECT_FALSE(early.end_of_epoch(1.5));
  EXPECT_TRUE(early.stop());
}

}  // namespace
}  // namespace ipet::fingerprint
