// The counters of a gateway or a relay as MetricsServer shows them.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "stages/gateway/counters.hpp"

namespace ipet::gateway {

/// What the pool on disk holds.
struct PoolState {
  std::uint64_t days = 0, bytes = 0;
  std::uint64_t lost = 0;          ///< packets that were not recorded
  std::uint64_t too_few_days = 0;  ///< devices that do not have enough days yet
  bool suffices = true;            ///< else nobody gets cover
};

/// The loop publishes, and never waits: where the page is being made, it leaves the last state there.
class CountersPage {
 public:
  /// When the process started, and when it began with its file, as since the last reload.
  CountersPage(traffic::Nanoseconds started, traffic::Nanoseconds begun) : started_(started), begun_(begun) {}

  void publish(const Counters& counters, const std::optional<PoolState>& pool);
  /// In Prometheus' text format. For any thread.
  [[nodiscard]] std::string text() const;

 private:
  struct State {
    Counters counters = {};
    std::optional<PoolState> pool = {};
  };

  traffic::Nanoseconds started_, begun_;
  mutable std::mutex mutex_;
  State state_;
};

/// When this process started, in time since the epoch: proc(5).
traffic::Nanoseconds process_start();

}  // namespace ipet::gateway
