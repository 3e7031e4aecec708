#include "pipeline/run/node.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace ipet::run {

const Lane* Entrance::lane(const Lane* outer) {
  if (prefix_.empty()) return outer;
  const std::lock_guard lock(mutex_);
  const Lane*& inner = inner_[outer];
  if (inner == nullptr) inner = lanes_.intern(prefix_ + outer->name);
  return inner;
}

Node::Node(RunState& run, std::size_t stage, bool counted)
    : run_(run),
      stage_(stage),
      description_(*run.plan.stages.at(stage).description),
      counted_(counted),
      receivers_(description_.outputs.size()) {}

void Node::connect(std::size_t output, Node& consumer, std::size_t port, std::string prefix) {
  consumer.entrances_.push_back(std::make_unique<Entrance>(run_.lanes, port, std::move(prefix)));
  receivers_.at(output).push_back({&consumer, consumer.entrances_.back().get()});
}

void Node::forward(std::size_t output, Envelope envelope) {
  const std::vector<Receiver>& receivers = receivers_[output];
  for (std::size_t i = 0; i < receivers.size(); ++i) {
    const Receiver& receiver = receivers[i];
    try {
      Envelope own = i + 1 == receivers.size() ? std::move(envelope) : envelope;
      for (Message& message : own.messages)
        message = held_by(run_.budget, receiver.node->stage_, std::move(message));
      own.lane = receiver.entrance->lane(own.lane);
      receiver.node->receive(*receiver.entrance, std::move(own));
    } catch (...) {
      run_.fail(receiver.node->stage_, {}, std::current_exception());
    }
  }
}

void Node::find_below() {
  std::vector<Node*> last_first;
  const auto visit = [&](const auto& self, const Node& node) -> void {
    for (const auto& receivers : node.receivers_) {
      for (const Receiver& receiver : receivers) {
        if (std::ranges::find(last_first, receiver.node) != last_first.end()) continue;
        self(self, *receiver.node);
        last_first.push_back(receiver.node);
      }
    }
  };
  visit(visit, *this);
  below_.assign(last_first.rbegin(), last_first.rend());
}

void Node::wait_for_room(std::uint64_t sent) {
  const Budget& budget = *run_.budget;
  const auto at_rest = [this] {
    return std::ranges::none_of(below_, [](Node* node) { return node->busy(); });
  };
  while (budget.over() && !run_.halted()) {
    // What is furthest on goes first: it ends as memory that is free.
    if (std::any_of(below_.rbegin(), below_.rend(), [](Node* node) { return node->do_one(); })) continue;
    // In this order nothing is missed that moves on meanwhile.
    if (!at_rest()) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
      continue;
    }
    std::uint64_t kept = 0;
    for (const Node* node : below_) kept += budget.held(node->stage_);
    // What several of them hold counts for each, and is there once.
    if (std::min(kept, budget.in_flight()) <= sent + 2 * budget.limit()) return;
    // Others may have sent meanwhile, which is not kept but waits.
    if (at_rest())
      throw std::runtime_error("the memory budget of " + mebibytes(budget.limit()) +
                               " is used up, and what it sends is kept: " + run_.holders_text());
  }
}

std::size_t Node::output_for(std::string_view port, const TypeName& type) const {
  const auto& outputs = description_.outputs;
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (port.empty() ? outputs[i].type != type : outputs[i].name != port) continue;
    if (found) throw std::logic_error("several outputs carry " + type.text() + "; emit.to() must name one");
    found = i;
  }
  if (!found && !port.empty()) throw std::logic_error("it has no output '" + std::string(port) + "'");
  if (!found) throw std::logic_error("it has no output for " + type.text());
  if (outputs[*found].type != type)
    throw std::logic_error("output '" + outputs[*found].name + "' carries " + outputs[*found].type.text() +
                           ", not " + type.text());
  return *found;
}

void Node::count(const Message& message) {
  if (!counted_) return;
  StageStats& stats = run_.stats[stage_];
  stats.messages.fetch_add(1, std::memory_order_relaxed);
  stats.items.fetch_add(message.items, std::memory_order_relaxed);
}

void Sender::send(std::string_view port, Message message) {
  if (node_.run_.halted()) throw Cancelled();
  const std::size_t output = node_.output_for(port, *message.type);
  node_.count(message);
  accept(output, std::move(message));
}

void LaneSender::accept(std::size_t output, Message message) {
  if (!wanted(output)) return;
  Envelope envelope{lane_, sequences_[output]++, {}};
  const std::uint64_t bytes = charge_of(message);
  envelope.messages.push_back(charge(std::move(message)));
  const std::uint64_t spent = std::min(unspent_, bytes);
  budget()->unreserve(spent);
  unspent_ -= spent;
  emitted_ += bytes;
  forward(output, std::move(envelope));
  wait_for_room(bytes);
}

}  // namespace ipet::run
