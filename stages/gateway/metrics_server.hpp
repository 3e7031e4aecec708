// Answers whoever on this machine asks for the counters: HTTP/1.1 on a Unix socket or a loopback address.
//
// It has a thread of its own, which waits for nobody: a page is made once for all who ask within page_age, a
// client that does not finish within `patience` is closed, and where more than `clients` are there, the one
// that has been there longest goes. So whatever clients do takes `clients` connections, a page for each
// page_age of patience, and part of one core.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "stages/gateway/metrics_address.hpp"

namespace ipet::gateway {

struct MetricsLimits {
  std::size_t clients = 64;
  std::chrono::milliseconds patience{5000};
  std::chrono::milliseconds page_age{1000};
};

class MetricsServer {
 public:
  /// What is shown, as PrometheusText has it. Called on the server's thread; where it throws, the answer is
  /// an error 500.
  using Page = std::function<std::string()>;

  /// Listens at once. A socket that nobody listens at any more is replaced. Throws std::runtime_error that
  /// begins with "metrics: " and the address.
  MetricsServer(const MetricsAddress& address, Page page, MetricsLimits limits = {});
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;
  /// Closes all connections, and removes its own Unix socket.
  ~MetricsServer();

  /// With the port that was free.
  [[nodiscard]] const MetricsAddress& address() const { return address_; }
  /// Requests that got the page, that got an error, and clients that were closed unanswered because of a
  /// limit.
  [[nodiscard]] std::uint64_t served() const { return served_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] std::uint64_t given_up() const { return given_up_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Client;

  void listen_at_path();
  void listen_at_port();
  void run();
  void accept_clients();
  /// False: the client is done.
  bool serve(Client& client);
  bool read_request(Client& client);
  bool write_answer(Client& client);
  void prepare_answer(Client& client, int status, bool head_only);
  std::shared_ptr<const std::string> page();
  void drop_late(Clock::time_point now);
  [[nodiscard]] int wait_time(Clock::time_point now) const;

  MetricsAddress address_;
  Page make_page_;
  MetricsLimits limits_;
  int listener_ = -1, wake_ = -1;
  std::uint64_t socket_inode_ = 0;  ///< of the Unix socket that is ours
  std::list<Client> clients_;       ///< the oldest first
  std::shared_ptr<const std::string> page_;
  Clock::time_point page_made_{}, listen_after_{};
  std::atomic<bool> ending_ = false;
  std::atomic<std::uint64_t> served_ = 0, refused_ = 0, given_up_ = 0;
  std::thread thread_;
};

}  // namespace ipet::gateway
