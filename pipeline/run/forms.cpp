#include "pipeline/run/forms.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace ipet::run {
namespace {

using tbb::flow::unlimited;
/// What is in flight goes before new steps.
constexpr tbb::flow::node_priority_t first = 1;

/// Unit names sort by index: "000004/day5.pcap".
std::string unit_lane(std::size_t index, std::size_t units, const std::string& name) {
  const std::size_t width = std::max<std::size_t>(6, std::to_string(units).size());
  const std::string number = std::to_string(index);
  return std::string(width - number.size(), '0') + number + "/" + name;
}

std::string key_text(const std::string& key) {
  return ", key '" + key + "'";
}
std::string message_text(std::uint64_t number) {
  return ", message " + std::to_string(number);
}

/// Gathers what a map emits for one envelope.
class MapSender final : public Sender {
 public:
  MapSender(Node& node, const std::string& key, std::vector<std::vector<Message>>& out)
      : Sender(node, key), out_(out) {}

 protected:
  void accept(std::size_t output, Message message) override {
    if (!wanted(output)) return;
    emitted_ += charge_of(message);
    out_[output].push_back(charge(std::move(message)));
    if (++count_ > 1 && emitted_ > budget()->limit())
      throw std::runtime_error("it sends more for one message than the memory budget of " +
                               mebibytes(budget()->limit()) +
                               ", and what a map sends for one leaves together; send less at a time, as a "
                               "keyed stage can, or let run.memory_mib grow");
  }

 private:
  std::vector<std::vector<Message>>& out_;
  std::uint64_t emitted_ = 0, count_ = 0;
};

}  // namespace

class ValueSender final : public Sender {
 public:
  ValueSender(ValueNode& node, const std::string& key) : Sender(node, key), node_(node) {}

 protected:
  void accept(std::size_t output, Message message) override {
    std::optional<Message>& value = node_.values_[output];
    if (value) throw std::logic_error("it gave " + message.type->text() + " twice on one output");
    value = std::move(message);
  }

 private:
  ValueNode& node_;
};

void ValueNode::run(const std::function<void(Emitter&)>& body) {
  const std::string no_key;
  std::atomic<bool>& working = run_.stats[stage()].working;
  working.store(true);
  guard(
      [&] {
        ValueSender sender(*this, no_key);
        body(sender);
        publish();
      },
      [] { return std::string(); });
  working.store(false);
}

void ValueNode::publish() {
  const plan::PlannedStage& planned = run_.plan.stages[stage()];
  for (const plan::Edge& edge : run_.plan.edges) {
    if (edge.from != stage()) continue;
    const std::optional<Message>& value = values_[edge.output];
    if (!value)
      throw std::logic_error("it gave no value on output '" + planned.description->outputs[edge.output].name +
                             "'");
    const std::lock_guard lock(run_.values_mutex);
    run_.wholes[{stage(), edge.output}] = *value;
  }
}

SourceNode::SourceNode(RunState& run, std::size_t stage, bool counted, tbb::flow::graph& graph,
                       SourceStage& source)
    : Node(run, stage, counted),
      source_(source),
      node_(graph, unlimited, [this](Unit* unit) { return protect([&] { step(*unit); }); }) {}

void SourceNode::list_units(Pump& pump) {
  pump_ = &pump;
  guard([this] { names_ = source_.units(); }, [] { return std::string(", list of units"); });
  pump.add(*this);
}

void SourceNode::receive(Entrance&, Envelope) {}

bool SourceNode::ready() const {
  return !idle_.empty() || (next_ < names_.size() && open_.size() < 2 * run_.threads);
}

void SourceNode::start(std::uint64_t reserved) {
  if (idle_.empty()) {
    auto unit = std::make_unique<Unit>();
    unit->index = next_;
    unit->lane = run_.lanes.intern(unit_lane(next_, names_.size(), names_[next_]));
    unit->sequences.resize(outputs());
    idle_.insert(next_);
    open_.emplace(next_++, std::move(unit));
  }
  // The earliest unit first: what waits for an order downstream waits for it.
  Unit& unit = *open_.at(idle_.extract(idle_.begin()).value());
  unit.reserved = reserved;
  node_.try_put(&unit);
}

