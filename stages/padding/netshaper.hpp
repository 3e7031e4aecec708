// Netshaper (Sabzi, Vora, Goswami, Seltzer, Lecuyer and Mehta, USENIX Security 2024): the length of a line's
// queue is told with differential privacy, and so much is sent, user data first.
//
// At whole multiples of `interval` since the epoch, from begin() on or else after the first user packet, each
// direction sends queue + N(0, sigma^2) bytes, clipped
// to 0 .. largest and rounded down, outgoing before incoming, in cells of at most largest_cell. Sigma is
// sensitivity x noise multiplier, the latter such that what an observer sees in `window` is (epsilon, delta)
// differentially private with respect to `sensitivity` bytes of user traffic more or less in the queue
// (privacy_accounting.hpp).
#pragma once

#include <chrono>
#include <deque>

#include "stages/defence/shaper.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

struct NetshaperOptions {
  std::chrono::nanoseconds interval = std::chrono::milliseconds(100), window = std::chrono::seconds(1);
  double epsilon = 4, delta = 1e-6;
  double sensitivity = 2'500;      ///< bytes
  std::uint32_t largest = 25'000;  ///< bytes per interval and direction

  /// Releases of one direction in a window, at least one.
  [[nodiscard]] std::uint64_t releases() const;
  /// Bytes.
  [[nodiscard]] double sigma() const;
  /// Sensitivity and largest times `factor`: of an empty queue, clip(N(0, sigma^2), 0, largest) is scaled as
  /// a whole, so that cover is in proportion where the line is idle (but for the rounding of bytes). The same
  /// (epsilon, delta) then hides `factor` times the difference in a queue. `largest` alone would be no knob:
  /// at usual settings noise is cut off at 0 and hardly ever at the other end.
  [[nodiscard]] NetshaperOptions at_intensity(double factor) const;
};

class Netshaper final : public Shaper {
 public:
  using Options = NetshaperOptions;
  Netshaper(const NetshaperOptions& options, traffic::StreamKey key)
      : options_(options), sigma_(options.sigma()), random_(key) {}
  void begin(traffic::Nanoseconds time) override;
  bool next(traffic::Nanoseconds until, Cell& cell) override;
  [[nodiscard]] traffic::Nanoseconds due() const override {
    if (!begun_) return CoverSchedule::never;
    return cells_.empty() ? tick_ : cells_.front().time;
  }
  void rest() override { begun_ = false; }

 private:
  void on_arrival(const traffic::DevicePacket& packet) override;
  void begin_interval();

  NetshaperOptions options_;
  double sigma_;
  traffic::Random random_;
  bool begun_ = false;
  traffic::Nanoseconds tick_ = 0;
  std::deque<Cell> cells_;
};

}  // namespace ipet::defence
