#include "stages/gateway/metrics_server.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "stages/gateway/http_request.hpp"
#include "stages/gateway/prometheus.hpp"

namespace ipet::gateway {

namespace {

std::runtime_error failed(const MetricsAddress& address, const std::string& action, int error) {
  return std::runtime_error("metrics: " + address.text() + ": " + action + ": " +
                            std::generic_category().message(error) +
                            "; choose another address or path (option 'metrics')");
}

sockaddr_un socket_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

/// Whether somebody listens at a Unix socket.
bool has_listener(const sockaddr_un& address) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int result = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::close(probe);
  return result == 0 || error == EAGAIN;
}

}  // namespace

struct MetricsServer::Client {
  enum class State : std::uint8_t { reading, writing };
  int descriptor;
  Clock::time_point since;
  State state = State::reading;
  std::string received = {};
  std::string header = {};
  std::shared_ptr<const std::string> content = nullptr;
  std::size_t sent = 0;  ///< of header and content

  Client(int accepted, Clock::time_point now) : descriptor(accepted), since(now) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(descriptor); }
};

MetricsServer::MetricsServer(const MetricsAddress& address, Page page, MetricsLimits limits)
    : address_(address), make_page_(std::move(page)), limits_(limits) {
  const int family = !address.path.empty() ? AF_UNIX : address.address.is_v4() ? AF_INET : AF_INET6;
  listener_ = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  try {
    if (listener_ < 0 || wake_ < 0) throw failed(address_, "cannot open a socket", errno);
    if (address_.path.empty())
      listen_at_port();
    else
      listen_at_path();
    // Signals are for the threads that wait for them.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  } catch (...) {
    if (listener_ >= 0) ::close(listener_);
    if (wake_ >= 0) ::close(wake_);
    throw;
  }
}

MetricsServer::~MetricsServer() {
  ending_ = true;
  const std::uint64_t one = 1;
  static_cast<void>(!::write(wake_, &one, sizeof one));
  thread_.join();
  struct stat found {};
  if (!address_.path.empty() && ::stat(address_.path.c_str(), &found) == 0 && found.st_ino == socket_inode_)
    ::unlink(address_.path.c_str());
  ::close(listener_);
  ::close(wake_);
}

void MetricsServer::listen_at_path() {
  const sockaddr_un address = socket_address(address_.path);
  struct stat found {};
  if (::lstat(address_.path.c_str(), &found) == 0) {
    if (!S_ISSOCK(found.st_mode)) throw failed(address_, "is there and no socket", EEXIST);
    if (has_listener(address)) throw failed(address_, "another process listens there", EADDRINUSE);
    ::unlink(address_.path.c_str());
  }
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw failed(address_, "cannot listen", errno);
  constexpr mode_t owner_and_group = 0660;
  ::chmod(address_.path.c_str(), owner_and_group);
  if (::stat(address_.path.c_str(), &found) == 0) socket_inode_ = found.st_ino;
  if (::listen(listener_, SOMAXCONN) != 0) throw failed(address_, "cannot listen", errno);
}

void MetricsServer::listen_at_port() {
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  const bool is_v4 = address_.address.is_v4();
  v4.sin_family = AF_INET;
  v4.sin_port = htons(address_.port);
  std::memcpy(&v4.sin_addr, address_.address.bytes.data() + 12, 4);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address_.port);
  std::memcpy(&v6.sin6_addr, address_.address.bytes.data(), 16);
  auto* const address = is_v4 ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
  socklen_t size = is_v4 ? sizeof v4 : sizeof v6;
  if (::bind(listener_, address, size) != 0 || ::listen(listener_, SOMAXCONN) != 0)
    throw failed(address_, "cannot listen", errno);
  ::getsockname(listener_, address, &size);
  address_.port = ntohs(is_v4 ? v4.sin_port : v6.sin6_port);
}

