// What renewal.hpp knows of a device: its events on some days of the pool, by kind.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "stages/defence/bursts.hpp"
#include "stages/defence/pool.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::defence {

struct Event {
  std::span<const traffic::DevicePacket> packets;
  double clock = 0;  ///< hours since the day began
  std::size_t kind = 0;
  std::size_t next = 0;  ///< the event after it; of the last one, the first
  /// Time to the next event, in seconds of recorded time: from the first packet, or with `from_end` from the
  /// last.
  double gap = 0;
  bool from_end = false;
  double since = 0;   ///< seconds since the one before it
  double before = 0;  ///< rank of the time since the one before it among those of its kind, 0 to 1
  double length = 0;  ///< rank of how long it took, likewise

  [[nodiscard]] double seconds() const {
    return static_cast<double>(packets.back().time - packets.front().time) / traffic::second;
  }
};

/// Packets of the longest event whose kind is its very sequence of sizes.
inline constexpr std::size_t longest_exact_event = 16;

class EventModel {
 public:
  EventModel(const Pool& pool, std::size_t device, const std::vector<std::size_t>& days,
             const BurstOptions& options);

  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  /// Events of a kind, by Event::before.
  [[nodiscard]] const std::vector<std::size_t>& of_kind(std::size_t kind) const { return kinds_[kind]; }
  [[nodiscard]] double recorded_seconds() const { return recorded_; }
  /// Few events, at no regular times.
  [[nodiscard]] bool sparse() const { return sparse_; }
  [[nodiscard]] std::size_t byte_size() const;
  /// Number of days on which anything was recorded so many hours after the day began.
  [[nodiscard]] std::size_t days_recorded_at(double clock) const;
  /// Hours after the day began: the first time at which any day was recorded.
  [[nodiscard]] double first_recorded() const;
  /// Time from the first packet of an event to that of the next one.
  [[nodiscard]] double interval(const Event& event) const {
    return event.gap + (event.from_end ? event.seconds() : 0);
  }

  /// A packet of an event.
  struct Position {
    std::size_t event = 0, packet = 0;
  };
  /// Another place in an event of the kind, after the same last packets and as many of them, but for up to
  /// `spread`; perhaps `at` itself.
  [[nodiscard]] Position kin(Position at, std::size_t spread, traffic::Random& random) const;

 private:
  void cut(const Pool& pool, std::size_t device, const std::vector<std::size_t>& days,
           const BurstOptions& options);
  void find_kinds();
  void rank();
  void index_contexts();
  [[nodiscard]] bool is_sparse() const;

  /// What kin() looks through: sorted by kind, then the hash of the last packets, then position.
  struct Context {
    std::uint64_t key = 0;
    std::uint32_t packet = 0, event = 0;
    auto operator<=>(const Context&) const = default;
  };
  [[nodiscard]] std::uint64_t context(std::size_t kind, std::span<const traffic::DevicePacket> packets,
                                      std::size_t packet) const;

  std::vector<Event> events_;
  std::vector<std::vector<std::size_t>> kinds_;
  std::vector<Context> contexts_;
  std::vector<std::pair<double, double>> recorded_hours_;  ///< of each day, perhaps in parts
  double recorded_ = 0;
  bool sparse_ = false;
};

}  // namespace ipet::defence
