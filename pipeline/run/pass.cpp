#include "pipeline/run/pass.hpp"

#include <algorithm>

namespace ipet::run {
namespace {

/// Merges partials in the order of their lanes.
template <class Merge>
std::unique_ptr<Partial> merged(std::map<std::string, std::unique_ptr<Partial>> partials,
                                std::unique_ptr<Partial> empty, Merge&& merge) {
  std::unique_ptr<Partial> all;
  for (auto& [lane, partial] : partials) {
    if (all)
      merge(*all, *partial);
    else
      all = std::move(partial);
    partial.reset();
  }
  return all ? std::move(all) : std::move(empty);
}

}  // namespace

std::vector<Gathering> make_gatherings(const plan::Plan& plan) {
  std::map<std::pair<std::size_t, std::size_t>, Gathering> by_port;
  for (const plan::Edge& edge : plan.edges) {
    if (edge.kind != plan::EdgeKind::collected) continue;
    Gathering& gathering = by_port[{edge.to, edge.input}];
    const TypeName& type = plan.stages[edge.from].description->outputs[edge.output].type;
    gathering.collector = plan.stages[edge.to].description->inputs[edge.input].collector_of(type);
    gathering.producers.emplace_back(edge.from, edge.output);
    gathering.last_pass = std::max(gathering.last_pass, plan.stages[edge.from].pass);
  }
  std::vector<Gathering> gatherings;
  for (auto& [port, gathering] : by_port) {
    const auto type = [&plan](const std::pair<std::size_t, std::size_t>& consumer) {
      return plan.stages[consumer.first].description->inputs[consumer.second].types.at(0);
    };
    auto same = std::find_if(gatherings.begin(), gatherings.end(), [&](const Gathering& other) {
      return other.producers == gathering.producers && type(other.consumers[0]) == type(port);
    });
    if (same == gatherings.end()) same = gatherings.insert(same, std::move(gathering));
    same->consumers.push_back(port);
  }
  return gatherings;
}

Pass::Pass(RunState& run, std::size_t number, const PassSchedule& schedule,
           std::vector<Gathering>& gatherings, const Sinks& sinks)
    : run_(run),
      number_(number),
      schedule_(schedule),
      gatherings_(gatherings),
      sinks_(sinks),
      stages_(run.plan.stages.size()),
      pump_(run, true),
      nodes_(run.plan.stages.size()) {}

Pass::~Pass() {
  // Nothing may run or wake anything when the nodes die; payloads that live on find the way back cut.
  tasks_.wait();
  graph_.wait_for_all();
  run_.budget->detach();
}

void Pass::create_stage(std::size_t stage, bool again) {
  if (run_.halted() || stopped_at_start_) return;
  const plan::PlannedStage& planned = run_.plan.stages[stage];
  contexts_.push_back(
      std::make_unique<RunContext>(run_, stage, again, wanted_outputs(run_.plan, schedule_, stage)));
  const Working working(run_, stage);
  try {
    stages_[stage] = planned.description->create(planned.options.get(), *contexts_.back());
  } catch (const Interrupted&) {
    run_.stopped_early(stage, true);  // before anything of the pass was sent
    stopped_at_start_ = true;
  } catch (...) {
    run_.fail(stage, {}, std::current_exception());
  }
}

void Pass::create_node(std::size_t stage, bool again) {
  const bool counted = !again;
  switch (run_.plan.stages[stage].description->form) {
    case Form::source:
      nodes_[stage] =
          std::make_unique<SourceNode>(run_, stage, counted, graph_, stage_as<SourceStage>(stage));
      break;
    case Form::map:
      nodes_[stage] = std::make_unique<MapNode>(run_, stage, counted, graph_, stage_as<MapStage>(stage));
      break;
    case Form::keyed:
      nodes_[stage] = std::make_unique<KeyedNode>(run_, stage, counted, graph_, stage_as<KeyedStage>(stage));
      break;
    case Form::fold: {
      auto& fold = stage_as<FoldStage>(stage);
      auto node = std::make_unique<GatherNode>(
          run_, stage, counted, graph_,
          Gatherer{[&fold] { return fold.begin(); },
                   [&fold](Partial& partial, std::size_t port, const Message& message) {
                     fold.add(partial, port, message);
                   }});
      folds_[stage] = node.get();
      nodes_[stage] = std::move(node);
      values_[stage] = std::make_unique<ValueNode>(run_, stage);
      break;
    }
    case Form::task:
      values_[stage] = std::make_unique<ValueNode>(run_, stage);
      break;
    case Form::sink:
      break;
  }
}

void Pass::create_gather_nodes() {
  const auto& own = schedule_.own;
  for (std::size_t i = 0; i < gatherings_.size(); ++i) {
    const Gathering& gathering = gatherings_[i];
    for (std::size_t j = 0; j < gathering.producers.size(); ++j) {
      const auto [from, output] = gathering.producers[j];
      if (!std::binary_search(own.begin(), own.end(), from)) continue;
      std::unique_ptr<GatherNode>& node = gather_nodes_[i];
      if (!node) {
        const Collector& collector = *gathering.collector;
        node = std::make_unique<GatherNode>(
            run_, gathering.consumers[0].first, false, graph_,
            Gatherer{collector.begin, [&collector](Partial& partial, std::size_t, const Message& message) {
                       collector.add(partial, message);
                     }});
      }
      nodes_[from]->connect(output, *node, 0, lane_prefix(j, gathering.producers.size()));
    }
  }
}

void Pass::connect_streams() {
  for (const std::size_t sink : schedule_.sinks)
    nodes_[sink] = std::make_unique<SinkNode>(run_, sink, graph_, *sinks_[sink]);
  for (const std::size_t i : schedule_.edges) {
    const plan::Edge& edge = run_.plan.edges[i];
    if (edge.kind != plan::EdgeKind::stream) continue;
    nodes_[edge.from]->connect(edge.output, *nodes_[edge.to], edge.input, lane_prefix(run_.plan, i));
  }
  for (const auto& node : nodes_)
    if (node) node->find_below();
}

void Pass::start_tasks() {
  for (const std::size_t stage : schedule_.own) {
    if (run_.plan.stages[stage].description->form != Form::task) continue;
    auto& task = stage_as<TaskStage>(stage);
    tasks_.run(
        [node = values_[stage].get(), &task] { node->run([&task](Emitter& emit) { task.run(emit); }); });
  }
}

void Pass::check_starved(const Pump& pump, const std::string& what) {
  if (run_.halted() || pump.exhausted()) return;
  run_.fail("the memory budget of " + mebibytes(run_.budget->limit()) + " is used up and " + what +
            " cannot go on: " + run_.holders_text());
}

void Pass::finish_sources() {
  for (const auto& node : nodes_) {
    if (auto* const source = dynamic_cast<SourceNode*>(node.get()); source != nullptr && !run_.halted())
      source->finish();
  }
  graph_.wait_for_all();
}

void Pass::end_keys() {
  for (std::size_t stage = 0; stage < nodes_.size() && !run_.halted(); ++stage) {
    auto* const keyed = dynamic_cast<KeyedNode*>(nodes_[stage].get());
    if (keyed == nullptr) continue;
    Pump pump(run_, false);
    keyed->begin_ends(pump);
    pump.run(graph_);
    check_starved(pump, "the ends of the keys of " + run_.stage_text(stage));
    keyed->finish();
    graph_.wait_for_all();
  }
}

bool Pass::complete(std::size_t stage) const {
  if (const auto* source = dynamic_cast<const SourceNode*>(nodes_[stage].get())) return source->exhausted();
  const auto& edges = run_.plan.edges;
  return std::all_of(edges.begin(), edges.end(), [&](const plan::Edge& edge) {
    return edge.to != stage || edge.kind != plan::EdgeKind::stream || complete(edge.from);
  });
}

void Pass::finish_folds() {
  for (const auto& [stage, node] : folds_) {
    if (!complete(stage)) continue;
    auto& fold = stage_as<FoldStage>(stage);
    values_[stage]->run([&fold, from = node](Emitter& emit) {
      const auto partial = merged(from->take(), fold.begin(),
                                  [&fold](Partial& into, Partial& part) { fold.merge(into, part); });
      fold.finish(*partial, emit);
    });
  }
}

void Pass::finish_gatherings() {
  for (const auto& [i, node] : gather_nodes_) {
    Gathering& gathering = gatherings_[i];
    gathering.partials.merge(node->take());
    const bool all_read = std::all_of(gathering.producers.begin(), gathering.producers.end(),
                                      [this](const auto& producer) { return complete(producer.first); });
    if (gathering.last_pass != number_ || !all_read || run_.halted()) continue;
    const Collector& collector = *gathering.collector;
    const Working working(run_, gathering.consumers[0].first);
    try {
      const auto partial = merged(std::move(gathering.partials), collector.begin(), collector.merge);
      const Message value = collector.finish(*partial);
      const std::lock_guard lock(run_.values_mutex);
      for (const auto& consumer : gathering.consumers) run_.collected[consumer] = value;
    } catch (...) {
      run_.fail(gathering.consumers[0].first, ", gathering its input", std::current_exception());
    }
  }
}

void Pass::write_values() {
  std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> sequences;
  for (const std::size_t i : schedule_.values) {
    const plan::Edge& edge = run_.plan.edges[i];
    const auto value = run_.wholes.find({edge.from, edge.output});
    if (value == run_.wholes.end()) continue;  // its pass was cut short
    const Origin origin{run_.plan.stages[edge.from].id, sequences[{edge.to, edge.from}]++};
    static_cast<SinkNode&>(*nodes_[edge.to]).write(edge.input, value->second, origin);
  }
}

void Pass::check_settled() {
  for (const auto& node : nodes_) {
    if (node && !node->settled() && !run_.halted())
      run_.fail(run_.stage_text(node->stage()) + ": messages wait for one that never came");
  }
}

bool Pass::run() {
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    const bool again = std::binary_search(schedule_.again.begin(), schedule_.again.end(), stage);
    if (again || std::ranges::binary_search(schedule_.own, stage)) create_stage(stage, again);
  }
  if (run_.halted() || stopped_at_start_) return false;
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    if (stages_[stage]) create_node(stage, std::ranges::binary_search(schedule_.again, stage));
  }
  create_gather_nodes();
  connect_streams();
  start_tasks();
  for (const auto& node : nodes_) {
    if (auto* const source = dynamic_cast<SourceNode*>(node.get())) source->list_units(pump_);
  }
  pump_.run(graph_);
  if (!run_.stopping()) check_starved(pump_, "reading");
  finish_sources();
  end_keys();
  check_settled();
  finish_folds();
  finish_gatherings();
  tasks_.wait();
  if (!run_.halted()) write_values();
  return true;
}

}  // namespace ipet::run
