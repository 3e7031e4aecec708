#include "pipeline/plan/make_plan.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/definition/stages.hpp"
#include "pipeline/plan/wiring.hpp"
#include "pipeline/text/lists.hpp"

namespace ipet::plan {
namespace {

using definition::Definition;
using definition::StageDefinition;

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

/// Positions in topological order, ties in file order. When stages feed themselves, adds one problem per
/// cycle that names its stages, and leaves those stages (and what needs them) out.
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

/// Numbers the passes of stages in topological order (pipeline/README.md "Passes"); gives how
/// many there are.
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

bool has_components(const StageDescription& stage) {
  return std::any_of(stage.options.options.begin(), stage.options.options.end(),
                     [](const OptionDescription& option) { return option.component.has_value(); });
}

std::vector<Resolved> resolve(const Definition& definition, catalog::StageSource& source,
                              Problems& problems) {
  std::vector<Resolved> out;
  for (const StageDefinition& stage : definition.stages) {
    out.push_back({&stage, nullptr});
    if (stage.plugin.empty()) continue;
    Resolved& made = out.back();
    made.description = source.find_stage(stage.plugin, stage.plugin_where, problems);
    if (made.description == nullptr || !has_components(*made.description)) continue;
    made.needs = stage_needs(*made.description, stage.options, "stage '" + stage.id + "'", source, problems);
    made.description = made.needs.description.get();
  }
  return out;
}

PlannedStage planned(const Resolved& resolved, catalog::StageSource& source, Problems& problems) {
  PlannedStage out;
  out.id = resolved.stage->id;
  out.description = resolved.description;
  out.with_needs = resolved.needs.description;
  out.components = resolved.needs.named;
  out.options_table = resolved.stage->options;
  out.where = resolved.stage->where;
  if (resolved.description == nullptr) return out;
  out.options = resolved.description->options.parse(resolved.stage->options, "stage '" + out.id + "'", source,
                                                    problems);
  return out;
}

/// Renumbers edges from file order to plan order.
std::vector<Edge> reordered(const std::vector<Edge>& edges, const std::vector<std::size_t>& order) {
  std::vector<std::size_t> position(order.empty() ? 0 : *std::max_element(order.begin(), order.end()) + 1);
  for (std::size_t i = 0; i < order.size(); ++i) position[order[i]] = i;
  std::vector<Edge> out = edges;
  for (Edge& edge : out) {
    edge.from = position[edge.from];
    edge.to = position[edge.to];
  }
  std::stable_sort(out.begin(), out.end(), [](const Edge& a, const Edge& b) { return a.to < b.to; });
  return out;
}

/// A stage none of whose outputs is used. References count even when they do not fit: that has its own error.
void warn_unconnected(const std::vector<Resolved>& stages, Problems& warnings) {
  std::set<std::string> used;
  for (const Resolved& resolved : stages) {
    for (const auto& reference : resolved.stage->inputs) used.insert(reference.stage);
  }
  for (const Resolved& resolved : stages) {
    if (resolved.description == nullptr || resolved.description->outputs.empty()) continue;
    if (used.contains(resolved.stage->id)) continue;
    const auto& outputs = resolved.description->outputs;
    const std::string ports = text::joined(outputs, ", ", [](const OutputDescription& output) {
      return output.name + " (" + output.type.text() + ")";
    });
    report(warnings, "unconnected-output", resolved.stage->where,
           "stage '" + resolved.stage->id + "': nothing takes its output" +
               (outputs.size() == 1 ? " " : "s ") + ports);
  }
}

/// Stages whose every taker is an input that nothing needs, or such a stage itself.
std::set<std::string> without_takers(const std::vector<Resolved>& stages,
                                     const std::vector<UnusedReference>& unused) {
  std::set<const definition::InputReference*> dropped;
  for (const UnusedReference& one : unused) dropped.insert(one.reference);
  std::set<std::string> idle;
  for (bool more = !unused.empty(); more;) {
    std::map<std::string, bool> taken;  // of those that are referred to
    for (const Resolved& resolved : stages)
      for (const auto& reference : resolved.stage->inputs) {
        bool& is_taken = taken[reference.stage];
        is_taken = is_taken || (!dropped.contains(&reference) && !idle.contains(resolved.stage->id));
      }
    const std::size_t before = idle.size();
    for (const auto& [stage, is_taken] : taken)
      if (!is_taken) idle.insert(stage);
    more = idle.size() != before;
  }
  return idle;
}

std::string listed(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i)
    out += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return out;
}

/// Adds the idle stages that `stage` is, or takes from.
void add_idle(const std::string& stage, const std::vector<Resolved>& stages,
              const std::set<std::string>& idle, std::set<std::string>& out) {
  if (!idle.contains(stage) || !out.insert(stage).second) return;
  for (const Resolved& resolved : stages)
    if (resolved.stage->id == stage)
      for (const auto& reference : resolved.stage->inputs) add_idle(reference.stage, stages, idle, out);
}

/// What is connected for another component than the one that was chosen. A stage that does not run is told
/// with the first input that would have taken of it.
void warn_unused(const std::vector<Resolved>& stages, const std::vector<UnusedReference>& unused,
                 const std::set<std::string>& idle, Problems& warnings) {
  std::set<std::string> told;
  for (const UnusedReference& one : unused) {
    const Resolved& here = stages[one.stage];
    std::string hint = here.needs.components.size() == 1
                           ? "the " + here.needs.components.front() + " does not need it"
                           : "none of its components needs it";
    std::set<std::string> above;
    add_idle(one.reference->stage, stages, idle, above);
    std::vector<std::string> names;
    for (const Resolved& resolved : stages)
      if (const std::string& id = resolved.stage->id; above.contains(id) && told.insert(id).second)
        names.push_back("'" + id + "'");
    if (!names.empty()) hint += "; not run, since nothing else takes what they make: " + listed(names);
    report(warnings, "unused-input", one.reference->port_where,
           "stage '" + here.stage->id + "': nothing takes the input '" + one.reference->port + "'", hint);
  }
}

/// Parameters that only stages hold which do not run need no value.
void forget_missing(const Definition& definition, const std::set<std::string>& idle, Problems& problems) {
  for (const definition::MissingParameter& missing : definition.missing) {
    const bool wanted =
        missing.elsewhere || missing.stages.empty() ||
        !std::includes(idle.begin(), idle.end(), missing.stages.begin(), missing.stages.end());
    if (wanted) continue;
    std::erase_if(problems, [&](const Problem& problem) {
      return problem.code == definition::missing_parameter &&
             definition::is_at({missing.where}, problem.where);
    });
  }
}

/// Leaves out stages, and numbers the passes of the others.
void keep_only(const std::vector<bool>& needed, Plan& plan) {
  std::vector<PlannedStage> stages;
  std::vector<std::size_t> position(plan.stages.size());
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    position[i] = stages.size();
    if (needed[i]) stages.push_back(std::move(plan.stages[i]));
  }
  plan.stages = std::move(stages);
  std::erase_if(plan.edges, [&](const Edge& edge) { return !needed[edge.to]; });
  for (Edge& edge : plan.edges) {
    edge.from = position[edge.from];
    edge.to = position[edge.to];
  }
  plan.passes = number_passes(plan.stages, plan.edges);
}