void SourceNode::step(Unit& unit) {
  const std::string& name = names_[unit.index];
  LaneSender sender(*this, name, unit.lane, unit.sequences, unit.reserved);
  bool more = true;
  guard(
      [&] {
        if (!unit.reader) unit.reader = source_.open(unit.index);
        more = unit.reader->next(sender);
        if (!more) unit.reader.reset();
      },
      [&] { return ", unit '" + name + "', step " + std::to_string(unit.steps); });
  ++unit.steps;
  pump_->finished(*this, sender.unspent(), sender.emitted(), [&] {
    if (more)
      idle_.insert(unit.index);
    else
      open_.erase(unit.index);
  });
}

void SourceNode::finish() {
  for (const auto& [index, unit] : open_) {
    if (!unit->reader) continue;
    guard([&reader = *unit->reader] { reader.stopped(); }, [&] { return ", unit '" + names_[index] + "'"; });
    unit->reader.reset();
  }
  // A lane after those of all units.
  const std::string no_key;
  std::vector<std::uint64_t> sequences(outputs());
  LaneSender sender(*this, no_key, run_.lanes.intern(unit_lane(names_.size(), names_.size(), "")), sequences);
  guard([&] { source_.finish(sender); }, [] { return std::string(", finish"); });
}

MapNode::MapNode(RunState& run, std::size_t stage, bool counted, tbb::flow::graph& graph, const MapStage& map)
    : Node(run, stage, counted),
      map_(map),
      worker_(graph, first, [this](Job& job) { protect([&] { handle(job); }); }) {}

void MapNode::receive(Entrance& entrance, Envelope envelope) {
  worker_.put({entrance.port, std::move(envelope)});
}

void MapNode::handle(Job& job) {
  std::vector<std::vector<Message>> out(outputs());
  for (Message& taken : job.envelope.messages) {
    const Message message = std::move(taken);  // its bytes go back as soon as it was handled
    guard(
        [&] {
          MapSender sender(*this, message.key, out);
          map_.on_message(job.port, message, sender);
        },
        [&] { return key_text(message.key) + message_text(job.envelope.sequence); });
  }
  if (run_.halted()) return;
  for (std::size_t output = 0; output < out.size(); ++output) {
    if (has_receivers(output))
      forward(output, {job.envelope.lane, job.envelope.sequence, std::move(out[output])});
  }
}

KeyedNode::KeyedNode(RunState& run, std::size_t stage, bool counted, tbb::flow::graph& graph,
                     KeyedStage& keyed)
    : Node(run, stage, counted),
      keyed_(keyed),
      next_end_(keys_.end()),
      worker_(graph, first, [this](Key* key) { protect([&] { drain(*key); }); }),
      end_node_(
          graph, unlimited, [this](Key* key) { return protect([&] { end(*key); }); }, first) {}

KeyedNode::Key* KeyedNode::key_of(InLane& lane, const std::string& message_key) {
  Key*& known = lane.keys[message_key];
  if (known != nullptr) return known;
  const std::string name = keyed_.key_of(message_key);
  const std::lock_guard lock(keys_mutex_);
  std::unique_ptr<Key>& key = keys_[name];
  if (!key) key = std::make_unique<Key>(name, lane.lane, run_.lanes.intern(name), outputs());
  if (key->from != lane.lane) {
    run_.fail(run_.stage_text(stage()) + key_text(name) + ": its messages come from two lanes, '" +
              std::min(key->from->name, lane.lane->name) + "' and '" +
              std::max(key->from->name, lane.lane->name) +
              "', and have no order; give them different keys or one source unit");
    return nullptr;
  }
  return known = key.get();
}

void KeyedNode::receive(Entrance& entrance, Envelope envelope) {
  InLane& lane = lanes_.of(envelope.lane);
  lane.sequencer.accept(std::move(envelope), [&](Envelope next) {
    for (Message& message : next.messages) {
      Key* const key = key_of(lane, message.key);
      if (key == nullptr) return;
      if (key->strand.push({entrance.port, std::move(message)})) worker_.put(key);
    }
  });
}

void KeyedNode::drain(Key& key) {
  for (int i = 0; i < key.strand.burst; ++i) {
    std::optional<Work> work = key.strand.pop();
    if (!work) return;
    handle(key, std::move(*work));
  }
  worker_.put(&key);
}

