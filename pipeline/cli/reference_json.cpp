#include <nlohmann/json.hpp>

#include "pipeline/cli/reference.hpp"

namespace ipet::cli {

using Json = nlohmann::ordered_json;

Json value_json(const Value& value) {
  if (const auto* flag = value.get_if<bool>()) return *flag;
  if (const auto* integer = value.get_if<std::int64_t>()) return *integer;
  if (const auto* number = value.get_if<double>()) return *number;
  if (const auto* text = value.get_if<std::string>()) return *text;
  if (const auto* array = value.get_if<Array>()) {
    Json out = Json::array();
    for (const Value& element : *array) out.push_back(value_json(element));
    return out;
  }
  Json out = Json::object();
  for (const Entry& entry : *value.table()) out[entry.key] = value_json(entry.value);
  return out;
}

namespace {

Json input_json(const InputDescription& input) {
  Json types = Json::array();
  for (const TypeName& type : input.types) types.push_back(type.text());
  Json out{{"name", input.name}, {"types", types}, {"whole", input.whole}, {"optional", input.optional}};
  if (input.collector) out["gathers"] = input.collector->element.text();
  out["about"] = input.about;
  return out;
}

Json option_json(const OptionDescription& option) {
  Json out{{"name", option.name}, {"type", option.type}, {"required", option.required}};
  if (!option.required) out["default"] = value_json(option.fallback);
  if (!option.unit.empty()) out["unit"] = option.unit;
  if (option.minimum) out["minimum"] = *option.minimum;
  if (option.maximum) out["maximum"] = *option.maximum;
  if (!option.choices.empty()) out["choices"] = option.choices;
  if (option.component) out["component"] = option.component->interface.text();
  if (option.passes_needs) out["passes_needs"] = true;
  out["about"] = option.about;
  return out;
}

}  // namespace

Json json_reference(const Subject& subject) {
  Json out{{"name", subject.name()}, {"kind", subject.stage != nullptr ? "stage" : "component"}};
  out["about"] = subject.about();
  if (subject.stage != nullptr) {
    out["form"] = std::string(form_text(subject.stage->form));
    out["inputs"] = Json::array();
    for (const InputDescription& input : subject.stage->inputs) out["inputs"].push_back(input_json(input));
    out["outputs"] = Json::array();
    for (const OutputDescription& output : subject.stage->outputs) {
      out["outputs"].push_back({{"name", output.name},
                                {"type", output.type.text()},
                                {"whole", output.whole},
                                {"about", output.about}});
    }
  } else {
    out["interface"] = subject.component->interface.text();
    if (!subject.component->needs.empty()) out["needs"] = Json::array();
    for (const InputDescription& need : subject.component->needs) out["needs"].push_back(input_json(need));
  }
  out["options"] = Json::array();
  for (const OptionDescription& option : subject.options().options)
    out["options"].push_back(option_json(option));
  if (subject.library != nullptr) {
    out["plugin"] = {{"name", subject.library->name},
                     {"version", subject.library->version},
                     {"path", subject.library->path.string()}};
  }
  return out;
}

}  // namespace ipet::cli
