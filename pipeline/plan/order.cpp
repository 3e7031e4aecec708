#include "pipeline/plan/order.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace ipet::plan {
namespace {

/// A reference of one stage to another, whether or not their ports fit.
struct Need {
  std::size_t stage;
  Place where;
};
using Needs = std::vector<std::vector<Need>>;

Needs needs_of(const std::vector<Resolved>& stages) {
  std::map<std::string, std::size_t> by_id;
  for (std::size_t i = 0; i < stages.size(); ++i) by_id.emplace(stages[i].stage->id, i);
  Needs out(stages.size());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (const auto& reference : stages[i].stage->inputs) {
      const auto found = by_id.find(reference.stage);
      if (found != by_id.end()) out[i].push_back({found->second, reference.where});
    }
  }
  return out;
}

/// Walks back from `start` through stages that are left, each of which needs another one that is left. Some
/// stage must come twice; from there on it is a cycle.
std::vector<std::size_t> cycle_before(std::size_t start, const Needs& needs,
                                      const std::set<std::size_t>& left) {
  std::vector<std::size_t> walk{start};
  for (;;) {
    const auto& all = needs[walk.back()];
    const auto next =
        std::find_if(all.begin(), all.end(), [&](const Need& need) { return left.contains(need.stage); });
    const auto seen = std::find(walk.begin(), walk.end(), next->stage);
    if (seen != walk.end()) return {seen, walk.end()};
    walk.push_back(next->stage);
  }
}

/// `cycle` goes against the edges: each stage needs the next.
void report_cycle(const std::vector<std::size_t>& cycle, const std::vector<Resolved>& stages,
                  const Needs& needs, Problems& problems) {
  const std::size_t first = *std::min_element(cycle.begin(), cycle.end());
  const auto at = static_cast<std::size_t>(std::find(cycle.begin(), cycle.end(), first) - cycle.begin());
  std::string text = stages[first].stage->id;
  for (std::size_t i = cycle.size(); i-- > 0;) {
    text += " -> " + stages[cycle[(at + i) % cycle.size()]].stage->id;
  }
  const std::size_t producer = cycle[(at + 1) % cycle.size()];
  for (const Need& need : needs[first]) {
    if (need.stage != producer) continue;
    problems.push_back({"cycle", need.where, "stages feed each other: " + text, {}});
    return;
  }
}

void report_cycles(std::set<std::size_t> left, const std::vector<Resolved>& stages, const Needs& needs,
                   Problems& problems) {
  const auto stuck = [&](std::size_t stage) {
    return std::any_of(needs[stage].begin(), needs[stage].end(),
                       [&](const Need& need) { return left.contains(need.stage); });
  };
  while (!left.empty()) {
    const auto free =
        std::find_if(left.begin(), left.end(), [&](std::size_t stage) { return !stuck(stage); });
    if (free != left.end()) {
      left.erase(free);
      continue;
    }
    const std::vector<std::size_t> cycle = cycle_before(*left.begin(), needs, left);
    report_cycle(cycle, stages, needs, problems);
    for (const std::size_t stage : cycle) left.erase(stage);
  }
}

}  // namespace

std::vector<std::size_t> topological_order(const std::vector<Resolved>& stages, Problems& problems) {
  const Needs needs = needs_of(stages);
  std::set<std::size_t> left;
  for (std::size_t i = 0; i < stages.size(); ++i) left.insert(i);
  std::vector<std::size_t> order;
  for (;;) {
    // The first stage of the file whose producers are all placed.
    const auto next = std::find_if(left.begin(), left.end(), [&](std::size_t stage) {
      return std::none_of(needs[stage].begin(), needs[stage].end(),
                          [&](const Need& need) { return left.contains(need.stage); });
    });
    if (next == left.end()) break;
    order.push_back(*next);
    left.erase(next);
  }
  report_cycles(std::move(left), stages, needs, problems);
  return order;
}

namespace {

/// Stream stages that only later passes read: run early they would work for nothing, since a later pass runs
/// them again. What a task, a fold or a sink makes or takes stays where it is first possible.
void move_to_consumers(std::vector<PlannedStage>& stages, const std::vector<Edge>& edges) {
  for (std::size_t i = stages.size(); i-- > 0;) {
    const Form form = stages[i].description->form;
    if (form == Form::sink || form == Form::task || form == Form::fold) continue;
    std::optional<std::size_t> latest;
    bool to_sink = false;
    for (const Edge& edge : edges) {
      if (edge.from != i) continue;
      to_sink = to_sink || stages[edge.to].description->form == Form::sink;
      const bool waits = edge.kind == EdgeKind::collected || edge.kind == EdgeKind::whole;
      const std::size_t pass = stages[edge.to].pass - (waits ? 1 : 0);
      latest = std::min(latest.value_or(pass), pass);
    }
    if (latest && !to_sink) stages[i].pass = *latest;
  }
}

}  // namespace

std::size_t number_passes(std::vector<PlannedStage>& stages, const std::vector<Edge>& edges) {
  for (PlannedStage& stage : stages) stage.pass = 0;  // of a larger plan, perhaps
  std::size_t passes = 1;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (const Edge& edge : edges) {
      if (edge.to != i) continue;
      const bool waits = edge.kind == EdgeKind::collected || edge.kind == EdgeKind::whole;
      stages[i].pass = std::max(stages[i].pass, stages[edge.from].pass + (waits ? 1 : 0));
    }
    passes = std::max(passes, stages[i].pass + 1);
  }
  move_to_consumers(stages, edges);
  return passes;
}

}  // namespace ipet::plan