void KeyedNode::handle(Key& key, Work work) {
  guard(
      [&] {
        if (!key.state) key.state = keyed_.begin(key.name);
        LaneSender sender(*this, key.name, key.lane, key.sequences);
        keyed_.on_message(*key.state, work.port, work.message, sender);
      },
      [&] { return key_text(key.name) + message_text(key.count); });
  ++key.count;
}

void KeyedNode::begin_ends(Pump& pump) {
  pump_ = &pump;
  next_end_ = keys_.begin();
  pump.add(*this);
}

void KeyedNode::finish() {
  // No key sorts after this lane, or is called so: keys are UTF-8.
  const std::string no_key, last_lane = "\xff";
  std::vector<std::uint64_t> sequences(outputs());
  LaneSender sender(*this, no_key, run_.lanes.intern(last_lane), sequences);
  guard([&] { keyed_.finish(sender); }, [] { return std::string(", finish"); });
}

void KeyedNode::start(std::uint64_t reserved) {
  Key& key = *(next_end_++)->second;
  key.reserved = reserved;
  end_node_.try_put(&key);
}

void KeyedNode::end(Key& key) {
  LaneSender sender(*this, key.name, key.lane, key.sequences, key.reserved);
  guard(
      [&] {
        keyed_.on_end(*key.state, sender);
        key.state.reset();
      },
      [&] { return key_text(key.name) + ", on_end"; });
  pump_->finished(*this, sender.unspent(), sender.emitted(), [this] { ++ended_; });
}

GatherNode::GatherNode(RunState& run, std::size_t stage, bool counted, tbb::flow::graph& graph,
                       Gatherer gatherer)
    : Node(run, stage, counted),
      gatherer_(std::move(gatherer)),
      worker_(graph, first, [this](InLane* lane) { protect([&] { drain(*lane); }); }) {}

void GatherNode::receive(Entrance& entrance, Envelope envelope) {
  InLane& lane = lanes_.of(envelope.lane);
  lane.sequencer.accept(std::move(envelope), [&](Envelope next) {
    for (Message& message : next.messages) {
      if (lane.strand.push({entrance.port, std::move(message)})) worker_.put(&lane);
    }
  });
}

void GatherNode::drain(InLane& lane) {
  for (int i = 0; i < lane.strand.burst; ++i) {
    std::optional<Work> work = lane.strand.pop();
    if (!work) return;
    handle(lane, std::move(*work));
  }
  worker_.put(&lane);
}

void GatherNode::handle(InLane& lane, Work work) {
  guard(
      [&] {
        if (!lane.partial) lane.partial = gatherer_.begin();
        gatherer_.add(*lane.partial, work.port, work.message);
      },
      [&] { return ", lane '" + lane.lane->name + "'" + message_text(lane.count); });
  ++lane.count;
}

std::map<std::string, std::unique_ptr<Partial>> GatherNode::take() {
  std::map<std::string, std::unique_ptr<Partial>> partials;
  for (const auto& [name, lane] : lanes_.sorted()) {
    if (lane->partial) partials.emplace(name, std::move(lane->partial));
  }
  return partials;
}

SinkNode::SinkNode(RunState& run, std::size_t stage, tbb::flow::graph& graph, SinkStage& sink)
    : Node(run, stage, true),
      sink_(sink),
      worker_(graph, first, [this](SinkNode*) { protect([this] { drain(); }); }) {}

void SinkNode::receive(Entrance& entrance, Envelope envelope) {
  const Lane* const lane = envelope.lane;
  InLane& state = lanes_.of(lane);
  state.sequencer.accept(std::move(envelope), [&](Envelope next) {
    for (Message& message : next.messages) {
      if (strand_.push({entrance.port, lane, state.next++, std::move(message)})) worker_.put(this);
    }
  });
}

void SinkNode::drain() {
  for (int i = 0; i < strand_.burst; ++i) {
    const std::optional<Work> work = strand_.pop();
    if (!work) return;
    write(work->port, work->message, {work->lane->name, work->sequence});
  }
  worker_.put(this);
}

void SinkNode::write(std::size_t port, const Message& message, const Origin& origin) {
  guard(
      [&] {
        sink_.write(port, message, origin);
        count(message);
      },
      [&] {
        return (message.key.empty() ? "" : key_text(message.key)) + ", lane '" + origin.lane + "'" +
               message_text(origin.sequence);
      });
}

}  // namespace ipet::run
