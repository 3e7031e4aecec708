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
};

/// The loop publishes, and never waits: where the page is being made, it leaves the last state there.
class CountersPage {
 public:
  /// `started`: when the process did.
  explicit CountersPage(traffic::Nanoseconds started) : started_(started) {}

  void publish(const Counters& counters, std::uint64_t reloads, const std::optional<PoolState>& pool);
  /// In Prometheus' text format. For any thread.
  [[nodiscard]] std::string text() const;

 private:
  struct State {
    Counters counters = {};
    std::uint64_t reloads = 0;
    std::optional<PoolState> pool = {};
  };

  traffic::Nanoseconds started_;
  mutable std::mutex mutex_;
  State state_;
};

}  // namespace ipet::gateway
