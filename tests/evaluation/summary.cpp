// What a comparison comes to, and its table.
#include "stages/report/summary.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/report/intervals.hpp"
#include "stages/report/result_rows.hpp"
#include "tests/evaluation/comparison_samples.hpp"

namespace ipet::evaluation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

TEST(Summary, NamesTheStrongestAttackerOfEachLevel) {
  const EvaluationReport report = samples::comparison();
  const std::vector<Summary> found = summaries(report);
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0].defence, "none");
  ASSERT_EQ(found[0].strongest.size(), 2U);
  EXPECT_EQ(found[0].at("T2")->attacker, "boost 15 min");
  EXPECT_EQ(found[1].at("T2")->attacker, "lstm");
  EXPECT_EQ(found[1].at("T4"), nullptr);
  EXPECT_EQ(found[2].variant, "x0.5");
  EXPECT_EQ(found[2].cost, &report.costs[2]);
  EXPECT_THAT(levels_of(report), ElementsAre("T0", "T2"));
}

/// Two views of chorus at T2: all three devices (guessing 1/3), and two of them (guessing 1/2).
EvaluationReport views_of_different_devices() {
  EvaluationReport report = samples::comparison();
  report.scores[4].macro_f1 = 0.52;  // lstm, 0.02 above guessing
  report.scores[4].chance = 0.5;
  report.scores[5].macro_f1 = 0.40;  // boost 15 min, 0.07 above
  return report;
}

TEST(Summary, TakesTheAttackerForTheStrongestThatIsFurthestAboveItsOwnGuessing) {
  const EvaluationReport report = views_of_different_devices();
  EXPECT_EQ(summaries(report)[1].at("T2")->attacker, "boost 15 min");
  EXPECT_TRUE(stronger(report.scores[5], report.scores[4]));
  EXPECT_FALSE(stronger(report.scores[4], report.scores[5]));
  EXPECT_FALSE(stronger(report.scores[4], report.scores[4]));
}

TEST(Summary, SaysFromWhereToWhereGuessingGoes) {
  EvaluationReport report = views_of_different_devices();
  Guessing guessing = guessing_at(summaries(report), "T2");
  EXPECT_FALSE(guessing.differs()) << "of attackers that are not the strongest nothing is shown";
  report.scores[6].chance = 0.5;  // chorus, x0.5
  guessing = guessing_at(summaries(report), "T2");
  EXPECT_TRUE(guessing.differs());
  EXPECT_DOUBLE_EQ(guessing.least, 1.0 / 3);
  EXPECT_DOUBLE_EQ(guessing.most, 0.5);
  EXPECT_FALSE(guessing_at(summaries(report), "T0").differs());
}

TEST(Summary, TellsComparisonsFromPlainEvaluations) {
  EvaluationReport report;
  report.scores.emplace_back().defence = "ipet";
  EXPECT_FALSE(is_comparison(report));
  EXPECT_TRUE(summaries(report).empty());
  report.scores.emplace_back().level = "T1";
  EXPECT_TRUE(is_comparison(report));
  EXPECT_EQ(summaries(report).size(), 1U);
  EXPECT_EQ(summaries(report)[0].cost, nullptr);
}

