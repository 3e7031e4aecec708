// Plays one process of one device through a recording, one message at a time.
#pragma once

#include <optional>

#include "stages/synthesis/clocks.hpp"
#include "stages/synthesis/conversation.hpp"
#include "stages/synthesis/modelled_home.hpp"
#include "stages/synthesis/timeline.hpp"

namespace ipet::synthesis {

/// What the players of a device share: the next source port, in the dynamic range of RFC 6335.
struct DevicePorts {
  std::uint16_t next = 49152;
  std::uint16_t take() {
    const std::uint16_t taken = next++;
    if (next == 0) next = 49152;
    return taken;
  }
};

class ProcessPlayer {
 public:
  /// All arguments must outlive the player.
  ProcessPlayer(const Home& home, const Device& device, const Process& process, DevicePorts& ports,
                TriggerClock clock, traffic::Random random);

  /// When it wants to act next.
  [[nodiscard]] Nanoseconds wake() const { return wake_; }
  /// Acts at wake(): adds frames at or after it, and moves wake() on.
  void act(Timeline& timeline);

 private:
  void begin_exchange(Timeline& timeline);
  void play_step(Timeline& timeline);
  void next_step(Nanoseconds done, Timeline& timeline);
  void wait_for_trigger(Nanoseconds not_before);
  Nanoseconds play_fixed(Nanoseconds time, Timeline& timeline);
  Nanoseconds look_up(Nanoseconds time, Timeline& timeline);
  Nanoseconds ask(Nanoseconds time, const Endpoint& peer, const Bytes& question, const Bytes& answer,
                  double rtt_ms, Timeline& timeline);
  Endpoint own(bool v6, std::uint16_t port) const;
  Endpoint peer() const;
  double draw(const Range& range) { return random_.uniform(range.low, range.high); }

  const Home& home_;
  const Device& device_;
  const Process& process_;
  DevicePorts& ports_;
  TriggerClock clock_;
  traffic::Random random_;
  Tins::HWAddress<6> mac_, gateway_mac_;

  Nanoseconds wake_ = 0;
  Nanoseconds name_valid_until_ = 0;
  std::optional<Conversation> conversation_;  ///< kept ones outlive an exchange
  bool playing_ = false;
  std::size_t step_ = 0;
  std::uint64_t left_ = 0;  ///< messages of the step
  std::uint16_t pings_ = 0;
};

}  // namespace ipet::synthesis
