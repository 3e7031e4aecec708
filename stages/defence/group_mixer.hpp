// Puts all lines of a home through a defence, one capture at a time: as a group (group.hpp) where the defence
// decides about them together, else each by itself (mixer.hpp).
//
// Of a group, what comes out is what it gives. A packet that carries user data is no dummy; copies of it on
// other lines are, and the delay is that of the user's own packet.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "stages/defence/mixer.hpp"
#include "stages/defence/topology.hpp"

namespace ipet::defence {

/// Throws std::runtime_error where all share one line and the defence knows devices by name: that line is
/// none of them. `name`: of its plugin.
void check_topology(const Defence& defence, const Resources& resources, Topology topology,
                    const std::string& name);

/// As Mixer: its memory does not depend on how many packets or how much time pass through.
class GroupMixer {
 public:
  /// Takes the next packets of a line, in time order.
  using Output = std::function<void(std::size_t line, std::vector<traffic::DevicePacket>&&)>;

  /// At least one line; MixerOptions::protect is of all of them. Throws as Mixer.
  GroupMixer(const Defence& defence, const Resources& resources, std::span<const Line> lines,
             const MixerOptions& options);

  /// Takes the next user packets of all lines, in time order over them.
  void mix(std::span<const LinePacket> user, const Output& output);
  /// Of one line alone, where there is one.
  void mix(std::span<const traffic::DevicePacket> user, const Output& output);
  /// After the last packet: sends what follows it. Once.
  void finish(const Output& output);

  [[nodiscard]] std::size_t lines() const { return std::max(alone_.size(), lines_.size()); }
  /// Complete after finish().
  [[nodiscard]] const MixSummary& summary(std::size_t line) const {
    return alone_.empty() ? lines_[line].summary : alone_[line].summary();
  }

 private:
  void come_up();
  void play_until(traffic::Nanoseconds time, const Output& output);
  void take_until(traffic::Nanoseconds time, const Output& output);
  void flush(const Output& output);

  MixerOptions options_;
  std::vector<Mixer> alone_;  ///< by line, of a defence that looks at one line
  std::unique_ptr<Group> group_;
  std::optional<Line::Span> up_;
  Contract contract_;
  std::vector<LineOutput> lines_;  ///< of the group
  bool begun_ = false;             ///< a user packet has come
  traffic::Nanoseconds last_user_ = 0;
};

}  // namespace ipet::defence
