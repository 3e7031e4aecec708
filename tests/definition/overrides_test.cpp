// Settings of the command line that meet each other, or what the file has in their place.
#include "pipeline/definition/overrides.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/definition/files.hpp"

namespace {

using definition_test::load_text;
using definition_test::Loaded;
using definition_test::option;
using ipet::Problems;
using ipet::definition::Override;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string text =
    "schema = 1\n[params]\nomega = { type = \"float\", default = 0.1 }\nout = { type = \"path\", default = "
    "\"o\" }\n"
    "[run]\noutput = \"${params.out}\"\n"
    "[stages.a]\nplugin = \"x\"\noptions = { omega = \"${params.omega}\", name = \"w-${params.omega}\" }\n";

std::vector<std::string> warnings(const std::vector<std::string>& set, const std::string& sweep = {}) {
  const Loaded loaded = load_text(text + sweep, set);
  EXPECT_THAT(loaded.texts(), IsEmpty());
  std::vector<std::string> out;
  for (const ipet::Problem& one : loaded.definition.warnings)
    out.push_back((one.where.line == 0 ? *one.where.file : std::to_string(one.where.line)) + " " + one.code +
                  ": " + one.message);
  return out;
}

TEST(Path, WinsOverTheParameterInItsPlaceAndSaysSo) {
  const std::string told =
      "--set stages.a.options.omega=0.3 hidden-param: 'stages.a.options.omega' is 0.3: parameter 'omega', "
      "set to 0.2, "
      "has no effect there";
  EXPECT_THAT(warnings({"omega=0.2", "stages.a.options.omega=0.3"}), ElementsAre(told));
  EXPECT_THAT(warnings({"stages.a.options.omega=0.3", "params.omega=0.2"}), ElementsAre(told));
  const Loaded loaded = load_text(text, {"omega=0.2", "stages.a.options.omega=0.3"});
  EXPECT_EQ(option(loaded.definition, "a", "omega"), "0.3");
  EXPECT_EQ(option(loaded.definition, "a", "name"), "\"w-0.2\"") << "elsewhere the parameter holds";
}

TEST(Path, ToATableOrIntoATextHidesTheParametersWithin) {
  EXPECT_THAT(
      warnings({"omega=0.2", "stages.a.options.name=n"}),
      ElementsAre(
          "--set stages.a.options.name=n hidden-param: 'stages.a.options.name' is n: parameter 'omega', "
          "set to 0.2, has no effect there"));
  EXPECT_EQ(warnings({"omega=0.2", "stages.a.options={omega = 1.0}"}).size(), 2U) << "of both its uses";
  EXPECT_THAT(
      warnings({"out=a", "run.output=b"}),
      ElementsAre(
          "--set run.output=b hidden-param: 'run.output' is b: parameter 'out', set to a, has no effect "
          "there"));
}

TEST(Path, HidesWhatIsSweptAndItsOwnSweepHides) {
  EXPECT_THAT(
      warnings({"stages.a.options.omega=0.3"}, "[sweep]\nomega = [0.1, 0.2]\n"),
      ElementsAre("--set stages.a.options.omega=0.3 hidden-param: 'stages.a.options.omega' is 0.3: parameter "
                  "'omega', swept over [0.1, 0.2], has no effect there"));
  EXPECT_THAT(
      warnings({"omega=0.3"}, "[sweep]\n\"stages.a.options.omega\" = [0.1, 0.2]\n"),
      ElementsAre(
          "11 hidden-param: 'stages.a.options.omega' is [0.1, 0.2]: parameter 'omega', set to 0.3, has "
          "no effect there"));
}

TEST(Path, ThatHidesNothingThatWasGivenIsQuiet) {
  EXPECT_THAT(warnings({"stages.a.options.omega=0.3"}), IsEmpty());
  EXPECT_THAT(warnings({"stages.a.options.omega=0.3", "out=a"}), IsEmpty());
  EXPECT_THAT(warnings({"omega=0.3", "run.seed=2"}), IsEmpty());
}

std::vector<std::string> refused(const std::vector<std::string>& set) {
  Problems problems;
  std::vector<Override> given;
  for (const std::string& one : set) given.push_back(*ipet::definition::parse_override(one, problems));
  ipet::definition::check_given(given, problems);
  std::vector<std::string> out;
  for (const ipet::Problem& problem : problems) out.push_back(*problem.where.file + ": " + problem.message);
  return out;
}

TEST(Path, ToAPartOfWhatIsSetTooIsRefusedInEitherOrder) {
  const std::string part = "'stages.a.options.x' is a part of 'stages.a.options', and both are set";
  EXPECT_THAT(refused({"stages.a.options={y = 1}", "stages.a.options.x=1"}),
              ElementsAre("--set stages.a.options.x=1: " + part));
  EXPECT_THAT(refused({"stages.a.options.x=1", "stages.a.options={y = 1}"}),
              ElementsAre("--set stages.a.options={y = 1}: " + part));
  EXPECT_THAT(refused({"sweep={}", "sweep.omega=[1]"}),
              ElementsAre("--set sweep.omega=[1]: 'sweep.omega' is a part of 'sweep', and both are set"));
  EXPECT_THAT(refused({"stages.a.options.x=1", "stages.a.options.xy=1", "stages.a.option=1"}), IsEmpty());
}

}  // namespace
