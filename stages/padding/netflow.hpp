// Keep-alive padding as Tor sends it between a client and its guard ("netflow padding", Tor's
// padding-spec.txt section 2): a router that records flows never sees one end, because no direction is silent
// for long.
//
// begin(), or else the first user packet, arms both directions. Each has a timer, uniform between `shortest`
// and `longest`, that starts again with everything that leaves in that direction; when it runs out, one dummy
// leaves. That is about 0.2 packets per second, all of them where the line would be silent.
#pragma once

#include <algorithm>
#include <chrono>

#include "stages/defence/cover_schedule.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

struct NetflowOptions {
  std::chrono::nanoseconds shortest = std::chrono::milliseconds(1'500);
  std::chrono::nanoseconds longest = std::chrono::milliseconds(9'500);
  std::uint32_t size = 100;  ///< bytes of a dummy
  traffic::Protocol dummy_protocol = traffic::Protocol::udp;

  /// Timers / factor. In proportion where the line is silent; a line that is busier than its timers has no
  /// cover at any intensity below that.
  [[nodiscard]] NetflowOptions at_intensity(double factor) const;
};

class Netflow final : public CoverSchedule {
 public:
  Netflow(const NetflowOptions& options, traffic::StreamKey key) : options_(options), random_(key) {}
  void begin(traffic::Nanoseconds time) override;
  void user_packet(const traffic::DevicePacket& packet) override;
  bool next(traffic::Nanoseconds until, traffic::DevicePacket& dummy) override;
  [[nodiscard]] traffic::Nanoseconds due() const override {
    return begun_ ? std::min(expiry_[0], expiry_[1]) : never;
  }
  void rest() override { begun_ = false; }

 private:
  void start(std::size_t direction, traffic::Nanoseconds time);

  NetflowOptions options_;
  traffic::Random random_;
  bool begun_ = false;
  traffic::Nanoseconds expiry_[2] = {0, 0};  ///< by direction
};

}  // namespace ipet::defence
