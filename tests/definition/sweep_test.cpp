// [sweep]: axes, points and their names.
#include "pipeline/definition/sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/definition/overrides.hpp"
#include "tests/definition/files.hpp"

namespace {

using definition_test::load_text;
using definition_test::Loaded;
using definition_test::option;
using ipet::Problems;
using ipet::definition::check_given;
using ipet::definition::Override;
using ipet::definition::parse_override;
using ipet::definition::sweep_points;
using ipet::definition::SweepPoint;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string head =
    "schema = 1\n[params]\nomega = { type = \"float\", default = 0.1 }\n[stages.a]\nplugin = \"x\"\n";

std::vector<std::string> names(const std::vector<SweepPoint>& points) {
  std::vector<std::string> out;
  for (const SweepPoint& point : points) out.push_back(point.name);
  return out;
}

std::vector<SweepPoint> points_of(const std::string& sweep, const std::vector<std::string>& set = {}) {
  Problems problems;
  std::vector<Override> given;
  for (const std::string& text : set) given.push_back(*parse_override(text, problems));
  const Loaded loaded = load_text(head + sweep);
  EXPECT_THAT(loaded.texts(), IsEmpty());
  std::vector<SweepPoint> points = sweep_points(loaded.definition.sweep, given, problems);
  EXPECT_THAT(problems, IsEmpty());
  return points;
}

TEST(Sweep, IsTheCartesianProductWithTheLastAxisFastest) {
  EXPECT_THAT(names(points_of("[sweep]\n\"params.omega\" = [0.1, 0.5]\n"
                              "\"stages.a.options.model\" = [\"lstm\", \"cnn\"]\n")),
              ElementsAre("omega=0.1,model=lstm", "omega=0.1,model=cnn", "omega=0.5,model=lstm",
                          "omega=0.5,model=cnn"));
}

TEST(Sweep, GivesEachPointItsValuesAsOverrides) {
  const std::vector<SweepPoint> points = points_of("[sweep]\nomega = [0.25]\n");
  ASSERT_EQ(points.size(), 1U);
  ASSERT_EQ(points[0].overrides.size(), 1U);
  EXPECT_EQ(points[0].overrides[0].key, "omega");
  EXPECT_EQ(*points[0].overrides[0].value.get_if<double>(), 0.25);
}

TEST(Sweep, AValueOfTheCommandLineEndsTheAxis) {
  EXPECT_THAT(
      names(points_of("[sweep]\n\"params.omega\" = [0.1, 0.5]\n\"run.seed\" = [1, 2]\n", {"omega=0.2"})),
      ElementsAre("seed=1", "seed=2"));
}

TEST(Sweep, NamesAreFoldersWhateverTheValues) {
  EXPECT_THAT(names(points_of("[sweep]\n\"stages.a.options.files\" = [\"../x y\", \"/etc\"]\n")),
              ElementsAre("files=..-x-y", "files=-etc"));
}

TEST(Sweep, NumbersAreNamedInTheirShortestFormHoweverTheyAreWritten) {
  EXPECT_THAT(names(points_of("[sweep]\nomega = [2.0, 4, 0.50, 1e-3]\n")),
              ElementsAre("omega=2", "omega=4", "omega=0.5", "omega=0.001"));
  EXPECT_EQ(points_of("[sweep]\nomega = [2.0]\n")[0].overrides[0].text, "2.0") << "as it was typed";
}

TEST(Sweep, AxesAreCalledByTheLastPartOfTheirKeyUnlessTwoWouldBe) {
  EXPECT_THAT(ipet::definition::axis_names(
                  {"stages.a.options.omega", "seed", "stages.b.options.width", "stages.c.options.width"}),
              ElementsAre("omega", "seed", "stages_b_options_width", "stages_c_options_width"));
}

TEST(Sweep, NamesAreFoldersWhateverTheNamesOfTheAxes) {
  EXPECT_THAT(names(points_of("[sweep]\n\"stages.a.options.x y/\u00e9\\n\" = [1]\n")),
              ElementsAre("x-y----=1"));
}

TEST(Sweep, ValuesThatContradictEachOtherAreQuotedInOneLine) {
  Problems problems;
  std::vector<Override> given;
  for (const char* text : {"omega=0.2", "params.omega=a\n\nb\x1b[31m", "sweep.omega=[1,\n\n2]"})
    given.push_back(*parse_override(text, problems));
  check_given(given, problems);
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_EQ(problems[0].message, "'omega' is set twice, to 0.2 and to a\\n\\nb\\x1b[31m");
  EXPECT_EQ(problems[1].message, "'omega' is set to 0.2 and swept over [1,\\n\\n2]");
}

TEST(Sweep, WhatIsNoListIsReportedAtItsPlace) {
  EXPECT_THAT(load_text(head + "[sweep]\nomega = 0.5\n\"run.seed\" = []\n").texts(),
              ElementsAre("7:9 sweep: sweep: 'omega' takes a list of values, not 0.5",
                          "8:14 sweep: sweep: 'run.seed' takes a list of values, not []"));
}

const std::string without_default =
    "schema = 1\n[params]\ncaptures = { type = \"path\" }\n[stages.a]\nplugin = \"x\"\noptions.f = "
    "\"${params.captures}/x\"\n";

TEST(Sweep, GivesAParameterWithoutADefaultItsValue) {
  for (const char* set :
       {"sweep.captures=[a, b]", "sweep.params.captures=[a, b]", "sweep={captures = [\"a\", \"b\"]}"}) {
    const Loaded loaded = load_text(without_default, {set});
    EXPECT_THAT(loaded.texts(), IsEmpty());
    EXPECT_EQ(option(loaded.definition, "a", "f"), "\"a/x\"") << "checked with the first value";
  }
  const Loaded years = load_text(without_default + "[sweep]\ncaptures = [2024, \"2025\"]\n");
  EXPECT_THAT(years.texts(), IsEmpty());
  EXPECT_EQ(option(years.definition, "a", "f"), "\"2024/x\"") << "as --set captures=2024";
}

TEST(Sweep, ThatAloneGivesAValueIsToldForARunWithoutIt) {
  const Loaded loaded = load_text(without_default + "[sweep]\ncaptures = [\"a\"]\n");
  const ipet::Problems& problems = loaded.definition.without_sweep;
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].code, "missing-param");
  EXPECT_EQ(problems[0].where.line, 3U);
  EXPECT_EQ(problems[0].message, "parameter 'captures' has no value but those of [sweep]");
  EXPECT_EQ(problems[0].hint, "run the sweep with --sweep, or set it with --set captures=...");
  EXPECT_THAT(
      load_text(without_default + "[sweep]\ncaptures = [\"a\"]\n", {"captures=b"}).definition.without_sweep,
      IsEmpty());
}