void MetricsServer::run() {
  std::vector<pollfd> waited;
  while (!ending_) {
    const Clock::time_point now = Clock::now();
    drop_late(now);
    waited.assign({{wake_, POLLIN, 0}, {now < listen_after_ ? -1 : listener_, POLLIN, 0}});
    for (const Client& client : clients_)
      waited.push_back({client.descriptor,
                        static_cast<short>(client.state == Client::State::writing ? POLLOUT : POLLIN), 0});
    if (::poll(waited.data(), waited.size(), wait_time(now)) <= 0) continue;
    auto client = clients_.begin();
    for (std::size_t i = 2; i < waited.size(); ++i) {
      const auto each = client++;
      if (waited[i].revents != 0 && !serve(*each)) clients_.erase(each);
    }
    if (waited[1].revents != 0) accept_clients();
  }
  clients_.clear();
}

int MetricsServer::wait_time(Clock::time_point now) const {
  Clock::time_point until = Clock::time_point::max();
  if (now < listen_after_) until = listen_after_;
  if (!clients_.empty()) until = std::min(until, clients_.front().since + limits_.patience);
  if (until == Clock::time_point::max()) return -1;
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(until - now).count());
}

void MetricsServer::drop_late(Clock::time_point now) {
  while (!clients_.empty() && clients_.front().since + limits_.patience <= now) {
    ++given_up_;
    clients_.pop_front();
  }
}

void MetricsServer::accept_clients() {
  constexpr std::chrono::milliseconds pause{100};  // where the system has no descriptors left
  // Those who came first are served in between.
  for (std::size_t i = 0; i < limits_.clients; ++i) {
    const int accepted = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        listen_after_ = Clock::now() + pause;
      return;
    }
    if (clients_.size() >= limits_.clients) {
      ++given_up_;
      clients_.pop_front();
    }
    Client& client = clients_.emplace_back(accepted, Clock::now());
    // What came with the connection is answered before the next one can take its place.
    if (!serve(client)) clients_.pop_back();
  }
}

bool MetricsServer::serve(Client& client) {
  if (client.state == Client::State::reading && !read_request(client)) return false;
  if (client.state == Client::State::writing && !write_answer(client)) return false;
  return true;
}

bool MetricsServer::read_request(Client& client) {
  char bytes[4096];
  while (client.state == Client::State::reading) {
    const ssize_t got = ::recv(client.descriptor, bytes, sizeof bytes, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    client.received.append(bytes, static_cast<std::size_t>(got));
    if (const auto verdict = http_verdict(client.received))
      prepare_answer(client, verdict->status, verdict->head_only);
  }
  return true;
}

void MetricsServer::prepare_answer(Client& client, int status, bool head_only) {
  if (status == 200) {
    try {
      client.content = page();
    } catch (const std::exception&) {
      status = 500;
    }
  }
  ++(status == 200 ? served_ : refused_);
  if (status != 200)
    client.content = std::make_shared<const std::string>(std::string(reason_phrase(status)) + "\n");
  client.header = "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason_phrase(status)) +
                  "\r\nContent-Type: " +
                  std::string(status == 200 ? PrometheusText::content_type : "text/plain; charset=utf-8") +
                  "\r\nContent-Length: " + std::to_string(client.content->size()) +
                  (status == 405 ? "\r\nAllow: GET, HEAD" : "") + "\r\nConnection: close\r\n\r\n";
  if (head_only) client.content = std::make_shared<const std::string>();
  client.received = {};
  client.state = Client::State::writing;
}

bool MetricsServer::write_answer(Client& client) {
  const std::size_t whole = client.header.size() + client.content->size();
  while (client.sent < whole) {
    const bool in_header = client.sent < client.header.size();
    const std::string& from = in_header ? client.header : *client.content;
    const std::size_t at = in_header ? client.sent : client.sent - client.header.size();
    const ssize_t sent = ::send(client.descriptor, from.data() + at, from.size() - at, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return errno == EAGAIN;
    client.sent += static_cast<std::size_t>(sent);
  }
  // Closed with something unread, as what follows a bad request: on one machine the answer arrives all the
  // same.
  return false;
}

std::shared_ptr<const std::string> MetricsServer::page() {
  const Clock::time_point now = Clock::now();
  if (page_ == nullptr || now - page_made_ >= limits_.page_age) {
    page_ = std::make_shared<const std::string>(make_page_());
    page_made_ = now;
  }
  return page_;
}

}  // namespace ipet::gateway
