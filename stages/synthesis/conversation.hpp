// A TCP connection or UDP flow between a device and its peer, as seen at the gateway.
#pragma once

#include <cstdint>

#include "stages/synthesis/frames.hpp"
#include "stages/synthesis/timeline.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::synthesis {

/// Every function returns when what it sent is over, acknowledgements included; the next message of the
/// conversation must not start before, so that no acknowledgement is ever late or doubled.
class Conversation {
 public:
  /// `rtt` from the gateway to the peer and back, nanoseconds.
  Conversation(const Endpoint& device, const Endpoint& peer, bool tcp, std::int64_t rtt);

  /// Handshake (TCP) or nothing.
  std::int64_t open(std::int64_t time, Timeline& timeline, traffic::Random& random);
  /// One application message of `size` bytes, cut into segments; each second one is acknowledged.
  std::int64_t send(std::int64_t time, bool out, std::size_t size, Timeline& timeline,
                    traffic::Random& random);
  /// FIN from the device and back (TCP) or nothing.
  std::int64_t close(std::int64_t time, Timeline& timeline, traffic::Random& random);

 private:
  struct Side {
    Endpoint end;
    std::uint32_t sequence = 0;
    std::uint16_t ip_id = 0;
  };
  void segment(std::int64_t time, std::size_t from, TcpFields fields, const Bytes& payload,
               Timeline& timeline);
  std::int64_t send_tcp(std::int64_t time, std::size_t from, Bytes message, Timeline& timeline,
                        traffic::Random& random);
  /// How long the receiving side takes to answer, as seen at the gateway.
  std::int64_t latency(std::size_t receiver, traffic::Random& random) const;

  Side sides_[2];  ///< 0: device, 1: peer
  bool tcp_;
  std::int64_t rtt_;
};

}  // namespace ipet::synthesis
