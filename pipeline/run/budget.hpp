// The memory budget: every payload in flight is charged its bytes, and sources start a step only while there
// is room. No worker ever waits: a payload's destructor gives its bytes back and wakes the pump.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/sdk/message.hpp"

namespace ipet::run {

/// Shared by the run and by every payload in flight, so that payloads may outlive the run: `detach` cuts
/// the way back to the pump before the nodes of a graph die.
class Budget {
 public:
  /// `stages`: how many stages may hold payloads.
  Budget(std::uint64_t limit, std::size_t stages);

  /// Takes `bytes` for a step that is about to run. One step is always let through when nothing is in flight,
  /// because a message larger than the budget must pass.
  bool reserve(std::uint64_t bytes);
  /// For a graph at rest: lets one step through, however large, while any room is left. False when a stage
  /// keeps all of it.
  bool reserve_at_rest(std::uint64_t bytes);
  void unreserve(std::uint64_t bytes) { reserved_.fetch_sub(bytes); }
  /// Calls `wake` after bytes were given back, once per call of this function. Ask for room again afterwards:
  /// it may have become free before.
  void wake_when_returned() { blocked_.store(true); }
  void blocked_no_more() { blocked_.store(false); }

  void attach(std::function<void()> wake);
  void detach();

  [[nodiscard]] std::uint64_t limit() const { return limit_; }
  /// More is in flight than may be: who sends waits.
  [[nodiscard]] bool over() const { return charged_.load(std::memory_order_relaxed) > limit_; }
  [[nodiscard]] std::uint64_t in_flight() const { return charged_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  /// Bytes of the messages that this stage received and has not let go of.
  [[nodiscard]] std::uint64_t held(std::size_t stage) const {
    return held_.at(stage).load(std::memory_order_relaxed);
  }

 private:
  friend class Credit;
  friend class Holding;
  void charge(std::uint64_t bytes);
  void give_back(std::uint64_t bytes);

  const std::uint64_t limit_;
  const std::uint64_t admit_;  ///< the limit less the headroom for what maps and keyed stages add
  std::atomic<std::uint64_t> charged_{0};
  std::atomic<std::uint64_t> reserved_{0};
  std::atomic<std::uint64_t> peak_{0};
  std::atomic<bool> blocked_{false};
  std::vector<std::atomic<std::uint64_t>> held_;
  std::mutex mutex_;  ///< held while waking, so that after detach() nothing wakes
  std::function<void()> wake_;
};

/// "1.5 MiB"
std::string mebibytes(std::uint64_t bytes);

/// Charged for every message beside its payload (envelope, key, counts), so that many small ones count too.
constexpr std::uint64_t message_overhead = 256;

/// The message with its payload charged to the budget: the bytes come back when the last copy of the
/// payload's pointer is gone, wherever that is.
Message charged(const std::shared_ptr<Budget>& budget, Message message);
[[nodiscard]] inline std::uint64_t charge_of(const Message& message) {
  return message.bytes + message_overhead;
}

/// The same message as `stage` receives it: while a copy of this pointer lives, the stage holds the bytes.
Message held_by(const std::shared_ptr<Budget>& budget, std::size_t stage, Message message);

}  // namespace ipet::run