/// The order in which people read a file: by file, as first met, and line; the command line comes first.
void sort_by_place(const Definition& definition, Problems& problems) {
  std::vector<std::string> files;
  const auto rank = [&](const Place& place) -> std::size_t {
    if (!place.file || place.line == 0) return 0;
    const auto found = std::find(files.begin(), files.end(), *place.file);
    if (found != files.end()) return static_cast<std::size_t>(found - files.begin()) + 1;
    files.push_back(*place.file);
    return files.size();
  };
  for (const StageDefinition& stage : definition.stages) rank(stage.where);
  for (const Problem& problem : problems) rank(problem.where);
  std::stable_sort(problems.begin(), problems.end(), [&](const Problem& a, const Problem& b) {
    return std::tuple(rank(a.where), a.where.line, a.where.column) <
           std::tuple(rank(b.where), b.where.line, b.where.column);
  });
}

}  // namespace

Plan make_plan(const Definition& definition, catalog::StageSource& source, Problems& problems) {
  Plan plan;
  plan.name = definition.name;
  plan.run = definition.run;
  plan.resolved = definition.resolved;
  Problems found;
  const std::vector<Resolved> stages = resolve(definition, source, found);
  std::vector<PlannedStage> all;
  for (const Resolved& resolved : stages) all.push_back(planned(resolved, source, found));
  const Wiring wiring = wire(stages, found);
  const std::vector<std::size_t> order = topological_order(stages, found);
  warn_unconnected(stages, plan.warnings);
  const std::set<std::string> idle = without_takers(stages, wiring.unused);
  warn_unused(stages, wiring.unused, idle, plan.warnings);
  for (const Resolved& stage : stages)
    plan.warnings.insert(plan.warnings.end(), stage.needs.warnings.begin(), stage.needs.warnings.end());
  forget_missing(definition, idle, problems);
  plan.idle.assign(idle.begin(), idle.end());
  // What could not be resolved was reported; what follows from that is noise.
  std::remove_copy_if(found.begin(), found.end(), std::back_inserter(problems), [&](const Problem& problem) {
    return definition::is_at(definition.broken, problem.where);
  });
  sort_by_place(definition, problems);
  if (!problems.empty()) return plan;
  for (const std::size_t i : order) plan.stages.push_back(std::move(all[i]));
  plan.edges = reordered(wiring.edges, order);
  keep_only(text::mapped(plan.stages, [&](const auto& stage) { return !idle.contains(stage.id); }), plan);
  return plan;
}

void check_environment(const Plan& plan, const std::set<std::string>& without, Problems& problems) {
  for (const PlannedStage& stage : plan.stages) {
    if (!stage.description->check_environment || without.contains(stage.id)) continue;
    Problems found;
    stage.description->check_environment(stage.options.get(), stage.where, found);
    for (Problem& problem : found) {
      problem.message = "stage '" + stage.id + "': " + problem.message;
      problems.push_back(std::move(problem));
    }
  }
}

Plan part_until(const Plan& plan, const std::string& stage, const std::string& shown, Problems& problems) {
  const auto ids = text::mapped(plan.stages, &PlannedStage::id);
  const auto target = std::find(ids.begin(), ids.end(), stage);
  if (target == ids.end()) {
    const bool idle = std::ranges::find(plan.idle, stage) != plan.idle.end();
    const Place where{std::make_shared<const std::string>(shown), 0, 0, 1};
    problems.push_back(idle ? Problem{"idle-stage", where,
                                      "stage '" + stage + "' does not run: nothing takes what it makes",
                                      "the warnings of ipet plan say whose input is left out"}
                            : Problem{"unknown-stage", where, "no stage '" + stage + "'",
                                      catalog::misspelt_hint(stage, ids, "stages: ")});
    return plan;
  }
  std::vector<bool> needed(plan.stages.size());
  needed[static_cast<std::size_t>(target - ids.begin())] = true;
  for (std::size_t i = plan.stages.size(); i-- > 0;) {
    for (const Edge& edge : plan.edges) {
      if (edge.to == i && needed[i]) needed[edge.from] = true;
    }
  }
  Plan part = plan;
  keep_only(needed, part);
  return part;
}

}  // namespace ipet::plan
