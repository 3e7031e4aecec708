// One end of the protected lines, at work: sockets, TUN device or watches, and the driver of a defence, in
// one event loop. The gateway stands between the devices and their tunnels, the relay at the tunnels' other
// ends.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stages/defence/topology.hpp"
#include "stages/gateway/address_book.hpp"
#include "stages/gateway/driver.hpp"
#include "stages/gateway/event_loop.hpp"
#include "stages/gateway/ip_packet.hpp"
#include "stages/gateway/line_socket.hpp"
#include "stages/gateway/packet_watch.hpp"
#include "stages/gateway/tun_device.hpp"
#include "stages/traffic/gateway.hpp"

namespace ipet::gateway {

/// What an owner decides, for either end.
struct EndOptions {
  /// Names of the interfaces: one, or one for each protected device in the order of the devices file.
  std::vector<std::string> tunnels;
  /// Address of the other end inside the tunnel, with a port; {line} stands for the line's number from 0.
  std::string other;
  std::string tun = "ipet0";            ///< in the path only
  std::uint32_t mtu = 1420;             ///< of the tunnels
  double speed = 1;                     ///< of the defence's time
  std::chrono::nanoseconds run_for{0};  ///< of the machine's time; 0: until it is told to stop
  std::chrono::nanoseconds control_period = std::chrono::milliseconds(100);
  bool answers = true;
  std::uint64_t queue = 4 << 20;  ///< bytes of user packets that may wait

  /// The option that is wrong, and why; no reason where all are right.
  [[nodiscard]] std::pair<std::string, std::string> fault() const;
  /// Bytes of the largest user packet that fits into one datagram.
  [[nodiscard]] std::uint32_t largest_packet(bool v6) const;
};

/// What happened: `kind` is short and always the same for the same ("all_up"), `text` is a line.
using Report = std::function<void(const std::string& kind, const std::string& text)>;

class End {
 public:
  /// `devices`: those to be protected and the home's networks. Opens all that is needed; throws
  /// std::runtime_error that says what is missing.
  End(Side side, const defence::Defence& defence, const std::string& name,
      const defence::Resources& resources, defence::Topology topology, const traffic::DeviceFile& devices,
      const EndOptions& options, Report report);
  End(const End&) = delete;
  End& operator=(const End&) = delete;
  ~End();

  /// Works until `stop` says so, asked about five times a second, or until the time is over.
  void run(const std::function<bool()>& stop);

  [[nodiscard]] const Counters& counters() const { return counters_; }
  /// For what else is to be done in the same thread.
  [[nodiscard]] EventLoop& loop() { return loop_; }
  [[nodiscard]] const LiveClock& clock() const { return clock_; }
  /// Called for each user packet that passes, before the defence is told: where it is recorded. `local`: the
  /// device's address.
  std::function<void(std::size_t line, const traffic::IpAddress& local, const traffic::DevicePacket&)>
      record = {};
  /// Called once a second.
  std::function<void()> every_second = {};

 private:
  void open_lines(const std::vector<std::string>& names);
  void read_tun();
  void take(std::span<const std::uint8_t> packet, traffic::Nanoseconds now);
  void deliver(std::span<const std::uint8_t> packet);
  void look();
  void see(const SeenPacket& seen);
  void receive(std::size_t line);
  traffic::Nanoseconds turn();
  void tell_changes();
  void tell_uncovered() const;
  [[nodiscard]] bool bypasses(const IpPacket& packet) const;
  std::optional<std::size_t> line_of(const traffic::IpAddress& address);

  Side side_;
  EndOptions options_;
  Report report_;
  LiveClock clock_;
  EventLoop loop_;
  Counters counters_;
  traffic::LocalNetworks networks_;
  AddressBook addresses_;
  std::vector<LineSocket> sockets_;   ///< by line
  std::vector<Link> links_;           ///< by line
  std::optional<PacketWatch> watch_;  ///< beside the path
  std::optional<TunDevice> tun_;      ///< in the path
  std::unique_ptr<Driver> driver_;
  traffic::Nanoseconds look_due_ = LiveClock::never;  ///< CLOCK_MONOTONIC, of the next look at the watch
  traffic::Nanoseconds link_due_ = 0;                 ///< no link has anything to say before
  std::size_t arriving_ = 0;                          ///< line of the datagram that is being taken
  traffic::Nanoseconds second_ = 0;                   ///< CLOCK_MONOTONIC, of the next every_second
  traffic::Nanoseconds neighbours_asked_ = 0;
  Counters told_;  ///< as of the last report
};

}  // namespace ipet::gateway
