// The verbs on good files, and wrong command lines.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace {

using program_test::Folder;
using program_test::ipet;
using program_test::Outcome;
using program_test::toys;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* good =
    "schema = 1\n"
    "name = \"toy\"\n"
    "[params]\n"
    "count = { type = \"int\", default = 3, min = 1 }\n"
    "[stages.numbers]\n"
    "plugin = \"counter\"\n"
    "options.count = \"${params.count}\"\n"
    "[stages.fit]\n"
    "plugin = \"fitter\"\n"
    "inputs = \"numbers\"\n"
    "[stages.keep]\n"
    "plugin = \"store\"\n"
    "inputs = [\"numbers\", \"fit\"]\n";

Outcome on_good(std::vector<std::string> arguments) {
  const Folder folder;
  folder.write("good.toml", good);
  arguments.insert(arguments.begin() + 1, {"good.toml", "--plugins", toys()});
  return ipet(folder, arguments);
}

TEST(Validate, OfAGoodFilePrintsOneLine) {
  const Outcome outcome = on_good({"validate"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "good.toml: good, 3 stages in 2 passes\n");
  EXPECT_EQ(outcome.error, "");
}

TEST(Validate, WarnsOfAnUnconnectedOutputAndGoesOn) {
  const Outcome outcome = program_test::validate("schema = 1\n[stages.numbers]\nplugin = \"counter\"\n");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(
      outcome.error,
      "pipeline.toml:2:9: warning[unconnected-output]: stage 'numbers': nothing takes its output numbers "
      "(number/1)\n"
      "    2 | [stages.numbers]\n"
      "      |         ^^^^^^^\n");
}

TEST(Validate, WritesJson) {
  const Folder folder;
  folder.write("bad.toml", "schema = 1\n[stages.numbers]\nplugin = \"counter\"\noptions.cuont = 4\n");
  const Outcome outcome = ipet(folder, {"validate", "bad.toml", "--plugins", toys(), "--format", "json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error, "");
  EXPECT_THAT(outcome.out,
              StartsWith("{\n  \"valid\": false,\n  \"problems\": [\n    {\n      \"severity\": \"error\",\n"
                         "      \"code\": \"unknown-option\",\n      \"file\": \"bad.toml\",\n"
                         "      \"line\": 4,\n      \"column\": 9,\n      \"length\": 5,\n"));
}

TEST(Validate, WritesJsonThatHoldsWhateverStandsInNames) {
  const Folder folder;
  folder.write("bad.toml",
               "schema = 1\n[stages.numbers]\nplugin = \"counter\"\noptions.\"cu\\u007f\\u009b\" = 4\n");
  const Outcome outcome = ipet(folder, {"validate", "bad.toml", "--plugins", toys(), "--format", "json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out.find("\\x"), std::string::npos) << outcome.out;  // JSON has no such escape
  EXPECT_NE(outcome.out.find("\"valid\": false"), std::string::npos);
}

TEST(Set, OverridesAParameter) {
  EXPECT_EQ(on_good({"validate", "--set", "count=7"}).code, 0);
}

TEST(Set, OfAMisspeltParameterNamesTheNearest) {
  const Outcome outcome = on_good({"validate", "--set", "cuont=7"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.error,
              StartsWith("--set cuont=7: error[unknown-param]: no parameter 'cuont'\n"
                         "      | did you mean 'count'?  parameters: count; or a path such as"));
}

TEST(Set, OutOfTheParametersRangePointsAtTheCommandLine) {
  const Outcome outcome = on_good({"validate", "--set", "count=0"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error, "--set count=0: error[param-range]: parameter 'count' is 0, must be at least 1\n");
}

TEST(Set, OfAWrongTypePointsAtTheCommandLine) {
  const Outcome outcome = on_good({"validate", "--set", "count=many"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "--set count=many: error[param-type]: parameter 'count' takes int, not string \"many\"\n");
}

TEST(Set, OfAPathIsCheckedLikeTheFile) {
  const Outcome outcome = on_good({"validate", "--set", "stages.numbers.options.step=\"x\""});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "--set stages.numbers.options.step=\"x\": error[option-type]: stage 'numbers': option 'step' "
            "takes float, not string \"x\"\n"
            "      | a number in s, or a time such as \"100 ms\", \"2 s\", \"15 min\", \"3 h\" or \"1 d\"\n");
}

TEST(Plan, ShowsPassesAndWhatEachStageTakes) {
  const Outcome outcome = on_good({"plan"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out,
            "toy: 3 stages in 2 passes, results in runs/toy\n"
            "\n"
            "pass 1\n"
            "  numbers  counter  source  will run\n"
            "\n"
            "pass 2\n"
            "  fit      fitter   task    will run <- numbers (number/1, gathered)\n"
            "  keep     store    sink    will run <- numbers (number/1), fit (number_set/1)\n");
}

TEST(Graph, HasPassesAsFramesAndTypesOnTheEdges) {
  const Outcome outcome = on_good({"graph"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out,
            "flowchart LR\n"
            "  subgraph pass1[\"pass 1\"]\n"
            "    stage_numbers([\"numbers<br/><i>counter</i>\"])\n"
            "  end\n"
            "  subgraph pass2[\"pass 2\"]\n"
            "    stage_fit[[\"fit<br/><i>fitter</i>\"]]\n"
            "    stage_keep[(\"keep<br/><i>store</i>\")]\n"
            "  end\n"
            "  stage_numbers ==>|\"number/1, gathered\"| stage_fit\n"
            "  stage_numbers -->|\"number/1\"| stage_keep\n"
            "  stage_fit ==>|\"number_set/1\"| stage_keep\n");
}

TEST(Graph, AsDotHasClusters) {
  const Outcome outcome = on_good({"graph", "--format", "dot"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("digraph \"toy\" {\n"));
  EXPECT_THAT(outcome.out, HasSubstr("subgraph cluster_2 {\n    label=\"pass 2\";"));
  EXPECT_THAT(outcome.out, HasSubstr("\"numbers\" -> \"fit\" [label=\"number/1, gathered\", style=bold];"));
}

TEST(StandardOutput, ThatCannotBeWrittenIsAnError) {
  const Folder folder;
  folder.write("good.toml", good);
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"graph", "good.toml", "--plugins", toys()},
                                             {"validate", "good.toml", "--plugins", toys()},
                                             {"--help"}}) {
    const Outcome outcome = program_test::ipet_writing_to("/dev/full", folder, arguments);
    EXPECT_EQ(outcome.code, 1) << arguments[0];
    EXPECT_EQ(outcome.error, "error: standard output cannot be written (No space left on device)\n");
  }
}

TEST(Graph, AsSvgNeedsGraphviz) {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  const Outcome outcome = on_good({"graph", "--format", "svg"});
  ::setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(
      outcome.error,
      "error: svg needs the program 'dot' of Graphviz (Debian package graphviz); mermaid and dot do not\n");
}

TEST(Inspect, ShowsPortsAndOptions) {
  const Folder folder;
  const Outcome outcome = ipet(folder, {"inspect", "counter", "--plugins", toys()});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out,
            "counter  stage (source)\n"
            "  Counts down.\n"
            "\n"
            "outputs\n"
            "  numbers  number/1  stream  Every number.\n"
            "\n"
            "options\n"
            "  count  int     = 3        1 to 100          How many numbers.\n"
            "  step   float   = 1.0   s                    Time between two.\n"
            "  mode   string  = \"up\"     one of: up, down  Direction.\n"
            "\n"
            "plugin toys 1.0, " +
                toys() + "/toys.so\n");
}

TEST(Completion, OfBashKnowsVerbsOptionsAndWords) {
  const Folder folder;
  const Outcome script = ipet(folder, {"completion", "bash"});
  EXPECT_EQ(script.code, 0) << script.error;
  folder.write("p.toml", "");
  folder.write("complete", script.out);
  const auto completed = [&folder](const std::string& words) {
    const std::string all =
        "cd " + folder.path() + "; source ./complete; COMP_WORDS=(ipet " + words +
        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _ipet; printf \"%s\\\\n\" \"${COMPREPLY[@]}\"";
    FILE* shell = ::popen(("bash -c '" + all + "' 2>&1").c_str(), "r");
    std::string out;
    for (int c = std::fgetc(shell); c != EOF; c = std::fgetc(shell)) out += static_cast<char>(c);
    ::pclose(shell);
    return out;
  };
  EXPECT_EQ(completed("val"), "validate\n");
  EXPECT_EQ(completed("run --tr"), "--trace\n");
  EXPECT_EQ(completed("run p.to"), "p.toml\n");
  EXPECT_EQ(completed("new mo"), "model\n");
  folder.write("of a home.toml", "");
  EXPECT_EQ(completed("run of"), "of a home.toml\n");
}

TEST(Completion, OfFishHasALineForEachVerbAndOption) {
  const Folder folder;
  const std::string script = ipet(folder, {"completion", "fish"}).out;
  EXPECT_THAT(
      script,
      HasSubstr("complete -c ipet -f -n __fish_use_subcommand -a graph -d 'Draws a pipeline file'\n"));
  EXPECT_THAT(
      script,
      HasSubstr("complete -c ipet -n '__fish_seen_subcommand_from run' -l until -r -d 'Runs only this "
                "stage and what it needs'\n"));
}

TEST(Completion, OfAnotherShellIsRefused) {
  const Folder folder;
  const Outcome outcome = ipet(folder, {"completion", "tcsh"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.error, HasSubstr("tcsh"));
}

TEST(Plan, WritesJson) {
  const Folder folder;
  folder.write(
      "p.toml",
      "schema = 1\nname = \"p\"\n[run]\nseed = 7\n[stages.one]\nplugin = \"counter\"\noptions.count = 3\n"
      "[stages.two]\nplugin = \"keeper\"\ninputs = \"one\"\noptions.file = \"f\"\n");
  const Outcome outcome =
      ipet(folder, {"plan", "p.toml", "--format", "json", "--plugins", toys("runners"), "--plugins", toys()});
  ASSERT_EQ(outcome.code, 0) << outcome.error;
  const nlohmann::json plan = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(plan["name"], "p");
  EXPECT_EQ(plan["run"]["seed"], 7);
  EXPECT_EQ(plan["stages"][0]["options"], nlohmann::json({{"count", 3}}));
  EXPECT_EQ(plan["stages"][0]["form"], "source");
  EXPECT_EQ(plan["stages"][1]["id"], "two");
  EXPECT_EQ(plan["stages"][1]["pass"], 1);
  EXPECT_EQ(plan["stages"][1]["inputs"][0]["stage"], "one");
  EXPECT_EQ(plan["stages"][1]["inputs"][0]["kind"], "stream");
}

TEST(List, WritesJson) {
  const Folder folder;
  const Outcome outcome = ipet(folder, {"list", "--format", "json", "--plugins", toys()});
  ASSERT_EQ(outcome.code, 0) << outcome.error;
  const nlohmann::json list = nlohmann::json::parse(outcome.out);
  const nlohmann::json* found = nullptr;
  for (const nlohmann::json& each : list["plugins"])
    if (each["name"] == "counter") found = &each;
  ASSERT_NE(found, nullptr);
  EXPECT_EQ((*found)["kind"], "stage (source)");
  EXPECT_EQ((*found)["about"], "Counts down.");
  EXPECT_EQ((*found)["library"], toys() + "/toys.so");
}

TEST(Inspect, ShowsComponents) {
  const Folder folder;
  const Outcome outcome = ipet(folder, {"inspect", "power", "--plugins", toys(), "--format", "json"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("\"interface\": \"formula/1\""));
  EXPECT_THAT(outcome.out, HasSubstr("\"default\": 2.0"));
}

TEST(Inspect, OfAllWritesTheReferenceInMarkdown) {
  const Folder folder;
  const Outcome outcome = ipet(folder, {"inspect", "--all", "--format", "markdown", "--plugins", toys()});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("# Stages and components\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\n## counter\n\n*stage (source)*\n\nCounts down.\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\n| `step` | float | `1.0` | s | | Time between two. |\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\n## power\n\n*formula*\n"));
}

TEST(Inspect, OfAMisspeltNameListsWhatThereIs) {
  const Folder folder;
  const Outcome outcome = ipet(folder, {"inspect", "cuonter", "--plugins", toys()});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.error, StartsWith("error[unknown-plugin]: there is no 'cuonter'\n"
                                        "      | did you mean 'counter'?  there are: counter, doubler, "));
}

TEST(CommandLine, ThatIsWrongEndsWithCodeTwo) {
  const Folder folder;
  EXPECT_EQ(ipet(folder, {}).code, 2);
  EXPECT_EQ(ipet(folder, {"frobnicate"}).code, 2);
  EXPECT_EQ(ipet(folder, {"validate"}).code, 2);
  EXPECT_EQ(ipet(folder, {"inspect"}).code, 2);
  EXPECT_EQ(ipet(folder, {"graph", "x.toml", "--format", "png"}).code, 2);
  EXPECT_EQ(ipet(folder, {"list", "--plugins", "nowhere"}).code, 2);
}

TEST(CommandLine, OfHelpAndVersionEndsWithCodeZero) {
  const Folder folder;
  EXPECT_EQ(ipet(folder, {"--help"}).code, 0);
  const Outcome outcome = ipet(folder, {"--version"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("ipet 0."));
}

TEST(Until, OfAnUnknownStageListsTheStages) {
  const Outcome outcome = on_good({"run", "--until", "fitt"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "--until fitt: error[unknown-stage]: no stage 'fitt'\n"
            "      | did you mean 'fit'?  stages: fit, keep, numbers\n");
}

TEST(CommandLine, WithAnOptionInThePlaceOfAValueIsRefused) {
  const Folder folder;
  folder.write("good.toml", good);
  const auto refusal = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"run", "good.toml"});
    const Outcome outcome = ipet(folder, words);
    EXPECT_EQ(outcome.code, 2);
    return outcome.error;
  };
  EXPECT_EQ(refusal({"--output", "--set", "run.seed=1"}),
            "error[command-line]: --output takes DIR, not the option --set\n"
            "      | what is called so is given as --output=--set\n");
  EXPECT_THAT(refusal({"--output", "--sweep"}), HasSubstr("--output takes DIR, not the option --sweep\n"));
  EXPECT_THAT(refusal({"--set", "--output=x"}),
              HasSubstr("--set takes KEY=VALUE, not the option --output=x\n"));
  EXPECT_THAT(refusal({"--until", "--fresh"}), HasSubstr("--until takes STAGE, not the option --fresh\n"));
  EXPECT_THAT(refusal({"--plugins", "-j", "2"}), HasSubstr("--plugins takes DIR, not the option -j\n"));
  EXPECT_THAT(refusal({"-j", "--help"}), HasSubstr("-j takes N, not the option --help\n"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/--sweep"));
}

TEST(CommandLine, TakesValuesThatBeginWithADash) {
  const Folder folder;
  folder.write("good.toml", good);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--output=--set"}, {"--output", "-results"}, {"--output", "--results"}}) {
    std::vector<std::string> all{"plan", "good.toml", "--plugins", toys()};
    all.insert(all.end(), words.begin(), words.end());
    const Outcome outcome = ipet(folder, all);
    EXPECT_EQ(outcome.code, 0) << outcome.error;
    EXPECT_THAT(outcome.out,
                HasSubstr(", results in " + words.back().substr(words.back().find("=") + 1) + "\n"));
  }
}

}  // namespace
