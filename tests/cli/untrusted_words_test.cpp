// Whatever stands on the command line, no part of it can pass for a line of ours.
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace {

using program_test::Folder;
using program_test::ipet;
using program_test::Outcome;
using program_test::toys;

/// As a terminal would take it: a line of its own, and a colour.
const std::string evil = "x\nsums: done\x1b[31m";

const std::string adding =
    "schema = 1\n[stages.n]\nplugin = \"counter\"\n[stages.total]\nplugin = \"summer\"\ninputs = \"n\"\n"
    "[stages.keep]\nplugin = \"store\"\ninputs = [\"total\"]\n";

void expect_harmless(const Outcome& outcome, const std::string& what) {
  for (const std::string& text : {outcome.out, outcome.error}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << what;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      EXPECT_FALSE(line.starts_with("sums: done")) << what << ":\n" << text;
  }
}

std::string in_words(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += " " + word;
  return out;
}

TEST(UntrustedWords, AreShownInOneLineByEveryVerbAndOption) {
  const std::vector<std::string> plugins = {"--plugins", toys(), "--plugins", toys("runners")};
  for (const char* verb : {"run", "validate", "plan", "graph", "list", "inspect", "help", evil.c_str()}) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"p.toml", "--output", evil},
             {"p.toml", "--output", evil + "/../p.toml/y"},
             {"p.toml", "--set", evil},
             {"p.toml", "--set", evil + "=1"},
             {"p.toml", "--set", "run.output=" + evil},
             {"p.toml", "--set", "run.seed=" + evil},
             {"p.toml", "--set", "sweep." + evil + "=[1]"},
             {"p.toml", "--sweep", "--set", "sweep.stages.n.options.count=[1, 2]", "--output", evil},
             {"p.toml", "--until", evil},
             {"p.toml", "-j", evil},
             {"p.toml", "--format", evil},
             {"p.toml", "--" + evil},
             {"p.toml", evil},
             {evil},
             {evil + ".toml"},
             {"--plugins", evil, "p.toml"},
             {evil + ".toml", "--output", "--set"}}) {
      const Folder folder;
      folder.write("p.toml", adding);
      folder.write(evil + ".toml", adding);
      std::vector<std::string> all = {verb};
      all.insert(all.end(), words.begin(), words.end());
      all.insert(all.end(), plugins.begin(), plugins.end());
      expect_harmless(ipet(folder, all), in_words(all));
    }
  }
}

TEST(UntrustedWords, OfTheOutputFolderAreShownEscapedAtTheEndOfARun) {
  const Folder folder;
  folder.write("p.toml", adding);
  const Outcome outcome =
      ipet(folder, {"run", "p.toml", "--plugins", toys(), "--plugins", toys("runners"), "--output", evil});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, ::testing::EndsWith("; results in x\\nsums: done\\x1b[31m\n"));
}

TEST(UntrustedWords, OfAFilesNameAreEscapedInTheNameOfItsRun) {
  const Folder folder;
  folder.write(evil + ".toml", adding);
  const Outcome outcome =
      ipet(folder, {"run", evil + ".toml", "--plugins", toys(), "--plugins", toys("runners")});
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_THAT(outcome.error, ::testing::HasSubstr("\nx%0Asums: done%1B[31m: done in "));
}

}  // namespace
