// What is left of root, as /proc/PID/status has it (proc(5), capabilities(7)).
#include "stages/gateway/privileges.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ipet::gateway {
namespace {

/// What `command` printed, begun anew by a process of its own; or the error.
std::string printed(const std::string& user, const std::vector<std::string>& command, uid_t begin_as = 0) {
  int ends[2];
  if (::pipe(ends) != 0) return "";
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    std::string error = "came back";
    try {
      if (begin_as != 0 && ::setresuid(begin_as, begin_as, begin_as) != 0) ::_exit(2);
      begin_anew_as(user, command);
    } catch (const std::exception& thrown) {
      error = thrown.what();
    }
    static_cast<void>(!::write(ends[1], error.data(), error.size()));
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string all;
  char bytes[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], bytes, sizeof bytes)) > 0;)
    all.append(bytes, static_cast<std::size_t>(got));
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return all;
}

using Status = std::map<std::string, std::string>;
Status status_of(std::istream&& lines) {
  Status status;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(":\t");
    if (colon != std::string::npos) status[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return status;
}

unsigned long capabilities(const Status& status, const char* name) {
  return std::stoul(status.at(name), nullptr, 16);
}

const std::vector<std::string> show_status = {"/bin/cat", "/proc/self/status"};

TEST(Privileges, OfAUserThatRootBecameAreThoseOfTheNetwork) {
  if (!is_root()) GTEST_SKIP() << "only root can become somebody else";
  const passwd* const nobody = ::getpwnam("nobody");
  ASSERT_NE(nobody, nullptr);
  const std::string uid = std::to_string(nobody->pw_uid), gid = std::to_string(nobody->pw_gid);
  const Status status = status_of(std::istringstream(printed("nobody", show_status)));
  ASSERT_TRUE(status.contains("Uid"));
  EXPECT_EQ(status.at("Uid"), uid + "\t" + uid + "\t" + uid + "\t" + uid);
  EXPECT_EQ(status.at("Gid"), gid + "\t" + gid + "\t" + gid + "\t" + gid);
  EXPECT_EQ(status.at("NoNewPrivs"), "1");
  // CAP_NET_ADMIN is bit 12, CAP_NET_RAW bit 13; a container may have neither.
  const unsigned long network =
      capabilities(status_of(std::ifstream("/proc/self/status")), "CapPrm") & 0x3000UL;
  for (const char* set : {"CapEff", "CapPrm", "CapInh", "CapAmb"})
    EXPECT_EQ(capabilities(status, set), network);
  EXPECT_EQ(capabilities(status, "CapBnd") & ~0x3000UL, 0u);
}

TEST(Privileges, StayWhereNobodyIsToBecomeAnother) {
  EXPECT_EQ(printed("", {"/bin/false"}), "came back");
  const passwd* const self = ::getpwuid(::geteuid());
  if (self != nullptr) {
    EXPECT_EQ(printed(self->pw_name, {"/bin/false"}), "came back");
  }
}

TEST(Privileges, CannotBeThoseOfAnotherUserWithoutRoot) {
  EXPECT_EQ(printed("root", {"/bin/false"}, is_root() ? 12'345 : 0),
            "user: only root can become 'root'; start it as root, or leave the option out");
}

TEST(Privileges, OfNobodyWhomThereIsNotAreAnError) {
  EXPECT_EQ(printed("no-such-user\x1b", {"/bin/false"}),
            "user: there is no 'no-such-user\\x1b'; make one (useradd --system NAME), or name another");
}

TEST(Privileges, CannotBeTakenByAProgramThatTheUserCannotStart) {
  if (!is_root()) GTEST_SKIP() << "only root can become somebody else";
  EXPECT_EQ(printed("nobody", {"/etc/shadow"}),
            "user: cannot start /etc/shadow (Permission denied) as 'nobody'; let that user read it, or name "
            "another");
}

TEST(Privileges, AreGivenUpByTheSameCommandAgain) {
  const std::vector<std::string> command = own_command();
  ASSERT_FALSE(command.empty());
  EXPECT_EQ(command[0], std::filesystem::read_symlink("/proc/self/exe"));
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), {}};
  std::string joined = whole.substr(0, whole.find('\0')) + '\0';
  for (std::size_t i = 1; i < command.size(); ++i) joined += command[i] + '\0';
  EXPECT_EQ(joined, whole);
}

}  // namespace
}  // namespace ipet::gateway
