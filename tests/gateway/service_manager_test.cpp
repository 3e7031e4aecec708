// What systemd is told: sd_notify(3), sd_watchdog_enabled(3).
#include "stages/gateway/service_manager.hpp"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <regex>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/gateway/scratch_folder.hpp"

namespace ipet::gateway {
namespace {

using namespace std::chrono_literals;

/// systemd's end: a socket at a path, or of an abstract name, and the environment that names it.
class Listener {
 public:
  explicit Listener(const std::string& name) {
    descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path);
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    if (::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size) != 0)
      throw std::runtime_error(std::strerror(errno));
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() {
    ::close(descriptor_);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  /// The next message; "" when there is none.
  [[nodiscard]] std::string next() const {
    char bytes[4096];
    const ssize_t got = ::recv(descriptor_, bytes, sizeof bytes, MSG_DONTWAIT);
    return got < 0 ? "" : std::string(bytes, static_cast<std::size_t>(got));
  }

 private:
  int descriptor_ = -1;
};

TEST(ServiceManager, IsToldOfEachState) {
  const test::ScratchFolder folder;
  const Listener systemd((folder / "notify").string());
  const ServiceManager manager;
  EXPECT_TRUE(manager.ready("12 lines\nREADY=0"));
  EXPECT_EQ(systemd.next(), "READY=1\nSTATUS=12 lines\\nREADY=0");
  EXPECT_TRUE(manager.alive());
  EXPECT_EQ(systemd.next(), "WATCHDOG=1");
  EXPECT_TRUE(manager.reloading());
  EXPECT_TRUE(std::regex_match(systemd.next(), std::regex("RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*")));
  EXPECT_TRUE(manager.stopping());
  EXPECT_EQ(systemd.next(), "STOPPING=1");
}

TEST(ServiceManager, MayListenAtAnAbstractName) {
  const Listener systemd("@ipet-test-" + std::to_string(::getpid()));
  EXPECT_TRUE(ServiceManager().stopping());
  EXPECT_EQ(systemd.next(), "STOPPING=1");
}

TEST(ServiceManager, IsToldTwiceWithinTheTimeThatItWaits) {
  const Listener systemd("@ipet-test-" + std::to_string(::getpid()));
  EXPECT_EQ(ServiceManager().watchdog_period(), std::nullopt);
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  EXPECT_EQ(ServiceManager().watchdog_period(), 15s);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_EQ(ServiceManager().watchdog_period(), 15s);
  ::setenv("WATCHDOG_PID", "1", 1);  // another process is watched
  EXPECT_EQ(ServiceManager().watchdog_period(), std::nullopt);
  ::unsetenv("WATCHDOG_PID");
  for (const char* text : {"", "0", "-1", "30s", "99999999999999999999999"}) {
    ::setenv("WATCHDOG_USEC", text, 1);
    EXPECT_EQ(ServiceManager().watchdog_period(), std::nullopt) << text;
  }
}

TEST(ServiceManager, IsDoneWithoutWhereThereIsNone) {
  EXPECT_FALSE(ServiceManager().ready("x"));
  for (const char* name : {"", "/", "/nowhere/at/all", "relative"}) {
    ::setenv("NOTIFY_SOCKET", name, 1);
    ::setenv("WATCHDOG_USEC", "1000000", 1);
    EXPECT_FALSE(ServiceManager().ready("x")) << name;
    EXPECT_EQ(ServiceManager().watchdog_period(), std::nullopt) << name;
  }
  ::unsetenv("NOTIFY_SOCKET");
  ::unsetenv("WATCHDOG_USEC");
}

TEST(ServiceManager, IsNotWaitedForWhereItDoesNotRead) {
  const Listener systemd("@ipet-test-" + std::to_string(::getpid()));
  const ServiceManager manager;
  bool refused = false;
  for (int i = 0; i < 100'000 && !refused; ++i) refused = !manager.alive();
  EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace ipet::gateway
