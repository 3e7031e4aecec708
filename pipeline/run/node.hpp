// A stage at work in one pass: what its node in the flow graph shares with all others. Envelopes go from node
// to node by a call, not over edges of the flow graph: see pipeline/README.md, "What was measured".
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <tbb/flow_graph.h>

#include "pipeline/run/run_state.hpp"
#include "pipeline/run/working.hpp"

namespace ipet::run {

class Node;

/// What waits to be done by a stage, and the flow graph node whose tasks do it. Whoever has to wait for
/// memory may do a piece of it, too: its task then finds nothing to do.
template <class Item>
class Worker {
 public:
  Worker(tbb::flow::graph& graph, tbb::flow::node_priority_t priority, std::function<void(Item&)> body)
      : body_(std::move(body)),
        node_(
            graph, tbb::flow::unlimited, [this](char) { static_cast<void>(do_one()); }, priority) {}

  void put(Item item) {
    {
      const std::lock_guard lock(mutex_);
      items_.push_back(std::move(item));
    }
    node_.try_put(char{});
  }
  /// False when nothing waits.
  bool do_one() {
    const Counted busy(busy_);  // before the item is taken: busy() misses none
    std::unique_lock lock(mutex_);
    if (items_.empty()) return false;
    Item item = std::move(items_.front());
    items_.pop_front();
    lock.unlock();
    body_(item);
    return true;
  }
  /// Something waits or is being done.
  [[nodiscard]] bool busy() {
    const std::lock_guard lock(mutex_);
    return !items_.empty() || busy_.load() != 0;
  }

 private:
  struct Counted {
    explicit Counted(std::atomic<int>& count_in) : count(count_in) { ++count; }
    Counted(const Counted&) = delete;
    ~Counted() { --count; }
    std::atomic<int>& count;
  };

  const std::function<void(Item&)> body_;
  std::mutex mutex_;
  std::deque<Item> items_;
  std::atomic<int> busy_{0};
  tbb::flow::function_node<char> node_;
};

/// An edge as the consumer sees it: the port and how its lanes are told from those of other edges.
class Entrance {
 public:
  Entrance(LaneTable& lanes, std::size_t port_in, std::string prefix)
      : port(port_in), lanes_(lanes), prefix_(std::move(prefix)) {}
  const Lane* lane(const Lane* outer);

  const std::size_t port;

 private:
  LaneTable& lanes_;
  const std::string prefix_;
  std::mutex mutex_;
  std::unordered_map<const Lane*, const Lane*> inner_;
};

struct Receiver {
  Node* node = nullptr;
  Entrance* entrance = nullptr;
};

class Node {
 public:
  /// `counted`: the stage runs for the first time, so what it emits is counted.
  Node(RunState& run, std::size_t stage, bool counted);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  [[nodiscard]] std::size_t stage() const { return stage_; }
  void connect(std::size_t output, Node& consumer, std::size_t port, std::string prefix);
  [[nodiscard]] bool has_receivers(std::size_t output) const { return !receivers_[output].empty(); }
  [[nodiscard]] std::size_t outputs() const { return receivers_.size(); }

  /// Takes an envelope in the task of its producer: only stores or spawns.
  virtual void receive(Entrance& entrance, Envelope envelope) = 0;
  /// True when nothing waits here for an earlier envelope that never came.
  [[nodiscard]] virtual bool settled() { return true; }
  /// Does a piece of what waits here; false when nothing does.
  virtual bool do_one() { return false; }
  /// Something waits here or is being done.
  [[nodiscard]] virtual bool busy() { return false; }
  /// Call once all nodes are connected.
  void find_below();

 protected:
  friend class Sender;
  void forward(std::size_t output, Envelope envelope);
  /// Returns when the bytes in flight are within the budget, or nothing below works on them any more: what
  /// waits below is done here, since a stage that sends without end would otherwise leave a lone thread none.
  /// Throws std::runtime_error when stages below keep more than the budget; `sent` was sent last.
  void wait_for_room(std::uint64_t sent);
  /// The output port that a message leaves through; throws when there is none or more than one.
  [[nodiscard]] std::size_t output_for(std::string_view port, const TypeName& type) const;
  void count(const Message& message);
  /// Runs a stage's code unless the run is over. `item()` tells what was being handled, for the error text.
  template <class Body, class ItemText>
  void guard(Body&& body, ItemText&& item) {
    if (run_.halted()) return;
    const Working working(run_, stage_);
    try {
      // Isolated, so that a stage that waits inside (tbb::parallel_for) is not made to run other stages.
      tbb::this_task_arena::isolate(body);
    } catch (const Interrupted&) {
      run_.stopped_early(stage_, gives_values());
    } catch (...) {
      run_.fail(stage_, item(), std::current_exception());
    }
  }
  /// Whether all that the stage gives are whole values.
  [[nodiscard]] virtual bool gives_values() const { return false; }

