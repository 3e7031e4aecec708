// Games as CSV files.
#include <fstream>

#include <gmock/gmock.h>

#include "stages/interchange/csv_writer.hpp"
#include "tests/evaluation/detection_samples.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::interchange {
namespace {

std::vector<std::string> game_lines(const evaluation::DetectionReport& report, EvaluationTable which) {
  const storage::test::Folder folder;
  CsvOptions options;
  options.evaluation = which;
  CsvWriter writer(folder / "x.csv", options);
  writer.add(report, "game");
  writer.commit(false);
  std::vector<std::string> lines;
  std::ifstream in(folder / "x.csv");
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(CsvGame, has_a_row_per_detector_with_what_its_defence_costs) {
  evaluation::DetectionReport report = evaluation::samples::game();
  report.point = {{"seed", std::int64_t{7}}};
  report.costs[1].percent = 12.5;
  report.costs[1].wire_bytes_per_second = 64;
  const std::vector<std::string> lines = game_lines(report, EvaluationTable::scores);
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(
      lines[0],
      "sweep_seed,stage,game,defence,variant,level,attacker,view,target,seconds,moments,positives,base_"
      "rate,average_precision,average_precision_low,average_precision_high,average_precision_lowest_day,"
      "average_precision_highest_day,area_under_curve,area_under_curve_low,area_under_curve_high,area_"
      "under_curve_lowest_day,area_under_curve_highest_day,draws,judged,lines,intensity,payload_bytes_"
      "per_second,highest_payload_bytes_per_second,wire_bytes_per_second,overhead_percent,peak_second_"
      "bytes,over_budget_devices,delay_p50_seconds,delay_p95_seconds,delay_p99_seconds,delay_most_"
      "seconds,unsent_bytes,misdirected_bytes");
  EXPECT_EQ(lines[4],
            "7,game,activity,decoys,own,T2,boost 1 min,aggregates of 1 min,cam,60,2880,18,0.00625,0.25,0.125,"
            "0.25,0.0625,0.25,0.75,,,,,20,1,2,1,80,120,64,12.5,12345,0,0,0,0,0,0,0");
  EXPECT_THAT(lines[2], testing::HasSubstr(",lock,60,2880,2,"));
  EXPECT_THAT(lines[2], testing::HasSubstr(",20,0,2,"));
}

TEST(CsvGame, gives_what_went_over_each_line_when_asked_for_overhead) {
  const std::vector<std::string> lines = game_lines(evaluation::samples::game(), EvaluationTable::overhead);
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_THAT(lines[0], testing::StartsWith("stage,defence,variant,device,seconds,user_out_packets,"));
  EXPECT_THAT(lines[3], testing::StartsWith("game,decoys,own,bulb,100,10,2000,2420,"));
}

TEST(CsvGame, keeps_no_single_answers) {
  const std::string error =
      storage::test::error_of([] { game_lines(evaluation::samples::game(), EvaluationTable::predictions); });
  EXPECT_THAT(error, testing::EndsWith("/x.csv: a game keeps no single answers; take table = \"scores\" or "
                                       "\"overhead\""));
}

}  // namespace
}  // namespace ipet::interchange
