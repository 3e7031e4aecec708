// systemd's end of what services tell it.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace program_test {

/// A socket at a path, or of an abstract name, which the environment names.
class SystemdEnd {
 public:
  explicit SystemdEnd(const std::string& name) {
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
  SystemdEnd(const SystemdEnd&) = delete;
  SystemdEnd& operator=(const SystemdEnd&) = delete;
  ~SystemdEnd() {
    ::close(descriptor_);
    ::unsetenv("NOTIFY_SOCKET");
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

}  // namespace program_test
