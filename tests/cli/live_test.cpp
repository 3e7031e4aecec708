// Verbs that plugins register: a file runs live until it is told to end.
#include <csignal>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.hpp"
#include "tests/cli/systemd_end.hpp"

namespace {

using program_test::Folder;
using program_test::ipet;
using program_test::ipet_with;
using program_test::Outcome;
using program_test::Setting;
using program_test::toys;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string vigil(const std::string& options = {}) {
  return "schema = 1\n[stages.night]\nplugin = \"vigil\"\n" + options;
}

std::vector<std::string> words(const std::string& verb, const std::string& file = "p.toml") {
  return {verb, file, "--plugins", toys("runners"), "--plugins", toys()};
}

std::string noted(const Folder& folder) {
  std::ifstream file(folder.path() + "/begun");
  return {std::istreambuf_iterator<char>(file), {}};
}

Setting sent(std::vector<int> signals) {
  Setting setting;
  setting.signals = std::move(signals);
  return setting;
}

TEST(LiveVerb, EndsWithoutAnErrorWhenItIsToldTo) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Folder folder;
    folder.write("p.toml", vigil("options.word = \"one\"\n"));
    const Outcome outcome = ipet_with(sent({signal}), folder, words("watch"));
    EXPECT_EQ(outcome.code, 0) << outcome.error;
    EXPECT_EQ(noted(folder), "one\n");
    EXPECT_THAT(outcome.error, EndsWith("watch: ended\n"));
    EXPECT_FALSE(std::filesystem::exists(folder.path() + "/runs")) << "no folder for results";
  }
}

TEST(LiveVerb, ReadsItsFileAgainWhenItHangsUp) {
  const Folder folder;
  folder.write("next.toml", vigil("options.word = \"two\"\n"));
  folder.write("p.toml", vigil("options = { word = \"one\", next = \"next.toml\" }\n"));
  const Outcome outcome =
      ipet_with(sent({SIGHUP, 0, 0, 0, 0, 0, 0, 0, 0, 0, SIGTERM}), folder, words("watch"));
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(noted(folder), "one\ntwo\n");
  EXPECT_THAT(outcome.error, HasSubstr("watch: the file was read again: it begins anew\n"));
}

TEST(LiveVerb, KeepsToTheFileBeforeWhereTheNewOneIsWrong) {
  const Folder folder;
  folder.write("next.toml", vigil("options.wrod = \"two\"\n"));
  folder.write("p.toml", vigil("options = { word = \"one\", next = \"next.toml\" }\n"));
  const Outcome outcome = ipet_with(sent({SIGHUP, 0, 0, 0, 0, 0, SIGTERM}), folder, words("watch"));
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(noted(folder), "one\n") << "it was not even stopped";
  EXPECT_THAT(outcome.error,
              HasSubstr("p.toml:4:9: error[unknown-option]: stage 'night': no option 'wrod'\n"));
  EXPECT_THAT(outcome.error, HasSubstr("watch: the file before stays in force\n"));
}

TEST(LiveVerb, GoesBackToTheFileBeforeWhereTheNewOneDoesNotComeUp) {
  const Folder folder;
  folder.write("next.toml", vigil("options.word = \"sick\"\n"));
  folder.write("p.toml", vigil("options = { word = \"one\", next = \"next.toml\" }\n"));
  const Outcome outcome =
      ipet_with(sent({SIGHUP, 0, 0, 0, 0, 0, 0, 0, 0, 0, SIGTERM}), folder, words("watch"));
  EXPECT_EQ(outcome.code, 0) << outcome.error;
  EXPECT_EQ(noted(folder), "one\none\n");
  EXPECT_THAT(outcome.error, HasSubstr("error: stage 'night' (plugin vigil): it is sick\n"));
  EXPECT_THAT(outcome.error, HasSubstr("watch: the file before stays in force\n"));
}

TEST(LiveVerb, FailsWhereItsFirstFileDoesNotComeUp) {
  const Folder folder;
  folder.write("p.toml", vigil("options.word = \"sick\"\n"));
  const Outcome outcome = ipet(folder, words("watch"));
  EXPECT_EQ(outcome.code, 1) << outcome.error;
  EXPECT_EQ(outcome.error, "error: stage 'night' (plugin vigil): it is sick\n");
}