std::string refusal(const std::map<std::string, EvaluationReport>& reports) {
  try {
    (void)all_devices(reports);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no refusal";
}

TEST(AllDevices, AreThoseOfAllStagesInTheOrderInWhichTheyAppear) {
  EvaluationReport plain;
  plain.devices = {"plug", "bulb"};
  EXPECT_THAT(all_devices({{"a", plain}, {"b", samples::comparison()}}),
              ElementsAre("plug", "bulb", "front_door-cam", "plug & socket, \"hall\"", "other"));
}

TEST(AllDevices, RefuseADeviceWithTheNameOfTheClassOfUnknownOnes) {
  EvaluationReport open_world = samples::comparison();
  open_world.devices.insert(open_world.devices.begin(), "other");
  EXPECT_EQ(
      refusal({{"comparison", open_world}}),
      "stage 'comparison' has two devices named 'other', which is also what unknown devices are called; "
      "give the device another name");
  EvaluationReport plain;
  plain.devices = {"bulb", "other"};
  EXPECT_EQ(refusal({{"plain", plain}}), "no refusal") << "there is no such class";
  EXPECT_EQ(
      refusal({{"comparison", samples::comparison()}, {"plain", plain}}),
      "'other' is a device of stage 'plain', and what stage 'comparison' calls unknown devices; give the "
      "device another name");
  plain.devices = {"bulb", "bulb"};
  EXPECT_EQ(refusal({{"plain", plain}}), "stage 'plain' has two devices named 'bulb'");
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(ComparisonTable, SaysOfEachDefenceWhatItAchievesAndCosts) {
  const std::string text = table(samples::comparison());
  EXPECT_THAT(text, HasSubstr("  defence                 T0     T2  | cover"));
  EXPECT_THAT(text, HasSubstr("  (guessing)           0.333  0.333  |\n"));
  EXPECT_THAT(text, HasSubstr("  none                 0.710  0.720  |\n"));
  EXPECT_THAT(
      text,
      HasSubstr("  chorus               0.100  0.360  |     80.0     113.6    469 %  12.3 kB  at once\n"));
  EXPECT_THAT(
      text,
      HasSubstr("  chorus, x0.5             -  0.480  |     40.0      56.8    235 %  12.3 kB  at once\n"));
  EXPECT_THAT(
      text,
      HasSubstr("  padding                  -  0.350  |     2000      2840    117 x  12.3 kB  waits\n"));
}

TEST(ComparisonTable, NamesTheAttackerWithRowsIntervalAndTheDeviceFoundBest) {
  const std::string text = table(samples::comparison());
  EXPECT_THAT(
      text,
      HasSubstr("  T2  boost 15 min   400 0.720  0.67..0.76 0.333  0.730 0.740 0.500 front_door-cam 0.90\n"));
  EXPECT_THAT(text, Not(HasSubstr("0.620"))) << "an attacker that is not the strongest";
  EXPECT_THAT(
      text,
      HasSubstr("  cover of the device that gets most: 120.0 B/s of payload; devices above the budget: 1\n"));
  EXPECT_THAT(text, HasSubstr("delay of user packets: p50 0.25"));
  EXPECT_THAT(text, HasSubstr("user bytes not sent: 77\n"));
  EXPECT_THAT(text, HasSubstr("  set 1: bulb, front_door-cam; a blind guess within it: 1/2\n"));
}

TEST(ComparisonTable, SaysWhereAttackersGuessAmongDifferentDevices) {
  EvaluationReport report = samples::comparison();
  report.scores[6].chance = 0.5;  // chorus, x0.5, T2
  report.scores[6].macro_f1 = 0.88;
  const std::string text = table(report);
  EXPECT_THAT(text, HasSubstr("  (guessing, from)     0.333  0.333  |\n"
                              "  (guessing, to)       0.333  0.500  |\n"));
  EXPECT_THAT(text, Not(HasSubstr("(guessing) ")));
  EXPECT_THAT(text, HasSubstr("Attackers of a level told different numbers of devices apart"));
  EXPECT_THAT(table(samples::comparison()), Not(HasSubstr("different numbers of devices")));
  EXPECT_THAT(text, HasSubstr("  T2  lstm           400 0.880  0.43..0.52 0.500  0.490 "));
}

TEST(ComparisonTable, SaysWhichPointOfASweepItIsOf) {
  EvaluationReport report = samples::comparison();
  report.point = {{"seed", std::int64_t{21}}, {"share", 0.1}};
  EXPECT_THAT(table(report), HasSubstr("macro F1 of the strongest attacker, where seed = 21, share = 0.1\n"));
  EXPECT_THAT(table(samples::comparison()), HasSubstr("macro F1 of the strongest attacker\n"));
}

TEST(ComparisonTable, KeepsControlsApart) {
  const std::string text = table(samples::comparison());
  const std::size_t heading = text.find("negative controls");
  ASSERT_NE(heading, std::string::npos);
  EXPECT_LT(text.find("padding  "), heading);
  EXPECT_GT(text.find("chorus, zero budget"), heading);
  EvaluationReport without = samples::comparison();
  without.scores.pop_back();
  EXPECT_THAT(table(without), Not(HasSubstr("negative controls")));
}

TEST(ComparisonTable, ExplainsTheLevelsThatOccur) {
  const std::string text = table(samples::comparison());
  EXPECT_THAT(text, HasSubstr("  T0  static: "));
  EXPECT_THAT(text, HasSubstr("  T2  retrained on many"));
  EXPECT_THAT(text, Not(HasSubstr("T5")));
  // Whoever sees one level alone must understand it: none is explained by another.
  EvaluationReport votes = samples::comparison();
  for (Score& score : votes.scores) score.level = "T4";
  EXPECT_THAT(table(votes),
              HasSubstr("  T4  votes: the answers of retrained attackers, with or without a packet filter, "
                        "put together over minutes\n"));
  EXPECT_THAT(table(votes), Not(testing::ContainsRegex("as T[0-5]")));
}

TEST(ComparisonTable, SaysWhatIntervalsAreOver) {
  EvaluationReport report = samples::comparison();
  for (Score& score : report.scores) score.interval_over = "days";
  EXPECT_THAT(table(report),
              HasSubstr("\n  Interval: 95 %, by bootstrap over each device's days (Rao and Wu 1988).\n"));
  const std::string partly = interval_over("days", 1, 7);
  report.scores[2].interval_over = partly;  // none, T2, the strongest
  EXPECT_THAT(table(report),
              HasSubstr("over each device's days; or days, of which 1 of 7 devices has one alone, which"));
  EXPECT_EQ(interval_units({&report.scores[0], &report.scores[2]}), "days");
}

TEST(ComparisonTable, SaysWhereThereIsNoInterval) {
  EvaluationReport report = samples::comparison();
  report.scores.resize(1);
  report.scores[0].macro_f1_low = report.scores[0].macro_f1_high = std::nan("");
  EXPECT_THAT(table(report), HasSubstr(" 0.710  none       0.333  0.720"));
  EXPECT_THAT(table(report),
              HasSubstr("Interval none: all draws agree, or no device has two days or captures.\n"));
}

TEST(ResultRows, OfAComparisonAreThoseOfTheStrongestAttackersWithIntervalAndRows) {
  EvaluationReport report = samples::comparison();
  report.scores[2].interval_over = "days";
  const std::vector<ReportRow> rows = result_rows(report, "day");
  ASSERT_EQ(rows.size(), 7U) << "no attacker that is not the strongest";
  EXPECT_THAT(rows[1].shown,
              ElementsAre(Pair("defence", "none"), Pair("level", "T2"), Pair("attacker", "boost 15 min"),
                          Pair("macro F1 (95 %)", "0.720 (0.67..0.76)"), Pair("accuracy", "0.740"),
                          Pair("majority", "0.500"), Pair("tested on", "400 rows"), Pair("split by", "day")));
  EXPECT_THAT(rows[1].stored,
              ElementsAre(Pair("defence", "none"), Pair("variant", "own"), Pair("level", "T2"),
                          Pair("attacker", "boost 15 min"), Pair("split", "day"), Pair("rows", "rows"),
                          Pair("windows", "400"), Pair("accuracy", "0.74"), Pair("accuracy_low", ""),
                          Pair("accuracy_high", ""), Pair("macro_f1", "0.72"),
                          Pair("macro_f1_low", "0.6699999999999999"), Pair("macro_f1_high", "0.76"),
                          Pair("interval_over", "days"), Pair("majority", "0.5"),
                          Pair("chance", "0.3333333333333333")));
}

TEST(ResultRows, OfAnEvaluationAreAllOfItsScores) {
  EvaluationReport report;
  report.devices = {"bulb", "camera"};
  report.scores = {{"none", "static lstm", 120, 0.9875, 0.981, 0.55, {}, {}},
                   {"ipet", "retrained lstm", 130, 0.7, 0.6512, 0.5, {}, {}}};
  const std::vector<ReportRow> rows = result_rows(report, "capture, fold 0 of 5");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[1].shown, ElementsAre(Pair("defence", "ipet"), Pair("attacker", "retrained lstm"),
                                         Pair("macro F1 (95 %)", "0.651"), Pair("accuracy", "0.700"),
                                         Pair("majority", "0.500"), Pair("tested on", "130 windows"),
                                         Pair("split by", "capture, fold 0 of 5")));
}

TEST(ComparisonTable, FitsIntoATerminal) {
  EvaluationReport report = samples::comparison();
  for (const char* level : {"T1", "T3", "T4", "T5"})
    report.scores.push_back(
        samples::score("netshaper", "matched", level, "boost 15 min behind dummy_filter, vote 60 min", 0.5));
  report.costs.push_back(samples::cost("netshaper", "matched", 123'456));
  for (const std::string& line : lines_of(table(report))) EXPECT_LE(line.size(), 120U) << line;
}

}  // namespace
}  // namespace ipet::evaluation
