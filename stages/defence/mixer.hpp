// Puts a device's packets through a defence, one capture at a time (defence.hpp).
//
// Under a defence that does not delay, user packets come out untouched: same times, sizes, protocols and
// order. Where a dummy is due at the time of a user packet, the user packet goes first. The one exception is
// the published defect of the schedule "ticks", which loses the last packet of each trace: it still counts as
// activity, and MixSummary counts it as lost. Under one that delays, what comes out are its cells, of which
// those with user data do not count as dummies.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "stages/defence/contract.hpp"
#include "stages/defence/defence.hpp"
#include "stages/defence/line_output.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defence {

struct MixerOptions {
  std::size_t batch = 4096;  ///< packets per output batch
  bool protect = true;       ///< false: the device passes unchanged
  /// In a longer gap between two user packets an endless defence rests after this time: a wrong clock (1970,
  /// then today) must not become years of dummies.
  std::chrono::nanoseconds longest_gap = std::chrono::days(30);
  /// User data that still waits so long after the last user packet is not sent any more.
  std::chrono::nanoseconds drain = std::chrono::seconds(60);
  traffic::Protocol cell_protocol = traffic::Protocol::udp;
  std::string defence = {};  ///< name of its plugin, for errors
};

/// One line. Its memory does not depend on how many packets or how much time pass through, but for what
/// waits, and what comes out does not depend on how the input is cut into calls.
class Mixer {
 public:
  using Output = LineOutput::Output;

  /// The defence must have passed Defence::check. A device that it does not know passes unchanged. Throws, as
  /// the calls below, std::runtime_error when the defence breaks what it promises (contract.hpp).
  Mixer(const Defence& defence, const Resources& resources, const Line& line, const MixerOptions& options);

  /// Takes the next user packets, in time order. All that can be decided goes out before the call returns.
  void mix(std::span<const traffic::DevicePacket> user, const Output& output);
  /// After the last packet: sends what follows it. Once.
  void finish(const Output& output);

  [[nodiscard]] bool covers() const { return schedule_ != nullptr || shaper_ != nullptr; }
  /// Complete after finish().
  [[nodiscard]] const MixSummary& summary() const { return line_.summary; }

 private:
  void user_packet(const traffic::DevicePacket& packet, const Output& output);
  void come_up();
  void play_end(const Output& output);
  void play_until(traffic::Nanoseconds time, const Output& output);
  void take_until(traffic::Nanoseconds time, const Output& output);
  void drain(const Output& output);
  void send(const Cell& cell, const Output& output);

  MixerOptions options_;
  std::optional<Line::Span> up_;
  std::unique_ptr<CoverSchedule> schedule_;  ///< of a defence that does not delay
  std::unique_ptr<Shaper> shaper_;           ///< of one that does; both null: no cover
  Contract contract_;
  LineOutput line_;
  bool begun_ = false;  ///< a user packet has come
  traffic::Nanoseconds last_user_ = 0;
  std::optional<traffic::DevicePacket> held_;  ///< perhaps the last one, which would be lost
};

}  // namespace ipet::defence
