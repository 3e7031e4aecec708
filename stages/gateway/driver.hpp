// What an end does with the lines of a defence: it is told of packets and asked what is due, by the event
// loop or by a test. Everything happens in one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/defence/defence.hpp"
#include "stages/gateway/clock.hpp"
#include "stages/gateway/counters.hpp"
#include "stages/gateway/link.hpp"

namespace ipet::gateway {

/// So long is left alone what does not say when it is due.
inline constexpr traffic::Nanoseconds polling = traffic::second / 1000;

/// What a driver works with; all of it lives longer.
struct Ends {
  Side side = Side::gateway;
  std::vector<Link>& links;  ///< by line
  Counters& counters;
  /// Takes a user packet of the other end. In the path only.
  std::function<void(std::span<const std::uint8_t>)> deliver = {};
  std::size_t queue = 4 << 20;     ///< bytes of user packets that may wait, on all lines
  std::uint32_t ip_overhead = 28;  ///< IP and UDP headers of a datagram inside the tunnel

  [[nodiscard]] traffic::Direction own() const { return own_direction(side); }
  [[nodiscard]] traffic::Direction other() const {
    return own_direction(side == Side::gateway ? Side::relay : Side::gateway);
  }

  /// Sends a datagram of so many bytes, and counts it.
  bool send(std::size_t line, Kind kind, std::span<const std::uint8_t> content, std::size_t size,
            std::uint16_t first = Datagram::no_first) const;
  /// Counts what came.
  void count(std::size_t line, const Datagram& datagram, std::size_t size) const;
};

class Driver {
 public:
  explicit Driver(const Ends& ends) : ends_(ends) {}
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  virtual ~Driver() = default;

  /// The lines come up.
  virtual void begin(traffic::Nanoseconds now) = 0;
  /// In the path: a user packet that is to go to the other end.
  virtual void take(std::size_t line, std::span<const std::uint8_t> packet, traffic::Nanoseconds now) {
    static_cast<void>(line), static_cast<void>(packet), static_cast<void>(now);
  }
  /// Beside the path: a user packet passed by. TCP or UDP with payload alone counts for a defence, anything
  /// at all is something that was sent (`counts`).
  virtual void see(std::size_t line, const traffic::DevicePacket& packet, bool counts) {
    static_cast<void>(line), static_cast<void>(packet), static_cast<void>(counts);
  }
  /// A datagram of the other end.
  virtual void receive(std::size_t line, const Arrival& arrival, traffic::Nanoseconds now) = 0;
  /// Sends what is due.
  virtual void act(traffic::Nanoseconds now) = 0;
  /// When act() has something to do, if nothing comes before.
  [[nodiscard]] virtual traffic::Nanoseconds due() const = 0;
  /// Whether something is under way that is to leave on all lines alike: then nothing else gets between.
  [[nodiscard]] virtual bool in_the_midst(traffic::Nanoseconds now) const {
    static_cast<void>(now);
    return false;
  }

 protected:
  Ends ends_;
};

/// When the first of them has something to say.
traffic::Nanoseconds first_due(const std::vector<Link>& links);
/// Lets the links say what is due.
void act(std::vector<Link>& links, const Driver& driver, traffic::Nanoseconds now);

/// The lines of a defence that delays: `lines` in the order of the links. Throws as the mixer does where it
/// makes none (defence/contract.hpp).
std::unique_ptr<Driver> path_driver(const defence::Defence& defence, const std::string& name,
                                    const defence::Resources& resources, std::span<const defence::Line> lines,
                                    const Ends& ends);

struct CoverOptions {
  /// The gateway tells the relay of incoming dummies so often, and these are later by as much.
  traffic::Nanoseconds control_period = traffic::second / 10;
  bool answers = true;  ///< to dummies, as to the data that they stand for
};
/// Those of one that does not. Devices that the defence does not know get no cover (LineCounters::covered).
std::unique_ptr<Driver> cover_driver(const defence::Defence& defence, const std::string& name,
                                     const defence::Resources& resources,
                                     std::span<const defence::Line> lines, const CoverOptions& options,
                                     const Ends& ends);

}  // namespace ipet::gateway
