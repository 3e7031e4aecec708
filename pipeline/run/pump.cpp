#include "pipeline/run/pump.hpp"

#include <algorithm>

namespace ipet::run {

Pump::Pump(RunState& run, bool stoppable) : run_(run), stoppable_(stoppable) {}

Pump::~Pump() {
  run_.budget->detach();
}

void Pump::run(tbb::flow::graph& graph) {
  run_.budget->attach([this] { wake(); });
  go_on();
  graph.wait_for_all();
  // The estimate may be too large for what room a stage leaves that keeps some payloads: try one at a time.
  while (start_at_rest()) graph.wait_for_all();
  if (stoppable_ && run_.stopping() && !exhausted()) run_.note_cut_short();
}

/// Called where a payload dies, in a destructor: nothing may come out of it.
void Pump::wake() noexcept {
  try {
    go_on();
  } catch (...) {
    run_.fail("reading cannot go on: " + cause_text(std::current_exception()));
  }
}

bool Pump::exhausted() const {
  return std::all_of(feeds_.begin(), feeds_.end(), [](const Feed* feed) { return feed->exhausted(); });
}

bool Pump::start_at_rest() {
  const std::lock_guard lock(mutex_);
  if (run_.halted() || (stoppable_ && run_.stopping())) return false;
  Feed* const feed = next_ready();
  if (feed == nullptr || !run_.budget->reserve_at_rest(feed->estimate())) return false;
  feed->start(feed->estimate());
  return true;
}

void Pump::note(Feed& feed, std::uint64_t emitted) {
  if (emitted == 0) return;
  feed.largest_ = feed.measured_ ? std::max(feed.largest_, emitted) : emitted;
  feed.measured_ = true;
}

Feed* Pump::next_ready() {
  for (std::size_t i = 0; i < feeds_.size(); ++i) {
    Feed* const feed = feeds_[(turn_ + i) % feeds_.size()];
    if (!feed->ready()) continue;
    turn_ = (turn_ + i + 1) % feeds_.size();
    return feed;
  }
  return nullptr;
}

void Pump::go_on() {
  const std::lock_guard lock(mutex_);
  while (!run_.halted() && !(stoppable_ && run_.stopping())) {
    Feed* const feed = next_ready();
    if (feed == nullptr) return;
    const std::uint64_t bytes = feed->estimate();
    if (!run_.budget->reserve(bytes)) {
      run_.budget->wake_when_returned();
      if (!run_.budget->reserve(bytes)) return;
      run_.budget->blocked_no_more();
    }
    feed->start(bytes);
  }
}

}  // namespace ipet::run
