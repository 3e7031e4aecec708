#include "pipeline/plan/needs.hpp"

#include <algorithm>

namespace ipet::plan {
namespace {

using catalog::components_of;
using catalog::NamedComponent;
using catalog::value_of;

struct ComponentNeed {
  InputDescription input;
  Place where;  ///< of the component that has it
};

/// Walks over the components of a stage's options, and over theirs.
class Walk {
 public:
  Walk(std::string owner, ComponentSource& source, Problems& problems)
      : owner_(std::move(owner)), source_(source), problems_(problems) {}

  std::vector<ComponentNeed> needs_of(const OptionSet& options, const Value& table) {
    std::vector<ComponentNeed> out;
    for (const OptionDescription& option : options.options) {
      Problems not_found;  // reported where the option is parsed
      const auto components = components_of(option, value_of(option, table), source_, not_found);
      unknown_ = unknown_ || !not_found.empty();
      for (const NamedComponent& component : components) {
        for (ComponentNeed& need : needs_of(component))
          if (option.passes_needs)
            out.push_back(std::move(need));
          else if (!need.input.optional)
            report_nobody(need, option);
      }
    }
    return out;
  }
  [[nodiscard]] bool unknown() const { return unknown_; }
  [[nodiscard]] const Problems& warnings() const { return warnings_; }
  [[nodiscard]] const std::map<std::string, const ComponentDescription*>& named() const { return named_; }

 private:
  std::vector<ComponentNeed> needs_of(const NamedComponent& component) {
    if (depth_ == deepest_component || ++seen_ > most_components) {
      report(problems_, "component-circle", component.where,
             owner_ + ": the " + component.text + " has itself as a default, perhaps through others",
             "give it in the pipeline, or let its author give that option another default");
      return {};
    }
    ++depth_;
    named_.emplace(component.text, component.description);
    if (const std::string& now = component.description->name; !component.text.ends_with("'" + now + "'"))
      report(warnings_, "former-name", component.where,
             owner_ + ": the " + component.text + " is called '" + now + "' now");
    std::vector<ComponentNeed> out = needs_of(component.description->options, component.table);
    for (const InputDescription& input : component.description->needs) {
      out.push_back({input, component.where});
      out.back().input.needed_by = component.text;
    }
    --depth_;
    return out;
  }
  void report_nobody(const ComponentNeed& need, const OptionDescription& option) {
    report(problems_, "need-not-passed", need.where,
           owner_ + ": the " + need.input.needed_by + " needs the input '" + need.input.name +
               "', which is not handed on to the option '" + option.name + "'",
           "its author does so with passes_needs (pipeline/sdk/options.hpp)");
  }

  std::string owner_;
  ComponentSource& source_;
  Problems& problems_;
  Problems warnings_;
  std::map<std::string, const ComponentDescription*> named_;
  bool unknown_ = false;
  std::size_t depth_ = 0, seen_ = 0;
};

template <class Ports>
auto* port_of(Ports& ports, const std::string& name) {
  const auto found = std::find_if(ports.begin(), ports.end(), [&](const auto& p) { return p.name == name; });
  return found == ports.end() ? nullptr : &*found;
}

bool same_port(const InputDescription& port, const InputDescription& need) {
  return port.whole && port.types == need.types;
}

void report_conflict(const InputDescription& port, const ComponentNeed& need, const std::string& owner,
                     Problems& problems) {
  const std::string other = port.needed_by.empty() ? "the stage itself" : "the " + port.needed_by;
  report(problems, "need-conflict", need.where,
         owner + ": the " + need.input.needed_by + " needs an input '" + need.input.name + "' of " +
             need.input.types.at(0).text() + ", and " + other + " has one of " + port.types.at(0).text(),
         "components of one stage share what has one name; put them into stages of their own");
}

void add(const ComponentNeed& need, const std::string& owner, StageDescription& stage, Problems& problems) {
  if (const InputDescription* met = port_of(stage.meets, need.input.name)) {
    if (!same_port(*met, need.input)) report_conflict(*met, need, owner, problems);
    return;
  }
  InputDescription* port = port_of(stage.inputs, need.input.name);
  if (port == nullptr) {
    stage.inputs.push_back(need.input);
  } else if (!same_port(*port, need.input)) {
    report_conflict(*port, need, owner, problems);
  } else if (port->needed_by.empty() || (port->optional && !need.input.optional)) {
    port->optional = port->optional && need.input.optional;
    port->needed_by = need.input.needed_by;
    port->about = need.input.about;
  }
}

}  // namespace

StageNeeds stage_needs(const StageDescription& stage, const Value& options, const std::string& owner,
                       ComponentSource& source, Problems& problems) {
  Walk walk(owner, source, problems);
  const std::vector<ComponentNeed> needs = walk.needs_of(stage.options, options);
  StageNeeds out;
  out.unknown = walk.unknown();
  out.warnings = walk.warnings();
  out.named = walk.named();
  auto description = std::make_shared<StageDescription>(stage);
  for (const ComponentNeed& need : needs) add(need, owner, *description, problems);
  out.description = std::move(description);
  for (const OptionDescription& option : stage.options.options) {
    Problems not_found;
    if (!option.passes_needs) continue;
    for (NamedComponent& one : components_of(option, value_of(option, options), source, not_found))
      out.components.push_back(std::move(one.text));
  }
  return out;
}

bool passes_needs(const OptionSet& options) {
  return std::any_of(options.options.begin(), options.options.end(),
                     [](const OptionDescription& option) { return option.passes_needs; });
}

}  // namespace ipet::plan
