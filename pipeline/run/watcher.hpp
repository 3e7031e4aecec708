// The thread that tells the observer how far the run is.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "pipeline/run/run_state.hpp"
#include "pipeline/run/schedule.hpp"

namespace ipet::run {

class Watcher {
 public:
  Watcher(RunState& run, const std::vector<PassSchedule>& schedule);
  Watcher& operator=(Watcher&&) = delete;
  /// Reports once more and ends the thread.
  ~Watcher();

  void pass(std::size_t number) { pass_.store(number); }
  /// The sinks commit from here on.
  void commits() { commits_.store(true); }

 private:
  void watch();
  void report();

  RunState& run_;
  const std::vector<PassSchedule>& schedule_;
  std::atomic<std::size_t> pass_{0};
  std::atomic<bool> commits_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace ipet::run
