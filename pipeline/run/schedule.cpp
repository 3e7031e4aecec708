#include "pipeline/run/schedule.hpp"

#include <algorithm>

namespace ipet::run {
namespace {

using plan::Edge;
using plan::EdgeKind;

bool is_sink(const plan::Plan& plan, std::size_t stage) {
  return plan.stages[stage].description->form == Form::sink;
}

/// Marks the producers of `stage`'s streams and theirs.
void mark_ancestors(const plan::Plan& plan, std::size_t stage, std::vector<bool>& active) {
  for (const Edge& edge : plan.edges) {
    if (edge.to != stage || edge.kind != EdgeKind::stream || active[edge.from]) continue;
    active[edge.from] = true;
    mark_ancestors(plan, edge.from, active);
  }
}

bool contains(const std::vector<std::size_t>& sorted, std::size_t value) {
  return std::binary_search(sorted.begin(), sorted.end(), value);
}

PassSchedule schedule_of(const plan::Plan& plan, std::size_t pass) {
  PassSchedule schedule;
  std::vector<bool> active(plan.stages.size());
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
    if (is_sink(plan, stage) || plan.stages[stage].pass != pass) continue;
    schedule.own.push_back(stage);
    active[stage] = true;
    mark_ancestors(plan, stage, active);
  }
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
    if (active[stage] && !contains(schedule.own, stage)) schedule.again.push_back(stage);
  }
  std::vector<bool> receiving(plan.stages.size());
  for (std::size_t i = 0; i < plan.edges.size(); ++i) {
    const Edge& edge = plan.edges[i];
    const bool first_time = contains(schedule.own, edge.from);
    if (edge.kind == EdgeKind::value && first_time) {
      schedule.values.push_back(i);
    } else if (edge.kind == EdgeKind::collected ? first_time
               : edge.kind != EdgeKind::stream  ? false
               : is_sink(plan, edge.to)         ? first_time
                                                : active[edge.to] && active[edge.from]) {
      schedule.edges.push_back(i);
    } else {
      continue;
    }
    if (is_sink(plan, edge.to)) receiving[edge.to] = true;
  }
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
    if (receiving[stage]) schedule.sinks.push_back(stage);
  }
  return schedule;
}

}  // namespace

std::size_t readings_of(const plan::Plan& plan, std::size_t source) {
  std::size_t count = 0;
  for (const PassSchedule& pass : make_schedule(plan))
    if (contains(pass.own, source) || contains(pass.again, source)) ++count;
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
    if (!plan.stages[stage].description->reads_inputs_again) continue;
    std::vector<bool> above(plan.stages.size());
    mark_ancestors(plan, stage, above);
    if (above[source]) ++count;
  }
  return count;
}

std::vector<PassSchedule> make_schedule(const plan::Plan& plan) {
  std::vector<PassSchedule> schedule;
  for (std::size_t pass = 0; pass < plan.passes; ++pass) schedule.push_back(schedule_of(plan, pass));
  return schedule;
}

std::set<std::size_t> wanted_outputs(const plan::Plan& plan, const PassSchedule& pass, std::size_t stage) {
  std::set<std::size_t> wanted;
  for (const auto* edges : {&pass.edges, &pass.values}) {
    for (const std::size_t i : *edges)
      if (plan.edges[i].from == stage) wanted.insert(plan.edges[i].output);
  }
  for (const Edge& edge : plan.edges)
    if (edge.kind == EdgeKind::whole && edge.from == stage) wanted.insert(edge.output);
  return wanted;
}

std::size_t last_use(const plan::Plan& plan, const std::vector<PassSchedule>& schedule, const Edge& edge) {
  if (edge.kind == EdgeKind::value) return plan.stages[edge.from].pass;
  if (is_sink(plan, edge.to)) return schedule.size();
  std::size_t last = 0;
  for (std::size_t pass = 0; pass < schedule.size(); ++pass) {
    if (contains(schedule[pass].own, edge.to) || contains(schedule[pass].again, edge.to)) last = pass;
  }
  return last;
}

std::string lane_prefix(std::size_t index, std::size_t count) {
  if (count < 2) return {};
  const std::size_t width = std::to_string(count - 1).size();
  const std::string number = std::to_string(index);
  return std::string(width - number.size(), '0') + number + "/";
}

std::string lane_prefix(const plan::Plan& plan, std::size_t edge) {
  std::size_t before = 0, all = 0;
  for (std::size_t i = 0; i < plan.edges.size(); ++i) {
    if (plan.edges[i].kind != EdgeKind::stream || plan.edges[i].to != plan.edges[edge].to) continue;
    before += i < edge ? 1 : 0;
    ++all;
  }
  return lane_prefix(before, all);
}

}  // namespace ipet::run
