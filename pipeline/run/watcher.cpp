#include "pipeline/run/watcher.hpp"

#include <algorithm>

namespace ipet::run {

Watcher::Watcher(RunState& run, const std::vector<PassSchedule>& schedule) : run_(run), schedule_(schedule) {
  if (run_.observer.progress) thread_ = std::thread([this] { watch(); });
}

Watcher::~Watcher() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void Watcher::watch() {
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, std::chrono::milliseconds(200), [this] { return end_; })) report();
  report();
}

void Watcher::report() {
  Progress progress;
  progress.pass = pass_.load();
  progress.passes = run_.plan.passes;
  progress.phase = run_.sealed() && !run_.halted() ? Phase::naming
                   : commits_.load()               ? Phase::commits
                                                   : Phase::passes;
  progress.stops_writing = run_.asked_while_writing();
  progress.bytes_in_flight = run_.budget->in_flight();
  progress.budget_bytes = run_.budget->limit();
  progress.seconds = run_.seconds();
  if (progress.pass < schedule_.size()) {
    std::vector<std::size_t> stages = schedule_[progress.pass].own;
    const auto& sinks = schedule_[progress.pass].sinks;
    stages.insert(stages.end(), sinks.begin(), sinks.end());
    std::sort(stages.begin(), stages.end());
    for (const std::size_t stage : stages) progress.stages.push_back(run_.counters(stage));
  }
  try {
    run_.observer.progress(progress);
  } catch (...) {
    run_.fail("the progress display failed: " + cause_text(std::current_exception()));
  }
}

}  // namespace ipet::run
