// `ipet schema`: the JSON Schema (draft 7) of pipeline files, from what plugins declare. An editor with a
// language server for TOML completes and checks by it.
#include <iostream>
#include <map>

#include <nlohmann/json.hpp>

#include "pipeline/catalog/described_catalog.hpp"
#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/reference.hpp"
#include "pipeline/definition/definition.hpp"
#include "pipeline/text/duration.hpp"

namespace ipet::cli {
namespace {

using Json = nlohmann::ordered_json;

/// Text that ${...} takes the place of.
const Json substituted = {{"type", "string"}, {"pattern", "\\$\\{"}};

Json any_of(std::vector<Json> all) {
  return {{"anyOf", std::move(all)}};
}

Json or_substituted(Json schema) {
  return any_of({std::move(schema), substituted});
}

Json reference_to(const std::string& definition) {
  return {{"$ref", "#/definitions/" + definition}};
}

Json object_of(Json properties) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

Json number_of(const OptionDescription& option, const char* type) {
  Json out{{"type", type}};
  if (option.minimum) out["minimum"] = *option.minimum;
  if (option.maximum) out["maximum"] = *option.maximum;
  return out;
}

Json type_of(const OptionDescription& option, const std::string& type) {
  constexpr std::string_view list = "list of ";
  if (type.starts_with(list)) {  // one alone may stand for a list of one
    const Json element = type_of(option, type.substr(list.size()));
    return any_of({{{"type", "array"}, {"items", element}}, element});
  }
  if (option.component) return reference_to(option.component->interface.name);
  if (type == "bool") return or_substituted({{"type", "boolean"}});
  if (type == "int") return or_substituted(number_of(option, "integer"));
  if (type == "float" && text::nanoseconds_of(option.unit))  // "100 ms"
    return any_of({number_of(option, "number"), {{"type", "string"}}});
  if (type == "float") return or_substituted(number_of(option, "number"));
  if (!option.choices.empty()) return or_substituted({{"type", "string"}, {"enum", option.choices}});
  return {{"type", "string"}};
}

Json properties_of(const OptionSet& options) {
  Json out = Json::object();
  for (const OptionDescription& option : options.options) {
    Json schema = type_of(option, option.type);
    schema["description"] = option.about + (option.unit.empty() ? "" : " [" + option.unit + "]");
    if (!option.required) schema["default"] = value_json(option.fallback);
    out[option.name] = std::move(schema);
  }
  return out;
}

/// `key`: which property decides about the rest.
Json where_is(const char* key, const std::string& value, Json then) {
  return {{"if", {{"required", {key}}, {"properties", {{key, {{"const", value}}}}}}},
          {"then", std::move(then)}};
}

/// A component by its name, or as a table with its name and its options.
Json component_of(const std::vector<const ComponentDescription*>& all) {
  Json names = Json::array(), cases = Json::array();
  for (const ComponentDescription* component : all) {
    names.push_back(component->name);
    Json properties = properties_of(component->options);
    properties["name"] = {{"const", component->name}, {"description", component->about}};
    cases.push_back(where_is("name", component->name, object_of(std::move(properties))));
  }
  const Json name{{"type", "string"}, {"enum", names}};
  const Json table{{"type", "object"},
                   {"required", {"name"}},
                   {"properties", {{"name", or_substituted(name)}}},
                   {"allOf", cases}};
  return any_of({name, substituted, table});
}

Json stage_of(const std::vector<Subject>& all) {
  Json names = Json::array(), cases = Json::array();
  for (const Subject& subject : all) {
    if (subject.stage == nullptr) continue;
    names.push_back(subject.name());
    cases.push_back(where_is("plugin", subject.name(),
                             {{"properties", {{"options", reference_to("stage." + subject.name())}}}}));
  }
  const Json producer{{"type", "string"}, {"description", "STAGE or STAGE.PORT"}};
  const Json producers = any_of({producer, {{"type", "array"}, {"items", producer}}});
  Json out =
      object_of({{"plugin", {{"type", "string"}, {"enum", names}}},
                 {"inputs", any_of({producers, {{"type", "object"}, {"additionalProperties", producers}}})},
                 {"options", {{"type", "object"}}}});
  out["allOf"] = cases;
  return out;
}

Json parameter() {
  Json out = object_of({{"type", {{"enum", {"path", "string", "int", "float", "bool", "list"}}}},
                        {"default", Json::object()},
                        {"env", {{"type", "string"}}},
                        {"help", {{"type", "string"}}},
                        {"min", {{"type", "number"}}},
                        {"max", {{"type", "number"}}},
                        {"unit", {{"type", "string"}}}});
  return out;
}

Json run_settings() {
  const auto at_least = [](int least) { return or_substituted({{"type", "integer"}, {"minimum", least}}); };
  return object_of({{"threads", at_least(0)},
                    {"memory_mib", at_least(1)},
                    {"seed", at_least(0)},
                    {"output", {{"type", "string"}}}});
}

Json schema_of(const catalog::PluginCatalog& catalog) {
  const std::vector<Subject> all = subjects(catalog, std::nullopt);
  Json definitions = Json::object();
  std::map<std::string, std::vector<const ComponentDescription*>> components;  // by interface
  for (const Subject& subject : all) {
    if (subject.stage == nullptr) {
      components[subject.component->interface.name].push_back(subject.component);
      continue;
    }
    definitions["stage." + subject.name()] = object_of(properties_of(subject.options()));
    definitions["stage." + subject.name()]["description"] = subject.about();
  }
  for (const auto& [interface, those] : components) definitions[interface] = component_of(those);
  definitions["stage"] = stage_of(all);
  definitions["parameter"] = parameter();
  Json top =
      object_of({{"schema", {{"type", "integer"}, {"minimum", 1}, {"maximum", definition::schema_version}}},
                 {"name", {{"type", "string"}}},
                 {"include", {{"type", "array"}, {"items", {{"type", "string"}}}}},
                 {"params", {{"type", "object"}, {"additionalProperties", reference_to("parameter")}}},
                 {"run", run_settings()},
                 {"sweep", {{"type", "object"}}},
                 {"stages", {{"type", "object"}, {"additionalProperties", reference_to("stage")}}}});
  Json out{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "Pipeline file of ipet"}};
  out.update(top);
  out["definitions"] = std::move(definitions);
  return out;
}

}  // namespace

int schema(const Arguments& arguments) {
  catalog::DescribedCatalog catalog(plugin_path(arguments));
  catalog.load_all();
  if (const std::size_t unbuilt = catalog.unbuilt().size(); unbuilt > 0)
    std::cerr
        << "warning: " << unbuilt
        << " plugins are not built, and their names are unknown to this schema; ./ipet build in the folder "
           "of the sources builds them\n";
  std::cout << schema_of(catalog).dump(2, ' ', true, nlohmann::json::error_handler_t::replace) << "\n";
  return done;
}

}  // namespace ipet::cli
