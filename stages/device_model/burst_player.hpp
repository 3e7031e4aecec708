// Plays bursts of a model so that none comes as it was recorded.
//
// Gaps of small bursts differ by 0.2 % (a normal factor), and by as much all at once: the time that an answer
// takes tells devices apart. Those of large bursts differ by 1 %, and by 2 % all at once.
//
// Large ones (activity::EventRule::large packets with payload): a walk through the large bursts of the
// device. At random packets, twice in a burst in the mean, it goes on in another one, where the last two
// packets were the same and about as many had come (a tenth more or less), so that lengths are new. And sizes
// are: a size that was sent once in all large bursts is sent as another one, which was never sent. The share
// of packets with a size seen once, N1 / N, is what Good (Biometrika 1953) and Turing expect of new ones in
// the next burst, so novelty comes at the recorded rate, and where it came. A new size lies between the
// smallest and the largest of the rare ones (sent at most twice) after the same packet before, of which there
// must be three, and differs from them by a multiple of what they differ by: ciphers have blocks.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "stages/device_model/device_model.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::device_model {

class BurstPlayer {
 public:
  /// Keeps a reference to the model.
  explicit BurstPlayer(const DeviceModel& model);

  /// The packets of a burst like that one that begins at `time`: dummies, in time order.
  [[nodiscard]] std::vector<traffic::DevicePacket> play(std::size_t burst, traffic::Nanoseconds time,
                                                        traffic::Random& random) const;
  /// N1 / N of large bursts; 0 without any.
  [[nodiscard]] double novelty() const;

 private:
  using Symbol = std::tuple<std::uint32_t, traffic::Direction, traffic::Protocol>;
  struct Place {
    std::size_t burst = 0, packet = 0;
  };
  static Symbol symbol(const BurstPacket& packet) { return {packet.size, packet.direction, packet.protocol}; }
  [[nodiscard]] const BurstPacket& at(const Place& place) const {
    return model_.bursts[place.burst].packets[place.packet];
  }
  [[nodiscard]] std::pair<Symbol, Symbol> last_two(const Place& place) const;
  [[nodiscard]] std::vector<std::uint32_t> never_sent(const std::vector<Symbol>& rare) const;
  void count_sizes();
  void find_new_sizes();
  [[nodiscard]] Place moved(const Place& place, traffic::Random& random) const;
  [[nodiscard]] std::uint32_t size_of(const Place& place, traffic::Random& random) const;

  const DeviceModel& model_;
  std::vector<bool> large_;                                                    ///< by burst
  std::map<Symbol, std::size_t> sent_;                                         ///< how often in large bursts
  std::map<std::pair<Symbol, Symbol>, std::vector<Place>> same_two_;           ///< of large bursts
  std::map<std::pair<Symbol, Symbol>, std::vector<std::uint32_t>> new_sizes_;  ///< in place of the second one
};

}  // namespace ipet::device_model
