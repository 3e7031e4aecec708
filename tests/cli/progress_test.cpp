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

TEST(ProgressDisplay, MarksTheStageThatUsesMostOfTheProcessor) {
  ipet::run::Progress progress;
  progress.passes = 1;
  progress.stages.resize(2);
  progress.stages[0].stage = "reads";
  progress.stages[1].stage = "trains";
  progress.stages[0].cpu_seconds = 5;
  progress.stages[1].cpu_seconds = 1;
  testing::internal::CaptureStderr();
  {
    ipet::cli::ProgressDisplay display(true);
    display.show(progress);
    progress.stages[1].cpu_seconds = 1.2;  // since then the other one alone
    display.show(progress);
  }
  const std::string shown = testing::internal::GetCapturedStderr();
  const std::size_t second = shown.find("pass 1/1", shown.find("pass 1/1") + 1);
  EXPECT_THAT(shown.substr(0, second),
              testing::AllOf(testing::HasSubstr("\n*  reads"), testing::HasSubstr("\n   trains")));
  EXPECT_THAT(shown.substr(second),
              testing::AllOf(testing::HasSubstr("\n   reads"), testing::HasSubstr("\n*  trains")));
}

}  // namespace
