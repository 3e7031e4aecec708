// What an eavesdropper makes of the packets on a line: windows, aggregates of some minutes, sequences of
// packets. Rows are made while packets stream by, since defended lines can be long.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/traffic/packet.hpp"

namespace ipet::attack {

/// When a line is watched. The eavesdropper knows it.
struct Interval {
  traffic::Nanoseconds begin = 0, end = 0;  ///< half open
  /// The day of the split that it belongs to began here: bins of minutes are counted from there.
  traffic::Nanoseconds begin_of_day = 0;
};

/// A view at work on one line.
class FeatureExtractor {
 public:
  /// Takes a finished row; the numbers must be copied.
  using Sink = std::function<void(traffic::Nanoseconds start, std::span<const float> row)>;

  virtual ~FeatureExtractor() = default;
  /// What the line carried before the interval, in time order, as far back as View::history: before add().
  virtual void remember(std::span<const traffic::DevicePacket> packets) { static_cast<void>(packets); }
  /// The next packets in time order. It must not look at DevicePacket::dummy, which no eavesdropper sees:
  /// the evaluation clears it.
  virtual void add(std::span<const traffic::DevicePacket> packets, const Sink& sink) = 0;
  /// The interval ends.
  virtual void end(const Sink& sink) = 0;
};

/// Called from several threads at once.
class View {
 public:
  virtual ~View() = default;
  /// Views of one name give the same rows: "anchored windows of 4 s", "aggregates of 15 min".
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual std::vector<std::string> columns() const = 0;
  /// How long before the interval a line is still worth looking at, where defences run on from day to day;
  /// 0: not at all.
  [[nodiscard]] virtual traffic::Nanoseconds history() const { return 0; }
  [[nodiscard]] virtual std::unique_ptr<FeatureExtractor> open(const Interval& interval) const = 0;
};

}  // namespace ipet::attack