TEST(Sweep, OverAPartOfWhatIsSetOrSweptIsRefused) {
  const auto refused = [](const std::string& sweep, const std::vector<std::string>& set) {
    Problems problems;
    std::vector<Override> given;
    for (const std::string& text : set) given.push_back(*parse_override(text, problems));
    sweep_points(load_text(head + "[sweep]\n" + sweep).definition.sweep, given, problems);
    std::vector<std::string> out;
    for (const ipet::Problem& problem : problems)
      out.push_back(std::to_string(problem.where.line) + " " + problem.message);
    return out;
  };
  const std::string part = "'stages.a.options.x' is a part of 'stages.a.options', which is ";
  EXPECT_THAT(refused("\"stages.a.options.x\" = [1, 2]\n", {"stages.a.options={y = 1}"}),
              ElementsAre("7 sweep: " + part + "set too"));
  EXPECT_THAT(refused("\"stages.a.options\" = [{ x = 1 }]\n", {"stages.a.options.x=1"}),
              ElementsAre("7 sweep: " + part + "swept too"));
  EXPECT_THAT(refused("\"stages.a.options.x\" = [1]\n\"stages.a.options\" = [{ y = 1 }]\n", {}),
              ElementsAre("7 sweep: " + part + "swept too"));
  EXPECT_THAT(refused("\"stages.a.options.x\" = [1]\n\"stages.a.options.xy\" = [1]\n", {"stages.a.option=1"}),
              IsEmpty());
}

TEST(Sweep, PointsAreKeptAsASweepOfOneValueEach) {
  const auto points = points_of(
      "[sweep]\n\"params.omega\" = [0.1, 0.5]\n\"stages.a.options.model\" = [{ name = \"lstm\", width = 8 "
      "}]\n");
  ASSERT_EQ(points.size(), 2U);
  const std::string text = ipet::definition::point_text(points[0]);
  EXPECT_EQ(
      text,
      "\n[sweep]\n\"params.omega\" = [0.1]\n\"stages.a.options.model\" = [{ name = \"lstm\", width = 8 }]\n");
  EXPECT_EQ(ipet::definition::point_text(points_of(text)[0]), text) << "it reads back";
  EXPECT_EQ(ipet::definition::point_text({}), "");
}

