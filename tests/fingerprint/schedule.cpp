// Learning rate and early stop, with epochs counted by hand.
#include "stages/fingerprint/schedule.hpp"

#include <gtest/gtest.h>

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
