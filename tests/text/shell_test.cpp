// Arguments as a shell takes them back.
#include "pipeline/text/shell.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "pipeline/text/printable.hpp"

namespace {

using ipet::text::shell_command;
using ipet::text::shell_quoted;
using ipet::text::with_home;

/// The bytes of the only argument as bash reads them.
std::string read_by_bash(const std::string& quoted) {
  // The script comes through a file: quoting it once more would test that.
  std::FILE* script = std::tmpfile();
  std::fputs(("printf %s " + quoted + " | od -An -v -tx1\n").c_str(), script);
  std::rewind(script);
  const std::string command = "bash /dev/fd/" + std::to_string(::fileno(script));
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string out;
  unsigned byte = 0;
  while (std::fscanf(pipe, "%x", &byte) == 1) out += static_cast<char>(byte);
  ::pclose(pipe);
  std::fclose(script);
  return out;
}

TEST(ShellQuoting, LeavesPlainArgumentsAlone) {
  const char* arguments[] = {"ipet",  "run", "pipelines/ipet.toml", "--set", "captures=/data/day-1",
                             "--set", ""};
  EXPECT_EQ(shell_command(7, arguments), "ipet run pipelines/ipet.toml --set captures=/data/day-1 --set ''");
}

TEST(ShellQuoting, QuotesWhatAShellWouldExpand) {
  EXPECT_EQ(shell_quoted("a b"), "'a b'");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted("$(reboot) `x` ~ [a-c]* {1,2} !! #"), "'$(reboot) `x` ~ [a-c]* {1,2} !! #'");
  EXPECT_EQ(shell_quoted("x\x1b[2J'\\"), "$'x\\x1b[2J\\'\\\\'");
  EXPECT_EQ(shell_quoted("caf\xe9"), "$'caf\\xe9'");
}

TEST(ShellQuoting, IsReadBackByBashAsItWas) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::string_view likely =
      "'\"\\$`!~*?[]{}()<>|&;# \t\n\x1b"
      "a0\xc3\xa9\xe2\x80\xae";
  for (int i = 0; i < 60; ++i) {
    std::string argument;
    for (auto length = 1 + random() % 15; length > 0; --length)
      argument +=
          random() % 4 == 0 ? static_cast<char>(1 + random() % 255) : likely[random() % likely.size()];
    const std::string quoted = shell_quoted(argument);
    EXPECT_EQ(read_by_bash(quoted), argument) << quoted;
    EXPECT_TRUE(ipet::text::is_plain(quoted)) << quoted;
  }
}

TEST(HomeFolder, StandsForTheTildeAtTheBeginningAlone) {
  const char* before = std::getenv("HOME");
  const std::string saved = before == nullptr ? "" : before;
  ::setenv("HOME", "/people/ada", 1);
  EXPECT_EQ(with_home("~"), "/people/ada");
  EXPECT_EQ(with_home("~/captures/*.pcap"), "/people/ada/captures/*.pcap");
  for (const char* path : {"", "x", "x/~", "file~", "./~/x"}) EXPECT_EQ(with_home(path), path);
  ::unsetenv("HOME");
  EXPECT_EQ(with_home("~/x"), std::nullopt);
  EXPECT_EQ(with_home("/x"), "/x");
  if (before != nullptr) ::setenv("HOME", saved.c_str(), 1);
}

/// The sixth field of a user's line in /etc/passwd.
std::string home_in_passwd(const std::string& user) {
  std::ifstream file("/etc/passwd");
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string field;
    if (!std::getline(fields, field, ':') || field != user) continue;
    for (int i = 0; i < 5; ++i) std::getline(fields, field, ':');
    return field;
  }
  return {};
}

TEST(HomeFolder, OfAnotherUserStandsForTheTildeWithAName) {
  const std::string home = home_in_passwd("root");
  ASSERT_EQ(home.rfind('/', 0), 0U) << "every system has root";
  EXPECT_EQ(with_home("~root"), home);
  EXPECT_EQ(with_home("~root/x/*.pcap"), home + "/x/*.pcap");
}

TEST(HomeFolder, OfAUserWhoIsNotThereIsTold) {
  EXPECT_EQ(with_home("~no.such user\x1b/x"), std::nullopt);
  EXPECT_EQ(
      ipet::text::home_fault("~no.such user\x1b/x"),
      "'~no.such user\\x1b' stands for the home folder of the user 'no.such user\\x1b', whom this machine "
      "does not know; a name that begins with ~ is written ./~NAME");
  EXPECT_EQ(ipet::text::home_fault("~/x"),
            "'~' stands for the folder in the environment variable HOME, which is not set");
}

}  // namespace
