// Libraries that cannot be used are refused with their path and the reason.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "tests/cli/program.hpp"

namespace {

using program_test::Folder;
using program_test::ipet;
using program_test::Outcome;
using program_test::toys;

Outcome validate_with(const std::string& plugin, const std::string& library_folder) {
  const Folder folder;
  folder.write("p.toml", "schema = 1\n[stages.a]\nplugin = \"" + plugin + "\"\n");
  return ipet(folder, {"validate", "p.toml", "--plugins", library_folder});
}

std::string head(const std::string& code, const std::string& name) {
  return "p.toml:3:10: error[" + code + "]: plugin '" + name + "' cannot be used: " + toys(name) + "/" +
         name + ".so: ";
}

TEST(Plugin, OfAnotherAbiVersionIsNotCalled) {
  const Outcome outcome = validate_with("wrong_abi", toys("wrong_abi"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.error.rfind(head("plugin-abi", "wrong_abi") + "it has plugin ABI 7, this ipet has 6", 0),
            0u)
      << outcome.error;
}

TEST(Plugin, OfAnEarlierAbiIsNotLoaded) {
  const Outcome outcome = validate_with("old_abi", toys("old_abi"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.error.rfind(head("plugin-abi", "old_abi") +
                                    "it has plugin ABI 2, this ipet has 6; rebuild it against the headers of "
                                    "this ipet\n",
                                0),
            0U)
      << outcome.error;
}

TEST(Plugin, OfAnotherBuildIsNotCalledAndBothBuildsAreShown) {
  const Outcome outcome = validate_with("wrong_build", toys("wrong_build"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(
      outcome.error.rfind(
          head("plugin-build", "wrong_build") + "it was built as 'clang 3 libc++', this ipet as 'gcc ", 0),
      0u)
      << outcome.error;
}

TEST(Plugin, WithoutTheSymbolIsNoPlugin) {
  const Outcome outcome = validate_with("no_symbol", toys("no_symbol"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(
      outcome.error.rfind(head("plugin-symbol", "no_symbol") + "it has no symbol ipet_plugin_descriptor", 0),
      0u)
      << outcome.error;
}

TEST(Plugin, WithAnotherMagicIsRefused) {
  const Outcome outcome = validate_with("wrong_magic", toys("wrong_magic"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.error.rfind(head("plugin-magic", "wrong_magic"), 0), 0u) << outcome.error;
}

TEST(Plugin, ThatThrowsWhileRegisteringIsReportedWithItsReason) {
  const Outcome outcome = validate_with("throws", toys("throws"));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.error.rfind(head("plugin-register", "throws") +
                                    "registering its components failed: the table of vendors is missing",
                                0),
            0u)
      << outcome.error;
}

TEST(Plugin, ThatTheLoaderRefusesShowsTheLoadersReasonAndThePathsTried) {
  const Folder folder;
  folder.write("p.toml", "schema = 1\n[stages.a]\nplugin = \"unresolved\"\n");
  const Outcome outcome =
      ipet(folder, {"validate", "p.toml", "--plugins", toys("good"), "--plugins", toys("unresolved")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.error.rfind(head("plugin-load", "unresolved"), 0), 0u) << outcome.error;
  EXPECT_NE(outcome.error.find("ipet_toy_missing_function"), std::string::npos) << outcome.error;
  EXPECT_NE(outcome.error.find("tried: " + toys("good") + "/unresolved.so, " + toys("unresolved") +
                               "/unresolved.so"),
            std::string::npos)
      << outcome.error;
}

TEST(Plugin, ThatIsNoLibraryAtAllIsRefused) {
  const Folder folder;
  folder.write("p.toml", "schema = 1\n[stages.a]\nplugin = \"text\"\n");
  folder.write("plugins/text.so", "this is text");
  const Outcome outcome = ipet(folder, {"validate", "p.toml", "--plugins", "plugins"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(
      outcome.error,
      "p.toml:3:10: error[plugin-damaged]: plugin 'text' cannot be used: plugins/text.so: it is no shared "
      "library: it begins with 'this is '; build it again, or take it off the plugin path\n"
      "    3 | plugin = \"text\"\n"
      "      |          ^^^^^^ tried: plugins/text.so\n");
}

TEST(Plugin, ThatIsTruncatedIsRefusedBeforeItIsLoaded) {
  const Folder folder;
  folder.write("p.toml", "schema = 1\n[stages.a]\nplugin = \"cut\"\n");
  std::ifstream in(toys() + "/toys.so", std::ios::binary);
  std::ostringstream whole;
  whole << in.rdbuf();
  for (const std::size_t part : {1U, 2U, 3U}) {
    folder.write("plugins/cut.so", whole.str().substr(0, whole.str().size() * part / 4));
    const Outcome outcome = ipet(folder, {"validate", "p.toml", "--plugins", "plugins"});
    EXPECT_EQ(outcome.code, 3);
    EXPECT_EQ(outcome.error.rfind("p.toml:3:10: error[plugin-damaged]: plugin 'cut' cannot be used: "
                                  "plugins/cut.so: the table of sections goes beyond the end of the file (",
                                  0),
              0u)
        << outcome.error;
    EXPECT_NE(outcome.error.find("truncated or damaged; build it again"), std::string::npos) << outcome.error;
  }
}

TEST(Plugin, OfHeadersInWhichAMemberTwoLevelsDeepIsMissingIsRefused) {
  const Folder folder;
  folder.write("p.toml",
               "schema = 1\n[stages.a]\nplugin = \"sheet\"\n[stages.b]\nplugin = \"sheet_reader\"\n"
               "inputs = \"a\"\n");
  const Outcome outcome = ipet(folder, {"validate", "p.toml", "--plugins", toys("sheets")});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.error.rfind("p.toml:6:10: error[port-layout]: 'a.sheets' and 'b.in' were built against "
                                "different headers of sheet/1\n",
                                0),
            0U)
      << outcome.error;
  EXPECT_NE(outcome.error.find("rebuild both plugins"), std::string::npos) << outcome.error;
}

TEST(Plugin, ThatIsNotFoundTellsWhereWasLookedAndHowToSetIt) {
  const Folder folder;
  folder.write("p.toml", "schema = 1\n[stages.a]\nplugin = \"mine\"\n");
  ::setenv("IPET_PLUGIN_PATH", "/nowhere", 1);
  const Outcome outcome = ipet(folder, {"validate", "p.toml", "--plugins", toys()});
  ::unsetenv("IPET_PLUGIN_PATH");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.error.find("; looked in: " + toys() +
                               " (--plugins), /nowhere (IPET_PLUGIN_PATH; no such folder), "),
            std::string::npos)
      << outcome.error;
  EXPECT_NE(outcome.error.find("; name more folders with --plugins DIR, or IPET_PLUGIN_PATH=DIR:DIR\n"),
            std::string::npos)
      << outcome.error;
}

TEST(Plugin, OfAFolderThatIsNotThereTellsWhatIsWanted) {
  const Folder folder;
  const Outcome outcome = ipet(folder, {"list", "--plugins", "no\x1b[2Jwhere"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(
      outcome.error.rfind("--plugins no\\x1b[2Jwhere: error[search-path]: 'no\\x1b[2Jwhere': no such folder\n"
                          "      | looked in: " +
                              folder.path() + "/no\\x1b[2Jwhere (--plugins; no such folder)",
                          0),
      0U)
      << outcome.error;
}

TEST(Plugin, OfTheEnvironmentsPathIsFound) {
  const Folder folder;
  folder.write(
      "p.toml",
      "schema = 1\n[stages.a]\nplugin = \"counter\"\n[stages.b]\nplugin = \"store\"\ninputs = \"a\"\n");
  ::setenv("IPET_PLUGIN_PATH", ("/nowhere:" + toys()).c_str(), 1);
  const Outcome outcome = ipet(folder, {"validate", "p.toml"});
  ::unsetenv("IPET_PLUGIN_PATH");
  EXPECT_EQ(outcome.code, 0) << outcome.error;
}

TEST(Plugin, ListGoesOnWhenOneLibraryIsBroken) {
  const Folder folder;
  const Outcome outcome = ipet(folder, {"list", "--plugins", toys("throws"), "--plugins", toys()});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find("doubler     stage (map)     Doubles numbers.\n"), std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("power       formula         y = x to the power of an exponent.\n"),
            std::string::npos)
      << outcome.out;
  EXPECT_EQ(
      outcome.error.rfind("warning[plugin-register]: " + toys("throws") + "/throws.so cannot be used: ", 0),
      0u)
      << outcome.error;
}

TEST(Plugin, NamedAsTheStageComesFirstAndASecondOfThatNameIsReported) {
  const Folder folder;
  const Outcome first =
      ipet(folder, {"inspect", "doubler", "--plugins", toys(), "--plugins", toys("doubler")});
  EXPECT_EQ(first.code, 0);
  EXPECT_NE(first.out.find("  Another.\n"), std::string::npos) << first.out;
  const Outcome all = ipet(folder, {"list", "--plugins", toys(), "--plugins", toys("doubler")});
  EXPECT_EQ(all.code, 0);
  EXPECT_EQ(all.error, "warning[plugin-duplicate]: " + toys("doubler") +
                           "/doubler.so cannot be used: there already is a stage 'doubler'\n");
}

Outcome fit_with(const std::string& formula) {
  return program_test::validate(
      "schema = 1\n[stages.n]\nplugin = \"counter\"\n[stages.f]\nplugin = \"fitter\"\ninputs = \"n\"\n"
      "options.formula = " +
      formula + "\n[stages.s]\nplugin = \"store\"\ninputs = \"f\"\n");
}

TEST(Component, IsNamedByAnOptionAndMayHaveOptionsOfItsOwn) {
  EXPECT_EQ(fit_with("\"line\"").code, 0);
  EXPECT_EQ(fit_with("\"power\"").code, 0);
  EXPECT_EQ(fit_with("{ name = \"power\", exponent = 3 }").code, 0);
}

TEST(Component, WithAMisspeltOptionIsRefused) {
  const Outcome outcome = fit_with("{ name = \"power\", exponnent = 3 }");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(
      outcome.error.find("pipeline.toml:7:37: error[unknown-option]: stage 'f': formula 'power': no option "
                         "'exponnent'\n"),
      std::string::npos)
      << outcome.error;
  EXPECT_NE(outcome.error.find("did you mean 'exponent'?  power has: exponent"), std::string::npos)
      << outcome.error;
}

TEST(Component, ThatIsMisspeltListsThoseOfItsInterface) {
  const Outcome outcome = fit_with("\"powr\"");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.error.find("pipeline.toml:7:19: error[unknown-component]: no formula 'powr'\n"),
            std::string::npos)
      << outcome.error;
  EXPECT_NE(outcome.error.find("did you mean 'power'?  there are: future, line, power"), std::string::npos)
      << outcome.error;
}

TEST(Component, OfAnotherKindSaysWhatItIs) {
  const Outcome outcome = fit_with("\"doubler\"");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_NE(outcome.error.find("error[unknown-component]: no formula 'doubler', it is a stage\n"),
            std::string::npos)
      << outcome.error;
}

TEST(Component, OfAnotherInterfaceVersionMustBeRebuilt) {
  const Outcome outcome = fit_with("\"future\"");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_NE(
      outcome.error.find("error[plugin-interface]: 'future' was built for formula/2, here is formula/1\n"),
      std::string::npos)
      << outcome.error;
}

}  // namespace