TEST(LiveVerb, GoesOnWhereItHangsUpWhileItsPluginIsLookedFor) {
  const Folder folder;
  folder.write("p.toml", vigil("options.word = \"sick\"\n"));
  // Plugins that no earlier run has described.
  std::filesystem::create_directory(folder.path() + "/late");
  for (const std::string& file : {toys("slow_to_load") + "/slow_to_load.so", toys("runners") + "/runners.so"})
    std::filesystem::copy(file, folder.path() + "/late");
  Setting setting = sent({SIGHUP});
  setting.enough = true;
  const Outcome outcome =
      ipet_with(setting, folder, {"watch", "p.toml", "--plugins", "late", "--plugins", toys()});
  EXPECT_EQ(outcome.code, 1) << outcome.error;
  EXPECT_EQ(outcome.error, "error: stage 'night' (plugin vigil): it is sick\n") << "as without the signal";
}

std::vector<std::string> told(const program_test::SystemdEnd& systemd) {
  std::vector<std::string> all;
  for (std::string each; !(each = systemd.next()).empty();) all.push_back(each);
  return all;
}

TEST(LiveVerb, TellsSystemdWhatItDoes) {
  const Folder folder;
  folder.write("next.toml", vigil("options.word = \"two\"\n"));
  folder.write("p.toml", vigil("options = { word = \"one\", next = \"next.toml\" }\n"));
  const program_test::SystemdEnd systemd(folder.path() + "/notify");
  ipet_with(sent({0, 0, 0, 0, SIGHUP, 0, 0, 0, 0, 0, 0, 0, SIGTERM}), folder, words("watch"));
  std::vector<std::string> states;  // signs of life between them are seen once
  for (const std::string& message : told(systemd)) {
    const std::string state =
        message.substr(0, message.find(message.starts_with("WATCHDOG") ? "\n\n" : "\n"));
    const std::string known = state.starts_with("WATCHDOG=1\nSTATUS=two, round ") ? "two lives" : state;
    if (states.empty() || states.back() != known) states.push_back(known);
  }
  std::erase(states, "WATCHDOG=1\nSTATUS=beginning");
  EXPECT_THAT(states, testing::ElementsAre("READY=1", "RELOADING=1", "READY=1", "two lives", "STOPPING=1"));
}

TEST(LiveVerb, GivesNoSignOfLifeOfAStageThatHangs) {
  const Folder folder;
  folder.write("p.toml", vigil("options.word = \"one\"\n"));  // says the same from then on
  const program_test::SystemdEnd systemd(folder.path() + "/notify");
  ipet_with(sent({0, 0, 0, 0, 0, 0, 0, SIGTERM}), folder, words("watch"));
  std::vector<std::string> states = told(systemd);
  std::erase(states, "WATCHDOG=1\nSTATUS=beginning");
  EXPECT_THAT(states, testing::ElementsAre("READY=1\nSTATUS=at work", "STOPPING=1"));
}

TEST(LiveVerb, NeedsExactlyOneSuchStage) {
  const Folder folder;
  folder.write("none.toml",
               "schema = 1\n[stages.numbers]\nplugin = \"counter\"\n[stages.keep]\nplugin = "
               "\"store\"\ninputs = \"numbers\"\n");
  folder.write("two.toml", vigil() + "[stages.day]\nplugin = \"vigil\"\n");
  const Outcome none = ipet(folder, words("watch", "none.toml"));
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.error,
            "none.toml: error[verb]: ipet watch needs a file with a stage whose plugin is 'vigil'\n"
            "      | such a stage: [stages.vigil] with plugin = \"vigil\"\n");
  const Outcome two = ipet(folder, words("watch", "two.toml"));
  EXPECT_EQ(two.code, 2);
  EXPECT_THAT(two.error,
              StartsWith("two.toml:4:9: error[verb]: ipet watch runs one stage 'vigil', and here is a second "
                         "one\n"));
}

TEST(LiveVerb, IsListedOnceItsPluginIsDescribed) {
  const Folder folder;
  folder.write("p.toml", vigil());
  (void)ipet(folder, {"list", "--plugins", toys("runners")});
  EXPECT_THAT(ipet(folder, words("wacth")).error, HasSubstr("did you mean 'watch'?"));
  const std::string of_verb = ipet(folder, {"watch", "--help", "--plugins", toys("runners")}).out;
  EXPECT_THAT(of_verb, HasSubstr("Keeps a vigil."));
  EXPECT_THAT(of_verb, HasSubstr("SIGHUP has it read the file again"));
  EXPECT_THAT(of_verb, Not(HasSubstr("--until")));
}

}  // namespace
