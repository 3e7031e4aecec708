// Which stage's code a thread runs, for messages about crashes, for what stages use, and for the trace.
#pragma once

#include "pipeline/run/run_state.hpp"
#include "pipeline/run/trace.hpp"
#include "pipeline/sdk/at_work.hpp"

namespace ipet::run {

/// While it lives, this thread runs the code of a stage. They nest: a stage that waits for room may do the
/// work of those below, and rests meanwhile.
class Working {
 public:
  Working(RunState& run, std::size_t stage) noexcept
      : at_work_(run.stage_name(stage)), run_(run), stage_(stage), outer_(innermost()) {
    if (outer_ != nullptr) outer_->rest();
    innermost() = this;
    go_on();
  }
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;
  ~Working() {
    rest();
    innermost() = outer_;
    if (outer_ != nullptr) outer_->go_on();
  }

 private:
  static Working*& innermost() noexcept {
    thread_local Working* working = nullptr;
    return working;
  }
  void go_on() noexcept {
    run_.stats[stage_].threads.fetch_add(1, std::memory_order_relaxed);
    if (run_.observer.trace != nullptr) since_ = Trace::Clock::now();
  }
  void rest() noexcept {
    run_.stats[stage_].threads.fetch_sub(1, std::memory_order_relaxed);
    if (run_.observer.trace != nullptr) run_.observer.trace->slice(stage_, since_, Trace::Clock::now());
  }

  const AtWork at_work_;
  RunState& run_;
  const std::size_t stage_;
  Working* const outer_;
  Trace::Clock::time_point since_;
};

}  // namespace ipet::run
