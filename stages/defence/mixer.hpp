// Mixes one device's packets with cover traffic: the "continuous" schedule of ipet.md section 6.
//
// The line of a device in one capture begins at its first packet and ends at its last. All through it, also
// in silence, one vector (perturbation) after another is played:
//  - A vector plays for one window: `slots` slots of omega; slot s begins at the vector's begin + s x omega.
//  - A slot has 20 sub-ticks, the first at its begin, omega / 20 apart. At each, outgoing before incoming, a
//    dummy is due with probability packets / 20 (at most 1) while the slot's bytes are not used up. Its size
//    is uniform over the whole numbers 0 .. 2 (bytes / packets + 1) - 1 with a whole-number division, 0 means
//    no dummy, and is cut to what is left of the slot's bytes.
//  - The device becomes active with its first packet, and with each that comes one window or more after the
//    packet before it. Then the current vector is abandoned, and a fresh one begins at that packet. So a
//    vector that answers activity always plays for one whole window: the next activity is at least that far
//    away.
//  - The last vector is cut at the last packet: dummies are sent before it only.
//  - In a gap longer than MixerOptions::longest_gap cover stops that long after the last packet, and begins
//  afresh with
//    the next one.
// User packets come out untouched: same times, sizes, protocols and order. Where a dummy is due at the time
// of a user packet, the user packet goes first.
//
// Published, the number of dummies of a slot is what chance gives and may exceed the vector's packets;
// `cap_packets` (default) stops at them, so that no slot exceeds packets or bytes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/defence/overhead.hpp"
#include "stages/defence/perturbations.hpp"
#include "stages/traffic/packet.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

inline constexpr unsigned sub_ticks = 20;  ///< per slot

struct MixerOptions {
  bool cap_packets = true;
  double day_offset_hours = 0;  ///< a day of the random streams begins this long after midnight UTC
  traffic::Protocol dummy_protocol = traffic::Protocol::udp;
  std::size_t batch = 4096;  ///< packets per output batch
  /// In a longer gap between two packets of the device cover stops after this time: a wrong clock (1970, then
  /// today) must not become years of dummies.
  traffic::Nanoseconds longest_gap = 30 * traffic::day;
  bool protect = true;  ///< false: the device passes unchanged
};

/// One device in one capture. Its memory does not depend on how many packets or how much time pass through.
/// Random streams are keyed by (seed, device, capture, day, window), where `window` counts the vectors that
/// begin within a day; what comes out does not depend on how the input is cut into calls.
class Mixer {
 public:
  /// Takes the next packets of the line, in time order, at most MixerOptions::batch of them.
  using Output = std::function<void(std::vector<traffic::DevicePacket>&&)>;

  /// `perturbations` must have passed Perturbations::check. A device that they do not cover passes unchanged.
  Mixer(std::shared_ptr<const Perturbations> perturbations, std::string device, std::uint32_t capture,
        const MixerOptions& options);

  /// Mixes the next packets, in time order. All that can be decided goes out before the call returns.
  void mix(std::span<const traffic::DevicePacket> user, const Output& output);

  [[nodiscard]] bool covers() const { return covers_; }
  [[nodiscard]] const MixSummary& summary() const { return summary_; }

 private:
  class Batches;

  /// Until when cover plays before the user packet at `next`; counts what is skipped.
  traffic::Nanoseconds end_of_cover(traffic::Nanoseconds next);
  void play_until(traffic::Nanoseconds time, Batches& out);
  void begin_vector(traffic::Nanoseconds time);
  void begin_slot();
  void count(const traffic::DevicePacket& user);

  std::shared_ptr<const Perturbations> perturbations_;
  MixerOptions options_;
  bool covers_ = false;
  std::size_t device_ = 0;
  std::uint32_t slots_ = 0;
  traffic::Nanoseconds omega_ = 0, window_ = 0;

  bool begun_ = false;
  traffic::Nanoseconds last_user_ = 0;

  std::vector<std::uint16_t> vector_;  ///< [slot, column], the one that plays
  traffic::Nanoseconds vector_begin_ = 0;
  std::int64_t day_ = 0;
  std::uint64_t vectors_of_day_ = 0;
  std::uint32_t slot_ = 0;
  traffic::Random random_{0};

  /// Dummies of the current slot in time order; those from next_ on are still to be sent.
  std::array<traffic::DevicePacket, 2 * sub_ticks> dummies_{};
  std::size_t next_ = 0, end_ = 0;

  MixSummary summary_;
};

}  // namespace ipet::defence