  /// The body of a flow graph node: nothing is thrown into the graph.
  template <class Body>
  tbb::flow::continue_msg protect(Body&& body) noexcept {
    try {
      body();
    } catch (...) {
      run_.fail(stage_, {}, std::current_exception());
    }
    return {};
  }

  RunState& run_;

 private:
  const std::size_t stage_;
  const StageDescription& description_;
  const bool counted_;
  std::vector<std::vector<Receiver>> receivers_;  ///< by output
  std::vector<std::unique_ptr<Entrance>> entrances_;
  std::vector<Node*> below_;  ///< all that it sends to by any way, each before those that it sends to
};

/// The Emitter of all forms; what differs is where a message goes.
class Sender : public Emitter {
 public:
  Sender(Node& node, const std::string& key) : node_(node), key_(key) {}
  [[nodiscard]] const std::string& key() const override { return key_; }

 protected:
  void send(std::string_view port, Message message) final;
  virtual void accept(std::size_t output, Message message) = 0;
  /// Charges a message against the memory budget.
  Message charge(Message message) { return charged(budget(), std::move(message)); }
  [[nodiscard]] const std::shared_ptr<Budget>& budget() const { return node_.run_.budget; }
  [[nodiscard]] bool wanted(std::size_t output) const { return node_.has_receivers(output); }
  void forward(std::size_t output, Envelope envelope) { node_.forward(output, std::move(envelope)); }
  void wait_for_room(std::uint64_t sent) { node_.wait_for_room(sent); }

 private:
  Node& node_;
  const std::string& key_;
};

/// Sends every message in an envelope of its own, numbered per output: sources and keyed stages.
class LaneSender : public Sender {
 public:
  /// `sequences`: the next number per output; `reserved`: bytes taken from the budget beforehand.
  LaneSender(Node& node, const std::string& key, const Lane* lane, std::vector<std::uint64_t>& sequences,
             std::uint64_t reserved = 0)
      : Sender(node, key), lane_(lane), sequences_(sequences), unspent_(reserved) {}
  [[nodiscard]] std::uint64_t unspent() const { return unspent_; }
  [[nodiscard]] std::uint64_t emitted() const { return emitted_; }

 protected:
  void accept(std::size_t output, Message message) override;

 private:
  const Lane* const lane_;
  std::vector<std::uint64_t>& sequences_;
  std::uint64_t unspent_, emitted_ = 0;
};

/// Puts the envelopes of one lane back in order.
class Sequencer {
 public:
  /// Calls `deliver` for every envelope whose turn has come, one at a time.
  template <class Deliver>
  void accept(Envelope envelope, Deliver&& deliver) {
    const std::lock_guard lock(mutex_);
    if (envelope.sequence != next_) {
      early_.emplace(envelope.sequence, std::move(envelope));
      return;
    }
    deliver(std::move(envelope));
    ++next_;
    while (!early_.empty() && early_.begin()->first == next_) {
      deliver(std::move(early_.extract(early_.begin()).mapped()));
      ++next_;
    }
  }
  [[nodiscard]] bool settled() {
    const std::lock_guard lock(mutex_);
    return early_.empty();
  }

 private:
  std::mutex mutex_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, Envelope> early_;
};

/// A queue whose items are handled one at a time: whoever fills an idle one spawns the task that empties it.
template <class T>
class Strand {
 public:
  /// True when a task must be spawned.
  bool push(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    return !std::exchange(busy_, true);
  }
  /// Nothing when it is empty, and idle from then on.
  std::optional<T> pop() {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) {
      busy_ = false;
      return std::nullopt;
    }
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }
  /// How many items a task handles before it lets others run.
  static constexpr int burst = 32;

 private:
  std::mutex mutex_;
  std::deque<T> items_;
  bool busy_ = false;
};

/// State per lane, made when the lane's first envelope comes.
template <class State>
class PerLane {
 public:
  State& of(const Lane* lane) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<State>& state = states_[lane];
    if (!state) state = std::make_unique<State>(lane);
    return *state;
  }
  [[nodiscard]] bool settled() {
    const std::lock_guard lock(mutex_);
    for (const auto& [lane, state] : states_) {
      if (!state->sequencer.settled()) return false;
    }
    return true;
  }
  /// In the order of lane names. Only when the graph is at rest.
  std::map<std::string, State*> sorted() {
    std::map<std::string, State*> all;
    for (const auto& [lane, state] : states_) all.emplace(lane->name, state.get());
    return all;
  }

 private:
  std::mutex mutex_;
  std::unordered_map<const Lane*, std::unique_ptr<State>> states_;
};

}  // namespace ipet::run
