#include "stages/records/outlet.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "stages/records/record.hpp"

namespace ipet::records {

using traffic::DevicePacket;

namespace {

using std::chrono::steady_clock;

void bind_from(const Socket& socket, const std::optional<Endpoint>& from) {
  if (!from) return;
  if (const int error = bind_socket(socket, *from); error != 0)
    throw std::runtime_error("cannot send from " + from->text() + ": " + reason_of(error) +
                             "; give an address of this machine, with a port that is free or without");
}

/// 0, EINPROGRESS while nobody has answered, or the errno.
int answer_of(const Socket& socket) {
  pollfd wanted{socket.get(), POLLOUT, 0};
  if (poll(&wanted, 1, 100) == 0) return EINPROGRESS;
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

class RecordOutlet final : public Outlet {
 public:
  RecordOutlet(const Endpoint& to, const std::optional<Endpoint>& from, traffic::Nanoseconds patience,
               const Waiting& waiting)
      : to_(to) {
    const auto end = steady_clock::now() + std::chrono::nanoseconds(patience);
    int error = EINPROGRESS;
    while (error != 0) {
      waiting();
      if (!socket_ || error != EINPROGRESS) error = begin(from);
      if (error == EINPROGRESS) error = answer_of(socket_);
      if (error != 0 && steady_clock::now() > end)
        throw std::runtime_error(to.text() + " takes no records: " + reason_of(error) +
                                 "; start who is to listen there, for example a pipeline with relay_writer");
      if (error != 0 && error != EINPROGRESS) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    const int yes = 1;
    setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }

  void send(const DevicePacket& packet) override {
    if (packet.size > largest_size) {
      ++sent_.too_large;
      return;
    }
    if (closed_) return lose({});
    if (full() && !flush() && full())
      return lose(to_.text() + " reads too slowly: 64 KiB of records wait, and further ones are dropped");
    const RecordBytes record = record_of(packet);
    waiting_.insert(waiting_.end(), record.begin(), record.end());
    ++sent_.packets;
    sent_.bytes += packet.size;
    flush();
  }
  bool flush() override {
    while (!closed_ && taken_ < waiting_.size()) {
      const ssize_t count =
          ::send(socket_.get(), waiting_.data() + taken_, waiting_.size() - taken_, MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
      if (count < 0)
        give_up(errno);
      else
        taken_ += static_cast<std::size_t>(count);
    }
    waiting_.clear();
    taken_ = 0;
    return true;
  }

 private:
  static constexpr std::size_t most_waiting = std::size_t{64} << 10;  // bytes

  [[nodiscard]] bool full() const { return waiting_.size() - taken_ + 4 > most_waiting; }
  int begin(const std::optional<Endpoint>& from) {
    socket_ = open_socket(to_, SOCK_STREAM);
    const int yes = 1,
              room = static_cast<int>(most_waiting);  // so that what waits in the system is bounded, too
    setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    bind_from(socket_, from);
    return connect_socket(socket_, to_);
  }
  /// What waits was counted as sent.
  void give_up(int error) {
    closed_ = true;
    const std::uint64_t lost = (waiting_.size() - taken_ + 3) / 4;
    sent_.packets -= lost;
    for (std::uint64_t i = 0; i < lost; ++i)
      lose(to_.text() + " ended the connection: " + reason_of(error) + "; what follows is not sent");
  }

  Endpoint to_;
  Socket socket_;
  std::vector<unsigned char> waiting_;
  std::size_t taken_ = 0;  ///< of what waits, by the system
  bool closed_ = false;
};

class DatagramOutlet final : public Outlet {
 public:
  DatagramOutlet(const Endpoint& to, const std::optional<Endpoint>& from, std::uint32_t largest)
      : to_(to), socket_(open_socket(to, SOCK_DGRAM)), largest_(largest), zeros_(largest) {
    bind_from(socket_, from);
    if (const int error = connect_socket(socket_, to); error != 0)
      throw std::runtime_error("cannot send to " + to.text() + ": " + reason_of(error));
  }

  void send(const DevicePacket& packet) override {
    std::uint32_t left = packet.size;
    if (left > largest_) ++sent_.cut;
    do {
      const std::uint32_t part = std::min(left, largest_);
      if (!put(part))
        return lose(to_.text() + " was not reached: " + reason_of(errno) +
                    " (datagrams of that kind are counted)");
      left -= part;
    } while (left > 0);
    ++sent_.packets;
    sent_.bytes += packet.size;
  }

 private:
  /// An answer to an earlier datagram (ICMP) comes as an error of this one, which has not left then: once
  /// more.
  bool put(std::uint32_t size) {
    for (int tries = 0; tries < 3; ++tries) {
      if (::send(socket_.get(), zeros_.data(), size, MSG_NOSIGNAL) >= 0) return true;
      if (errno != ECONNREFUSED && errno != EHOSTUNREACH && errno != EINTR) break;
    }
    return false;
  }

  Endpoint to_;
  Socket socket_;
  std::uint32_t largest_;
  std::vector<unsigned char> zeros_;
};

}  // namespace

std::unique_ptr<Outlet> record_outlet(const Endpoint& to, const std::optional<Endpoint>& from,
                                      traffic::Nanoseconds patience, const Waiting& waiting) {
  return std::make_unique<RecordOutlet>(to, from, patience, waiting);
}
std::unique_ptr<Outlet> datagram_outlet(const Endpoint& to, const std::optional<Endpoint>& from,
                                        std::uint32_t largest) {
  return std::make_unique<DatagramOutlet>(to, from, largest);
}

}  // namespace ipet::records
