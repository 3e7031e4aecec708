// What stages use, seen a hundred times a second.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "pipeline/run/run_state.hpp"

namespace ipet::run {

/// From its begin to its end a thread looks which stages are at work. The processor time of the whole process
/// since the last look is shared out among them, by how many threads run their code: so it counts the threads
/// that a stage has helping it, which nobody can tell from outside, and is exact in the sum only.
class Sampler {
 public:
  explicit Sampler(RunState& run);
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;
  ~Sampler();

 private:
  void work();
  void look();

  RunState& run_;
  double seconds_, cpu_seconds_;  ///< at the last look
  int looks_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread thread_;
};

}  // namespace ipet::run