std::vector<std::string> refused(const std::string& text) {
  Loaded loaded = load_text(text);
  if (loaded.problems.empty()) sweep_points(loaded.definition.sweep, {}, loaded.problems);
  return loaded.texts();
}

TEST(Sweep, OverOneValueTwiceIsRefusedAtTheSecondWithBothSpellings) {
  EXPECT_THAT(refused(head + "[sweep]\nomega = [0.5, 0.25, 0.5]\n"),
              ElementsAre("7:21 sweep: sweep: 'omega': 0.5 and 0.5 are the same value"));
  EXPECT_THAT(refused(head + "[sweep]\nomega = [2.0, 2]\n"),
              ElementsAre("7:15 sweep: sweep: 'omega': 2.0 and 2 are the same value"));
}

TEST(Sweep, OverTextsThatFoldersCannotTellApartIsRefused) {
  EXPECT_THAT(
      refused(head + "[sweep]\n\"stages.a.options.x\" = [\"a b\", \"a/b\"]\n"),
      ElementsAre("7:32 sweep: sweep: 'stages.a.options.x': \"a b\" and \"a/b\" would give two runs one "
                  "name, 'a-b'"));
}

const std::string timed =
    "schema = 1\n[params]\nomega = { type = \"float\", unit = \"ms\", default = 1 }\n[stages.a]\nplugin = "
    "\"x\"\n";

TEST(Sweep, OverTimesOfAParameterHasNumbersInTheUnitOfTheParameter) {
  const Loaded loaded = load_text(timed + "[sweep]\nomega = [\"1 s\", 20, \"1.5ms\"]\n");
  EXPECT_THAT(loaded.texts(), IsEmpty());
  Problems problems;
  const auto points = sweep_points(loaded.definition.sweep, {}, problems);
  EXPECT_THAT(names(points), ElementsAre("omega=1000", "omega=20", "omega=1.5"));
  EXPECT_EQ(ipet::definition::point_text(points[2]), "\n[sweep]\nomega = [1.5]\n");
}

TEST(Sweep, OverOneTimeInTwoSpellingsIsRefused) {
  const std::string both = "\"1000ms\" and \"1s\" are the same value";
  EXPECT_THAT(refused(timed + "[sweep]\n\"params.omega\" = [\"1000ms\", \"1s\"]\n"),
              ElementsAre("7:29 sweep: sweep: 'params.omega': " + both));
  Loaded typed = load_text(timed, {"sweep.omega=[\"1000ms\", \"1s\"]"});
  sweep_points(typed.definition.sweep, {}, typed.problems);
  EXPECT_THAT(typed.texts(),
              ElementsAre("--set sweep.omega=[\"1000ms\", \"1s\"] sweep: sweep: 'omega': " + both));
}

TEST(Sweep, TwoAxesOverOneParameterAreRefused) {
  EXPECT_THAT(refused(head + "[sweep]\nomega = [0.1]\n\"params.omega\" = [0.2, 0.3]\n"),
              ElementsAre("8:1 sweep: sweep: 'params.omega' and 'omega' are the same parameter"));
}

TEST(Sweep, AnAxisOverAParameterThatAPathHidesEverywhereIsRefused) {
  const std::string used = head + "options.omega = \"${params.omega}\"\n";
  const std::string axes = "[sweep]\nomega = [0.1, 0.2]\n\"stages.a.options.omega\" = [0.3, 0.4]\n";
  EXPECT_THAT(
      refused(used + axes),
      ElementsAre("8:1 sweep: sweep: 'omega' changes nothing: 'stages.a.options.omega' is [0.3, 0.4]"));
  EXPECT_THAT(refused(used + "[stages.b]\nplugin = \"x\"\noptions.omega = \"${params.omega}\"\n" + axes),
              IsEmpty())
      << "it has an effect elsewhere";
  Problems problems;
  const Loaded set = load_text(used + "[sweep]\nomega = [0.1, 0.2]\n", {"stages.a.options.omega=0.5"});
  EXPECT_THAT(set.texts(),
              ElementsAre("8:1 sweep: sweep: 'omega' changes nothing: 'stages.a.options.omega' is 0.5"));
}

}  // namespace
