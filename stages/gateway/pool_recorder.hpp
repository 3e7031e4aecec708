// Between the loop that sends cover, which must not wait for a disk, and the pool's files.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "stages/gateway/pool_files.hpp"

namespace ipet::gateway {

/// Gives records to a thread that writes them. Nothing in it waits for that thread: where it has the lock or
/// is far behind, records wait in memory, at most most_waiting of them; others are lost and counted.
class PoolRecorder {
 public:
  static constexpr std::size_t most_waiting = std::size_t{1} << 18;

  struct Facts {
    std::size_t days = 0;                     ///< in the pool
    std::uint64_t bytes = 0;                  ///< on disk
    std::uint64_t lost = 0;                   ///< records that were not written
    std::vector<std::size_t> past_days = {};  ///< of each device, before today
  };

  /// `wall`: the time of day now.
  PoolRecorder(std::unique_ptr<PoolFiles> files, traffic::Nanoseconds wall);
  PoolRecorder(const PoolRecorder&) = delete;
  PoolRecorder& operator=(const PoolRecorder&) = delete;
  /// Writes what waits.
  ~PoolRecorder();

  /// For one thread, that of the loop.
  void record(const PoolRecord& record);
  /// Hands over what was recorded; to be called every second or so. `steady` of a clock that does not jump,
  /// `wall` the time of day, both now.
  void tick(traffic::Nanoseconds steady, traffic::Nanoseconds wall);

  /// As of the last write. False where they are being changed.
  bool facts(Facts& facts) const;

 private:
  void run();

  std::unique_ptr<PoolFiles> files_;  ///< of the thread
  std::vector<PoolRecord> fresh_;     ///< of the loop
  std::uint64_t lost_fresh_ = 0;      ///< likewise
  mutable std::mutex mutex_;          ///< of what follows
  std::condition_variable handed_over_;
  std::vector<PoolRecord> waiting_;
  std::uint64_t lost_ = 0;
  traffic::Nanoseconds steady_ = 0, wall_ = 0;
  bool news_ = false, ending_ = false;
  Facts facts_;
  std::thread thread_;
};

}  // namespace ipet::gateway
