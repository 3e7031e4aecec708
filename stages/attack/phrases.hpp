// Bursts of a line as what they say: sizes and directions of their packets, in order.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::attack {

/// A silence of so long ends a burst. Packets without payload do not count.
inline constexpr traffic::Nanoseconds phrase_gap = 2 * traffic::second;

/// Size and direction of a packet.
using Word = std::uint64_t;
inline Word word_of(const traffic::DevicePacket& packet) {
  return 2 * Word{packet.size} + (packet.direction == traffic::Direction::in ? 1 : 0);
}

using Phrase = std::vector<Word>;

struct Spoken {
  traffic::Nanoseconds begin = 0;
  Phrase phrase;
};

/// All bursts of a device's own traffic, in time order.
std::vector<Spoken> phrases_of(std::span<const traffic::DevicePacket> packets);

/// Phrases, to be found among other packets. Of several with one begin the longest is found.
class Phrases {
 public:
  explicit Phrases(const std::vector<Phrase>& phrases);

 private:
  friend class PhraseFinder;
  static constexpr std::size_t none = ~std::size_t{0};
  struct Node {
    std::map<Word, std::size_t> next;
    std::size_t phrase = none;  ///< that ends here
  };
  std::vector<Node> nodes_;  ///< a tree; the first one is its root
};

/// Looks for phrases in one line, whose packets come in time order. A packet belongs to the oldest phrase
/// that goes on with it, else it begins one. At most 64 are followed at once.
class PhraseFinder {
 public:
  /// `phrases` must outlive it.
  explicit PhraseFinder(const Phrases& phrases) : phrases_(&phrases) {}

  /// Takes the begin of a phrase and its place among Phrases. Called when nothing longer can come any more.
  using Found = std::function<void(traffic::Nanoseconds begin, std::size_t phrase)>;
  void add(const traffic::DevicePacket& packet, const Found& found);
  /// Nothing comes before this time.
  void wait(traffic::Nanoseconds until, const Found& found);

 private:
  struct Follower {
    traffic::Nanoseconds begin = 0, last = 0;
    std::size_t node = 0, longest = Phrases::none;  ///< phrase
  };
  const Phrases* phrases_;
  std::vector<Follower> followers_;  ///< by begin
};

}  // namespace ipet::attack
