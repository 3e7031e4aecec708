// Plans made of toy stages inside the test program, without libraries.
#pragma once

#include <string>
#include <vector>

#include "pipeline/plan/make_plan.hpp"
#include "tests/cli/toys/stages.hpp"

namespace plan_test {

using ipet::Problems;
using ipet::plan::Plan;

class ToySource final : public ipet::catalog::StageSource {
 public:
  ToySource() {
    toys::register_stages(registry_);
    static_cast<ipet::Catalog&>(registry_).component<toys::Formula, toys::Line>("line");
  }
  const ipet::StageDescription* find_stage(const std::string& name, const ipet::Place& where,
                                           Problems& problems) override {
    if (const auto* stage = registry_.stage(name)) return stage;
    problems.push_back({"unknown-plugin", where, "no plugin '" + name + "'", {}});
    return nullptr;
  }
  const ipet::ComponentDescription* find_component(const ipet::TypeName& interface, const std::string& name,
                                                   const ipet::Place& where, Problems& problems) override {
    if (const auto* component = registry_.component(interface, name)) return component;
    problems.push_back({"unknown-component", where, "no " + interface.name + " '" + name + "'", {}});
    return nullptr;
  }

 private:
  ipet::catalog::Registry registry_;
};

/// A stage as "id = plugin(reference, port: reference, ...)".
struct StageText {
  std::string id, plugin;
  std::vector<std::pair<std::string, std::string>> inputs = {};  ///< port (or "") and reference
};

inline ipet::definition::Definition definition_of(const std::vector<StageText>& stages) {
  ipet::definition::Definition out;
  out.name = "toy";
  for (const StageText& text : stages) {
    ipet::definition::StageDefinition stage;
    stage.id = text.id;
    stage.plugin = text.plugin;
    for (const auto& [port, reference] : text.inputs) {
      const std::size_t dot = reference.find('.');
      stage.inputs.push_back({port,
                              reference.substr(0, dot),
                              dot == std::string::npos ? "" : reference.substr(dot + 1),
                              {},
                              {}});
    }
    out.stages.push_back(std::move(stage));
  }
  return out;
}

struct Planned {
  ToySource source;  // owns the descriptions
  Problems problems;
  Plan plan;

  /// "code: message" per problem.
  [[nodiscard]] std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& problem : problems) out.push_back(problem.code + ": " + problem.message);
    return out;
  }
  /// "from.output -kind-> to.input" per edge.
  [[nodiscard]] std::vector<std::string> edges() const {
    static const char* const kinds[] = {"stream", "collected", "whole", "value"};
    std::vector<std::string> out;
    for (const auto& edge : plan.edges) {
      const auto &from = plan.stages[edge.from], &to = plan.stages[edge.to];
      out.push_back(from.id + "." + from.description->outputs[edge.output].name + " -" +
                    kinds[static_cast<int>(edge.kind)] + "-> " + to.id + "." +
                    to.description->inputs[edge.input].name);
    }
    return out;
  }
  /// "id@pass" in the order of the plan.
  [[nodiscard]] std::vector<std::string> order() const {
    std::vector<std::string> out;
    for (const auto& stage : plan.stages) out.push_back(stage.id + "@" + std::to_string(stage.pass));
    return out;
  }
};

inline std::unique_ptr<Planned> plan_of(const std::vector<StageText>& stages) {
  auto out = std::make_unique<Planned>();
  out->plan = ipet::plan::make_plan(definition_of(stages), out->source, out->problems);
  return out;
}

}  // namespace plan_test
