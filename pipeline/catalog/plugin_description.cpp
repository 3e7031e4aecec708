#include "pipeline/catalog/plugin_description.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

namespace nlohmann {

template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& value) {
    if (value) out = *value;
  }
  static void from_json(const json& in, std::optional<T>& value) {
    if (!in.is_null()) value = in.get<T>();
  }
};

}  // namespace nlohmann

namespace ipet {

using nlohmann::json;

// Defaults of options: no tables, and no numbers that JSON does not have (it makes them null).
static void to_json(json& out, const Value& value) {
  if (const auto* array = value.get_if<Array>()) {
    out = json::array();
    for (const Value& element : *array) out.push_back(element);
  } else if (const auto* text = value.get_if<std::string>()) {
    out = *text;
  } else if (const auto* flag = value.get_if<bool>()) {
    out = *flag;
  } else if (const auto* integer = value.get_if<std::int64_t>()) {
    out = *integer;
  } else if (const auto* number = value.get_if<double>()) {
    out = *number;
  } else if (!value.table()->empty()) {
    throw std::invalid_argument("a table cannot be a default");
  }
}
static void from_json(const json& in, Value& value) {
  if (in.is_array()) {
    Array array;
    for (const json& element : in) array.push_back(element.get<Value>());
    value = Value(std::move(array));
  } else if (in.is_string()) {
    value = Value(in.get<std::string>());
  } else if (in.is_boolean()) {
    value = Value(in.get<bool>());
  } else if (in.is_number_integer()) {
    value = Value(in.get<std::int64_t>());
  } else if (in.is_number()) {
    value = Value(in.get<double>());
  } else {
    value = Value();
  }
}

/// Of json::parse: what we write is ten levels deep at most, and all is read by functions that call
/// themselves.
static bool not_deep(int depth, json::parse_event_t, json&) {
  if (depth > 32) throw std::invalid_argument("more than 32 levels deep");
  return true;
}

static void to_json(json& out, const Form& form) {
  out = static_cast<int>(form);
}
static void from_json(const json& in, Form& form) {
  const int number = in.get<int>();
  if (number < 0 || number > static_cast<int>(Form::sink)) throw std::invalid_argument("no form of a stage");
  form = static_cast<Form>(number);
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TypeName, name, version, layout)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Collector, element)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(InputDescription, name, types, whole, optional, collector, about, single,
                                   needed_by)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OutputDescription, name, type, whole, about)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ComponentReference, interface)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OptionDescription, name, type, unit, about, fallback, required, minimum,
                                   maximum, choices, choice_values, component, passes_needs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OptionSet, options)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StageDescription, name, form, about, inputs, outputs, options, meets,
                                   reads_inputs_again)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ComponentDescription, name, interface, about, options, needs, former_name)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(VerbDescription, name, stage, about)

namespace catalog {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PluginDescription, name, version, stages, components, verbs, good)

namespace {

/// As the builders of the SDK make them.
void check(const std::vector<InputDescription>& ports) {
  for (const InputDescription& port : ports)
    if (port.types.empty() || (port.whole && port.types.size() > 1))
      throw std::invalid_argument("an input of no type, or a whole one of several");
}

}  // namespace

std::string text_of(const PluginDescription& plugin) {
  return json(plugin).dump();
}

std::optional<PluginDescription> read_description(const std::string& text) {
  try {
    PluginDescription plugin = json::parse(text, not_deep).get<PluginDescription>();
    for (const StageDescription& stage : plugin.stages) check(stage.inputs), check(stage.meets);
    for (const ComponentDescription& component : plugin.components) check(component.needs);
    return plugin;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace catalog
}  // namespace ipet
