// Mixes one device's packets with cover traffic (ipet.md section 6).
//
// When dummies are sent is the schedule's business (schedule.hpp). User packets come out untouched: same
// times, sizes, protocols and order. Where a dummy is due at the time of a user packet, the user packet goes
// first. The one exception: "ticks" with `published_defects` loses the last packet of each trace, as the
// release does. The lost packet still counts as activity, and MixSummary counts it as lost.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stages/defence/overhead.hpp"
#include "stages/defence/perturbations.hpp"
#include "stages/defence/schedule.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::defence {

struct MixerOptions : ScheduleOptions {
  std::size_t batch = 4096;  ///< packets per output batch
  bool protect = true;       ///< false: the device passes unchanged
};

/// One device in one capture (a trace). Its memory does not depend on how many packets or how much time pass
/// through, and what comes out does not depend on how the input is cut into calls.
class Mixer {
 public:
  /// Takes the next packets of the line, in time order, at most MixerOptions::batch of them.
  using Output = std::function<void(std::vector<traffic::DevicePacket>&&)>;

  /// `perturbations` must have passed Perturbations::check. A device that they do not cover passes unchanged.
  Mixer(const std::shared_ptr<const Perturbations>& perturbations, const std::string& device,
        std::uint32_t capture, const MixerOptions& options);

  /// Mixes the next packets, in time order. All that can be decided goes out before the call returns.
  void mix(std::span<const traffic::DevicePacket> user, const Output& output);
  /// After the last packet: sends the cover that follows it. Once.
  void finish(const Output& output);

  [[nodiscard]] bool covers() const { return schedule_ != nullptr; }
  /// Complete after finish().
  [[nodiscard]] const MixSummary& summary() const { return summary_; }

 private:
  class Batches;

  void play_until(traffic::Nanoseconds time, Batches& out);
  void send(const traffic::DevicePacket& packet, Batches& out);

  MixerOptions options_;
  std::unique_ptr<Schedule> schedule_;  ///< null: no cover
  bool loses_last_ = false;
  bool begun_ = false;  ///< a user packet has come
  bool sent_ = false;   ///< a packet has gone out
  traffic::Nanoseconds last_user_ = 0;
  std::optional<traffic::DevicePacket> held_;  ///< perhaps the last one, which would be lost
  MixSummary summary_;
};

}  // namespace ipet::defence
