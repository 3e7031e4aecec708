#include <iostream>

#include <nlohmann/json.hpp>

#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/reference.hpp"
#include "pipeline/plan/graph.hpp"

namespace ipet::cli {
namespace {

using Json = nlohmann::ordered_json;

const char* kind_text(plan::EdgeKind kind) {
  switch (kind) {
    case plan::EdgeKind::stream:
      return "stream";
    case plan::EdgeKind::collected:
      return "collected";
    case plan::EdgeKind::whole:
      return "whole";
    case plan::EdgeKind::value:
      break;
  }
  return "value";
}

/// What comes into a stage.
Json inputs_json(const plan::Plan& plan, std::size_t stage) {
  Json out = Json::array();
  for (const plan::Edge& edge : plan.edges) {
    if (edge.to != stage) continue;
    const plan::PlannedStage& from = plan.stages[edge.from];
    const OutputDescription& output = from.description->outputs[edge.output];
    out.push_back({{"port", plan.stages[stage].description->inputs[edge.input].name},
                   {"stage", from.id},
                   {"output", output.name},
                   {"type", output.type.text()},
                   {"kind", kind_text(edge.kind)}});
  }
  return out;
}

Json plan_json(const plan::Plan& plan) {
  Json out{{"name", plan.name},
           {"passes", plan.passes},
           {"run",
            {{"threads", plan.run.threads},
             {"memory_mib", plan.run.memory_mib},
             {"seed", plan.run.seed},
             {"output", plan.run.output.string()}}},
           {"stages", Json::array()},
           {"idle", plan.idle}};
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const plan::PlannedStage& stage = plan.stages[i];
    out["stages"].push_back({{"id", stage.id},
                             {"plugin", stage.description->name},
                             {"form", std::string(form_text(stage.description->form))},
                             {"pass", stage.pass + 1},
                             {"inputs", inputs_json(plan, i)},
                             {"options", value_json(stage.options_table)}});
  }
  return out;
}

}  // namespace

int plan(const Arguments& arguments) {
  catalog::DescribedCatalog catalog(plugin_path(arguments));
  const plan::Plan planned = checked_plan(arguments, catalog);
  if (arguments.format == "json")
    std::cout << plan_json(planned).dump(2, ' ', true, nlohmann::json::error_handler_t::replace) << "\n";
  else
    std::cout << plan::plan_text(planned);
  return done;
}

}  // namespace ipet::cli
