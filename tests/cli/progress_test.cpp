// When a run that no terminal shows says how far it is.
#include "pipeline/cli/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

TEST(LogTimes, AreFiveSecondsApartAndThirtyAfterAMinute) {
  ipet::cli::LogTimes times;
  std::vector<int> due;  // asked five times a second, as the watcher does
  for (int fifth = 0; fifth <= 5 * 155; ++fifth)
    if (times.due(fifth / 5.0)) due.push_back(fifth / 5);
  EXPECT_THAT(due, testing::ElementsAre(5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 90, 120, 150));
}

}  // namespace
