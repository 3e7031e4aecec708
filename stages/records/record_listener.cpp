#include "stages/records/record_listener.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <poll.h>

#include "pipeline/text/lists.hpp"
#include "stages/records/device_replay.hpp"
#include "stages/records/record.hpp"

namespace ipet::records {

using traffic::Nanoseconds;

RecordListener::RecordListener(std::span<const Endpoint> addresses)
    : had_(addresses.size()), offset_(wall_time() - steady_time()) {
  for (const Endpoint& address : addresses) {
    Socket socket = open_socket(address, SOCK_STREAM);
    const int yes = 1;
    setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    int error = bind_socket(socket, address);
    if (error == 0 && ::listen(socket.get(), 64) != 0) error = errno;
    if (error != 0)
      throw std::runtime_error("cannot listen at " + address.text() + ": " + reason_of(error) +
                               "; give an address of this machine with a port that is free");
    listening_.push_back(std::move(socket));
    names_.push_back(address.text());
  }
}

Nanoseconds RecordListener::now() {
  return steady_time() + offset_;
}

void RecordListener::receive(Nanoseconds wait, std::size_t most, std::vector<Arrival>& arrivals) {
  std::vector<pollfd> wanted;
  for (const Socket& socket : listening_) wanted.push_back({socket.get(), POLLIN, 0});
  for (const auto& [descriptor, connection] : connections_) wanted.push_back({descriptor, POLLIN, 0});
  if (poll(wanted.data(), wanted.size(), static_cast<int>(wait / 1'000'000)) <= 0) return;
  for (std::size_t i = listening_.size(); i < wanted.size() && arrivals.size() < most; ++i) {
    if (wanted[i].revents == 0) continue;
    const auto found = connections_.find(wanted[i].fd);
    if (!read(found->second, arrivals)) connections_.erase(found);
  }
  for (std::size_t device = 0; device < listening_.size(); ++device)
    if (wanted[device].revents != 0) accept_at(device);
}

void RecordListener::accept_at(std::size_t device) {
  for (int tries = 0; tries < 64; ++tries) {
    Socket socket(accept4(listening_[device].get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;  // none left, gone already, or no descriptors: whoever waits is asked for again
    if (connections_.size() >= most_connections) {
      ++counts_.refused;
      continue;
    }
    ++counts_.connections;
    had_[device] = true;
    const int descriptor = socket.get();
    connections_.emplace(descriptor, Connection{std::move(socket), device});
  }
}

bool RecordListener::read(Connection& connection, std::vector<Arrival>& arrivals) {
  std::array<unsigned char, 4096> bytes;  // a connection's share of a turn
  const ssize_t count = recv(connection.socket.get(), bytes.data(), bytes.size(), 0);
  if (count > 0) return take(connection, std::span(bytes).first(static_cast<std::size_t>(count)), arrivals);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return true;
  if (count < 0)
    ++counts_.broken;
  else if (connection.held > 0)
    ++counts_.cut;
  return false;
}

bool RecordListener::take(Connection& connection, std::span<const unsigned char> bytes,
                          std::vector<Arrival>& arrivals) {
  const Nanoseconds time = now();
  for (const unsigned char byte : bytes) {
    connection.part[connection.held++] = byte;
    if (connection.held < sizeof connection.part) continue;
    connection.held = 0;
    RecordBytes record;
    std::memcpy(record.data(), connection.part, record.size());
    const auto packet = packet_of(record, time);
    if (!packet) {
      ++counts_.foreign;
      return false;
    }
    if (packet->size > largest_size)
      ++counts_.too_large;
    else
      arrivals.push_back({connection.device, *packet});
  }
  return true;
}

bool RecordListener::all_ended() const {
  return connections_.empty() && std::ranges::all_of(had_, [](bool had) { return had; });
}

std::vector<std::string> RecordListener::complaints() const {
  using text::counted;
  std::vector<std::string> texts;
  const auto tell = [&](std::uint64_t count, const char* noun, const std::string& what) {
    if (count > 0) texts.push_back(counted(count, noun) + " " + what);
  };
  tell(counts_.refused, "connection", "refused: more than " + std::to_string(most_connections) + " at once");
  tell(counts_.foreign, "connection",
       "closed: what came is not in the published format (4 bytes: kind, I or O, size)");
  tell(counts_.cut, "connection", "ended within a record, whose first bytes do not count");
  tell(counts_.broken, "connection", "broken off by the other end or the network");
  tell(counts_.too_large, "record",
       "left out: larger than any packet (" + std::to_string(largest_size) + " bytes)");
  for (std::size_t device = 0; device < had_.size(); ++device)
    if (!had_[device]) texts.push_back("nobody connected to " + names_[device]);
  return texts;
}

}  // namespace ipet::records
