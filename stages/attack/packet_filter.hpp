// An eavesdropper who owns the same gateway, and so knows what is cover traffic in what it learns from,
// throws packets away that look like cover before any attacker sees the rest. A filter is a component.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "stages/attack/view.hpp"
#include "stages/fingerprint/observer.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::attack {

/// Consecutive packets of one line, their flags (`dummy`) included.
struct Excerpt {
  std::uint32_t line = 0;    ///< which device on which day; the same excerpt time may come several times
  std::uint16_t device = 0;  ///< whose line
  std::vector<traffic::DevicePacket> packets;
};

/// A trained filter at work on one line.
class LineFilter {
 public:
  using Sink = std::function<void(std::span<const traffic::DevicePacket> kept)>;
  virtual ~LineFilter() = default;
  /// The next packets in time order; `dummy` says nothing here. What is kept may come later.
  virtual void add(std::span<const traffic::DevicePacket> packets, const Sink& sink) = 0;
  virtual void end(const Sink& sink) = 0;
};

/// Called from several threads at once.
class TrainedFilter {
 public:
  virtual ~TrainedFilter() = default;
  [[nodiscard]] virtual std::unique_ptr<LineFilter> open(const Watch& watch) const = 0;
  /// It has learned nothing, and drops nothing.
  [[nodiscard]] virtual bool keeps_all() const { return false; }
};

/// Called from several threads at once.
class PacketFilter {
 public:
  static constexpr std::string_view type_name = "packet_filter";
  static constexpr int type_version = 1;

  virtual ~PacketFilter() = default;
  /// From flagged excerpts of the training days. The result depends on them and the seed alone.
  [[nodiscard]] virtual std::unique_ptr<const TrainedFilter> train(std::span<const Excerpt> training,
                                                                   std::uint64_t seed,
                                                                   fingerprint::Observer& observer) const = 0;
};

}  // namespace ipet::attack
