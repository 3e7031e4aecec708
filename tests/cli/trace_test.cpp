// `ipet run --trace FILE`.
#include <fstream>

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

constexpr const char* pipeline = R"(schema = 1
name = "p"
[stages.in]
plugin = "counter"
[stages.out]
plugin = "keeper"
inputs = "in"
options.file = "count.txt"
)";

TEST(TraceOption, WritesAFileForViewersOfTraces) {
  const Folder folder;
  folder.write("p.toml", pipeline);
  const Outcome outcome =
      ipet(folder, {"run", "p.toml", "--trace", "t.json", "--plugins", toys("runners"), "--plugins", toys()});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, HasSubstr("trace: t.json, to be opened in https://ui.perfetto.dev\n"));
  std::ifstream file(folder.path() + "/t.json");
  const nlohmann::json trace = nlohmann::json::parse(file);
  std::vector<std::string> stages;
  for (const auto& event : trace.at("traceEvents"))
    if (event.at("name") == "process_name") stages.push_back(event.at("args").at("name"));
  EXPECT_THAT(stages, testing::ElementsAre("run", "in (counter)", "out (keeper)"));
}

TEST(TraceOption, ReplacesNoFileOfOthers) {
  const Folder folder;
  folder.write("p.toml", pipeline);
  folder.write("t.json", "mine");
  const Outcome outcome =
      ipet(folder, {"run", "p.toml", "--trace", "t.json", "--plugins", toys("runners"), "--plugins", toys()});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.error, HasSubstr("error: t.json"));
  std::string word;
  std::ifstream(folder.path() + "/t.json") >> word;
  EXPECT_EQ(word, "mine");
  EXPECT_EQ(outcome.out, "") << "nothing ran";
}

TEST(TraceOption, IsOfOneRun) {
  const Folder folder;
  folder.write("p.toml", std::string(pipeline) + "[sweep]\n\"run.seed\" = [1, 2]\n");
  const Outcome outcome = ipet(folder, {"run", "p.toml", "--sweep", "--trace", "t.json", "--plugins",
                                        toys("runners"), "--plugins", toys()});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error,
            "error: --trace: a trace is of one run\n      | leave --sweep out, and --set what the run is to "
            "have\n");
}

}  // namespace
