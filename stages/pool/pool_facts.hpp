// What chorus plans by: rates and silences of the devices of a pool, by day, summed up once.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stages/pool/pool.hpp"

namespace ipet::defence {

/// Days are positions in Pool::days; sets of them are ascending.
class PoolFacts {
 public:
  /// Does not keep the pool.
  explicit PoolFacts(const Pool& pool);

  [[nodiscard]] bool speaks(std::size_t device, std::size_t day) const { return voice(device, day).spoke; }
  /// The first one with packets of the device; the number of days without any.
  [[nodiscard]] std::size_t first_day(std::size_t device) const { return first_days_[device]; }
  /// Mean payload bytes per second on those days, without the ones before the device's first packet.
  [[nodiscard]] double rate(std::size_t device, std::span<const std::size_t> days, bool outgoing_only) const;
  /// The longest time on those days without a packet of the device, but for the time before its first packet
  /// of all and for days that were not recorded. Where nobody in the home says anything for more than an
  /// hour, nothing was recorded, unless that happens more than twice a day, as it does in a quiet home. None
  /// where the device says nothing.
  [[nodiscard]] std::optional<traffic::Nanoseconds> longest_silence(std::size_t device,
                                                                    std::span<const std::size_t> days) const;
  /// What the times of all packets of those days are multiples of: 1 ms, 1 us or 1 ns.
  [[nodiscard]] traffic::Nanoseconds resolution(std::span<const std::size_t> days) const;

 private:
  /// A device on a day.
  struct Voice {
    bool spoke = false;
    traffic::Nanoseconds first = 0, last = 0;  ///< packet
    traffic::Nanoseconds longest[2] = {0, 0};  ///< silence between packets: in all, outside pauses
    double bytes[2] = {0, 0};                  ///< by direction
  };
  struct Day {
    std::int64_t number = 0;
    traffic::Nanoseconds begin = 0, end = 0;
    double seconds = 0;  ///< of it that were recorded
    traffic::Nanoseconds resolution = 1'000'000;
    std::size_t pauses = 0;  ///< that begin on it
  };
  /// Nobody says anything.
  struct Pause {
    traffic::Nanoseconds begin = 0, end = 0;
  };

  [[nodiscard]] const Voice& voice(std::size_t device, std::size_t day) const {
    return voices_[device * days_.size() + day];
  }
  void find_pauses(const Pool& pool, std::size_t day);
  [[nodiscard]] Voice listen(std::span<const traffic::DevicePacket> packets) const;
  /// The longest part outside pauses.
  [[nodiscard]] traffic::Nanoseconds outside_pauses(traffic::Nanoseconds begin,
                                                    traffic::Nanoseconds end) const;

  std::vector<Day> days_;
  std::vector<Pause> pauses_;  ///< in time order
  std::vector<Voice> voices_;  ///< [device x day]
  std::vector<std::size_t> first_days_;
};

}  // namespace ipet::defence
