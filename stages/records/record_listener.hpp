// Takes records (record.hpp) from whoever connects: one address for each device, since records do not say
// whose they are.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "stages/records/endpoint.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::records {

class RecordListener {
 public:
  static constexpr std::size_t most_connections = 256;  ///< further ones are closed at once

  struct Arrival {
    std::size_t device;  ///< which of the addresses
    traffic::DevicePacket packet;
  };
  struct Counts {
    std::uint64_t connections = 0;
    std::uint64_t refused = 0;    ///< connections beyond most_connections
    std::uint64_t foreign = 0;    ///< connections that were closed since what came was no record
    std::uint64_t cut = 0;        ///< connections that ended within a record
    std::uint64_t too_large = 0;  ///< records that no packet can be
    std::uint64_t broken = 0;     ///< connections that ended with an error
  };

  /// Throws std::runtime_error naming the address that cannot be listened at.
  explicit RecordListener(std::span<const Endpoint> addresses);

  /// Waits for so long at most, and adds what has come, in order of time; at most about `most` packets.
  void receive(traffic::Nanoseconds wait, std::size_t most, std::vector<Arrival>& arrivals);
  /// Each device has had a connection, and none is open.
  [[nodiscard]] bool all_ended() const;
  [[nodiscard]] const Counts& counts() const { return counts_; }
  /// In words, one for each thing that went wrong.
  [[nodiscard]] std::vector<std::string> complaints() const;

 private:
  struct Connection {
    Socket socket;
    std::size_t device;
    std::size_t held = 0;  ///< bytes of a record that has not come whole
    unsigned char part[4] = {};
  };
  void accept_at(std::size_t device);
  /// False where the connection has ended.
  bool read(Connection& connection, std::vector<Arrival>& arrivals);
  bool take(Connection& connection, std::span<const unsigned char> bytes, std::vector<Arrival>& arrivals);
  [[nodiscard]] traffic::Nanoseconds now();

  std::vector<Socket> listening_;
  std::vector<std::string> names_;  ///< of the addresses
  std::vector<bool> had_;           ///< a connection, by device
  std::map<int, Connection> connections_;
  Counts counts_;
  traffic::Nanoseconds offset_;  ///< of the wall clock at the beginning: its jumps move nothing
};

}  // namespace ipet::records
