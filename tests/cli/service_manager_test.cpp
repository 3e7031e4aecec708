// What systemd is told: sd_notify(3).
#include "pipeline/cli/service_manager.hpp"

#include <cstdlib>
#include <regex>

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/cli/program.hpp"
#include "tests/cli/systemd_end.hpp"

namespace {

using ipet::cli::ServiceManager;
using program_test::Folder;
using program_test::SystemdEnd;

std::string abstract_name() {
  return "@ipet-test-" + std::to_string(::getpid());
}

TEST(ServiceManager, IsToldOfEachState) {
  const Folder folder;
  const SystemdEnd systemd(folder.path() + "/notify");
  const ServiceManager manager;
  EXPECT_TRUE(manager.ready("12 lines\nREADY=0"));
  EXPECT_EQ(systemd.next(), "READY=1\nSTATUS=12 lines\\nREADY=0");
  EXPECT_TRUE(manager.alive("7 packets"));
  EXPECT_EQ(systemd.next(), "WATCHDOG=1\nSTATUS=7 packets");
  EXPECT_TRUE(manager.reloading());
  EXPECT_TRUE(std::regex_match(systemd.next(), std::regex("RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*")));
  EXPECT_TRUE(manager.stopping());
  EXPECT_EQ(systemd.next(), "STOPPING=1");
}

TEST(ServiceManager, MayListenAtAnAbstractName) {
  const SystemdEnd systemd(abstract_name());
  EXPECT_TRUE(ServiceManager().stopping());
  EXPECT_EQ(systemd.next(), "STOPPING=1");
}

TEST(ServiceManager, IsDoneWithoutWhereThereIsNone) {
  EXPECT_FALSE(ServiceManager().ready("x"));
  for (const char* name : {"", "/", "/nowhere/at/all", "relative"}) {
    ::setenv("NOTIFY_SOCKET", name, 1);
    EXPECT_FALSE(ServiceManager().ready("x")) << name;
  }
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(ServiceManager, IsNotWaitedForWhereItDoesNotRead) {
  const SystemdEnd systemd(abstract_name());
  const ServiceManager manager;
  bool refused = false;
  for (int i = 0; i < 100'000 && !refused; ++i) refused = !manager.alive("x");
  EXPECT_TRUE(refused);
}

}  // namespace
