#include "pipeline/cli/service_manager.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pipeline/text/printable.hpp"

namespace ipet::cli {

namespace {

/// A datagram socket that is connected to the path, or to the name that follows '@'; -1 for none.
int connected_to(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() < 2 || path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
    return -1;
  path.copy(address.sun_path, path.size());
  const bool abstract = path[0] == '@';
  if (abstract) address.sun_path[0] = '\0';
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1));
  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor >= 0 && ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    ::close(descriptor);
    return -1;
  }
  return descriptor;
}

}  // namespace

ServiceManager::ServiceManager() {
  if (const char* const path = std::getenv("NOTIFY_SOCKET")) socket_ = connected_to(path);
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

bool ServiceManager::send(const std::string& message) const {
  return socket_ >= 0 && ::send(socket_, message.data(), message.size(), MSG_NOSIGNAL) ==
                             static_cast<ssize_t>(message.size());
}

bool ServiceManager::ready(std::string_view status) const {
  return send("READY=1\nSTATUS=" + text::printable(status));
}

bool ServiceManager::alive(std::string_view status) const {
  return send("WATCHDOG=1\nSTATUS=" + text::printable(status));
}

bool ServiceManager::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
  return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
}

bool ServiceManager::stopping() const {
  return send("STOPPING=1");
}

}  // namespace ipet::cli
