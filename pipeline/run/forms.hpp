// The nodes of the stage forms that handle streams.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "pipeline/run/node.hpp"
#include "pipeline/run/pump.hpp"

namespace ipet::run {

/// Units are lanes. Steps of one unit run one after the other, units in parallel.
class SourceNode final : public Node, public Feed {
 public:
  SourceNode(RunState& run, std::size_t stage, bool counted, tbb::flow::graph& graph, SourceStage& source);

  /// Asks the stage for its units; before the pump starts.
  void list_units(Pump& pump);
  void receive(Entrance&, Envelope) override;
  /// When no unit is read any more and the graph is at rest.
  void finish();

  [[nodiscard]] bool exhausted() const override { return next_ == names_.size() && open_.empty(); }
  [[nodiscard]] bool ready() const override;
  void start(std::uint64_t reserved) override;

 private:
  struct Unit {
    std::size_t index = 0;
    const Lane* lane = nullptr;
    std::unique_ptr<UnitReader> reader;
    std::vector<std::uint64_t> sequences;
    std::uint64_t steps = 0;
    std::uint64_t reserved = 0;
  };
  void step(Unit& unit);

  SourceStage& source_;
  Pump* pump_ = nullptr;
  std::vector<std::string> names_;
  std::size_t next_ = 0;                               ///< first unit not yet opened
  std::map<std::size_t, std::unique_ptr<Unit>> open_;  ///< by index; changed by the pump or under its lock
  std::set<std::size_t> idle_;                         ///< open units without a running step
  tbb::flow::function_node<Unit*> node_;
};

/// One envelope in, one envelope per output out, in parallel.
class MapNode final : public Node {
 public:
  MapNode(RunState& run, std::size_t stage, bool counted, tbb::flow::graph& graph, const MapStage& map);
  void receive(Entrance& entrance, Envelope envelope) override;
  bool do_one() override { return worker_.do_one(); }
  [[nodiscard]] bool busy() override { return worker_.busy(); }

 private:
  struct Job {
    std::size_t port = 0;
    Envelope envelope;
  };
  void handle(Job& job);

  const MapStage& map_;
  Worker<Job> worker_;
};

/// Per lane a sequencer, per key a strand. The keys are the lanes of its outputs.
class KeyedNode final : public Node, public Feed {
 public:
  KeyedNode(RunState& run, std::size_t stage, bool counted, tbb::flow::graph& graph, KeyedStage& keyed);

  void receive(Entrance& entrance, Envelope envelope) override;
  [[nodiscard]] bool settled() override { return lanes_.settled(); }
  bool do_one() override { return worker_.do_one(); }
  [[nodiscard]] bool busy() override { return worker_.busy(); }

  /// Begins the wave that ends every key, in the order of their names.
  void begin_ends(Pump& pump);
  /// When all keys have ended and the graph is at rest.
  void finish();
  [[nodiscard]] bool exhausted() const override { return ended_ == keys_.size(); }
  [[nodiscard]] bool ready() const override { return next_end_ != keys_.end(); }
  void start(std::uint64_t reserved) override;

 private:
  struct Work {
    std::size_t port = 0;
    Message message;
  };
  struct Key {
    Key(std::string name_in, const Lane* from_in, const Lane* lane_in, std::size_t outputs)
        : name(std::move(name_in)), from(from_in), lane(lane_in), sequences(outputs) {}
    const std::string name;
    const Lane* const from;  ///< the one lane that its messages come from
    const Lane* const lane;  ///< of what it emits
    std::vector<std::uint64_t> sequences;
    Strand<Work> strand;
    std::unique_ptr<KeyState> state;
    std::uint64_t count = 0;
    std::uint64_t reserved = 0;
  };
  struct InLane {
    explicit InLane(const Lane* lane_in) : lane(lane_in) {}
    const Lane* const lane;
    Sequencer sequencer;
    std::unordered_map<std::string, Key*> keys;  ///< by the messages' own
  };
  Key* key_of(InLane& lane, const std::string& message_key);
  void drain(Key& key);
  void handle(Key& key, Work work);
  void end(Key& key);

  KeyedStage& keyed_;
  Pump* pump_ = nullptr;
  PerLane<InLane> lanes_;
  std::mutex keys_mutex_;
  std::map<std::string, std::unique_ptr<Key>> keys_;
  std::map<std::string, std::unique_ptr<Key>>::iterator next_end_;
  std::size_t ended_ = 0;
  Worker<Key*> worker_;
  tbb::flow::function_node<Key*> end_node_;
};

/// How a stream becomes one value: a fold stage or a Collector.
struct Gatherer {
  std::function<std::unique_ptr<Partial>()> begin;
  std::function<void(Partial&, std::size_t port, const Message&)> add;
};

/// One partial per lane, filled in the lane's order; lanes in parallel.
class GatherNode final : public Node {
 public:
  GatherNode(RunState& run, std::size_t stage, bool counted, tbb::flow::graph& graph, Gatherer gatherer);

  void receive(Entrance& entrance, Envelope envelope) override;
  [[nodiscard]] bool settled() override { return lanes_.settled(); }
  bool do_one() override { return worker_.do_one(); }
  [[nodiscard]] bool busy() override { return worker_.busy(); }
  /// The partials by lane name; when the graph is at rest.
  std::map<std::string, std::unique_ptr<Partial>> take();

 private:
  struct Work {
    std::size_t port = 0;
    Message message;
  };
  struct InLane {
    explicit InLane(const Lane* lane_in) : lane(lane_in) {}
    const Lane* const lane;
    Sequencer sequencer;
    Strand<Work> strand;
    std::unique_ptr<Partial> partial;
    std::uint64_t count = 0;
  };
  void drain(InLane& lane);
  void handle(InLane& lane, Work work);

  const Gatherer gatherer_;
  PerLane<InLane> lanes_;
  Worker<InLane*> worker_;
};

/// Emits the whole values of a task or a fold.
class ValueNode final : public Node {
 public:
  ValueNode(RunState& run, std::size_t stage) : Node(run, stage, true), values_(outputs()) {}
  void receive(Entrance&, Envelope) override {}
  /// Runs `body(emit)` and keeps what it emits as the stage's values; every output in use must get one.
  void run(const std::function<void(Emitter&)>& body);

 private:
  friend class ValueSender;
  [[nodiscard]] bool gives_values() const override { return true; }
  void publish();

  std::vector<std::optional<Message>> values_;
};

/// Lanes in order, one call at a time.
class SinkNode final : public Node {
 public:
  SinkNode(RunState& run, std::size_t stage, tbb::flow::graph& graph, SinkStage& sink);

  void receive(Entrance& entrance, Envelope envelope) override;
  [[nodiscard]] bool settled() override { return lanes_.settled(); }
  bool do_one() override { return worker_.do_one(); }
  [[nodiscard]] bool busy() override { return worker_.busy(); }
  /// A whole value, written at once; when the graph is at rest.
  void write(std::size_t port, const Message& message, const Origin& origin);

 private:
  struct Work {
    std::size_t port = 0;
    const Lane* lane = nullptr;
    std::uint64_t sequence = 0;
    Message message;
  };
  struct InLane {
    explicit InLane(const Lane*) {}
    Sequencer sequencer;
    std::uint64_t next = 0;
  };
  void drain();

  SinkStage& sink_;
  PerLane<InLane> lanes_;
  Strand<Work> strand_;
  Worker<SinkNode*> worker_;
};

}  // namespace ipet::run
