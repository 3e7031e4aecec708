// Starts the steps that bring new messages into the graph, while the memory budget has room.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include <tbb/flow_graph.h>

#include "pipeline/run/run_state.hpp"

namespace ipet::run {

/// Something that can be started step by step: the units of a source, the keys of a keyed stage at its end.
/// The pump calls these one at a time.
class Feed {
 public:
  virtual ~Feed() = default;
  [[nodiscard]] virtual bool exhausted() const = 0;
  /// Is there a step that could start now?
  [[nodiscard]] virtual bool ready() const = 0;
  /// Hands the next step to the graph; `reserved` bytes of the budget are its.
  virtual void start(std::uint64_t reserved) = 0;

  /// What the next step may need: the largest step seen so far.
  [[nodiscard]] std::uint64_t estimate() const { return largest_; }

 private:
  friend class Pump;
  std::uint64_t largest_ = std::uint64_t{1} << 20;
  bool measured_ = false;
};

/// One per wave of a pass.
class Pump {
 public:
  /// `stoppable`: the first Ctrl-C ends it (sources), or not (ends of keys).
  Pump(RunState& run, bool stoppable);
  Pump& operator=(Pump&&) = delete;
  ~Pump();

  void add(Feed& feed) { feeds_.push_back(&feed); }
  /// Runs the graph until the feeds are exhausted or nothing can start any more.
  void run(tbb::flow::graph& graph);
  [[nodiscard]] bool exhausted() const;
  /// A step is over: `update` changes the feed's state, `unspent` is what is left of its reservation and
  /// `emitted` the bytes that it gave.
  template <class Update>
  void finished(Feed& feed, std::uint64_t unspent, std::uint64_t emitted, Update&& update) {
    {
      const std::lock_guard lock(mutex_);
      update();
      note(feed, emitted);
    }
    run_.budget->unreserve(unspent);
    go_on();
  }

 private:
  void note(Feed& feed, std::uint64_t emitted);
  void go_on();
  void wake() noexcept;
  bool start_at_rest();
  Feed* next_ready();

  RunState& run_;
  const bool stoppable_;
  std::mutex mutex_;
  std::vector<Feed*> feeds_;
  std::size_t turn_ = 0;
};

}  // namespace ipet::run
