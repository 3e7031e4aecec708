#include "pipeline/definition/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "pipeline/definition/limits.hpp"
#include "pipeline/definition/stages.hpp"
#include "pipeline/definition/sweep.hpp"
#include "pipeline/definition/toml_reader.hpp"
#include "pipeline/sdk/hint.hpp"
#include "pipeline/text/duration.hpp"
#include "pipeline/text/shell.hpp"

namespace ipet::definition {
namespace {

const std::vector<std::string> param_types = {"path", "string", "int", "float", "bool", "list"};
const std::vector<std::string> param_keys = {"default", "env", "help", "max", "min", "type", "unit"};

bool is_text(const std::string& type) {
  return type == "path" || type == "string";
}

void check_keys(const Entry& declared, Problems& problems) {
  for (const Entry& entry : *declared.value.table()) {
    if (std::find(param_keys.begin(), param_keys.end(), entry.key) != param_keys.end()) continue;
    report(problems, "unknown-key", entry.where,
           "parameter '" + declared.key + "': no key '" + entry.key + "'",
           misspelt_hint(entry.key, param_keys, "a parameter has: "));
  }
}

std::string read_type(const Entry& declared, Problems& problems) {
  const Entry* entry = declared.value.find("type");
  if (entry == nullptr) {
    report(problems, "missing-key", declared.where, "parameter '" + declared.key + "' has no type",
           "types: path, string, int, float, bool, list");
    return {};
  }
  const auto* type = entry->value.get_if<std::string>();
  if (type != nullptr && std::ranges::find(param_types, *type) != param_types.end()) return *type;
  report(problems, "wrong-type", entry->value.where,
         "parameter '" + declared.key + "': no type " + entry->value.toml(),
         misspelt_hint(type == nullptr ? "" : *type, param_types, "types: "));
  return {};
}

std::string read_unit(const Entry& declared, const std::string& type, Problems& problems) {
  const Entry* entry = declared.value.find("unit");
  if (entry == nullptr) return {};
  const auto* unit = entry->value.get_if<std::string>();
  if (unit != nullptr && type == "float" && text::nanoseconds_of(*unit)) return *unit;
  report(
      problems, "wrong-type", entry->value.where,
      "parameter '" + declared.key + "': unit takes a unit of time, of a float, not " + entry->value.toml(),
      "units: ns, us, ms, s, min, h, d");
  return {};
}

std::optional<double> read_bound(const Entry& declared, const char* key, Problems& problems) {
  const Entry* entry = declared.value.find(key);
  if (entry == nullptr) return std::nullopt;
  if (const auto* integer = entry->value.get_if<std::int64_t>()) return static_cast<double>(*integer);
  if (const auto* number = entry->value.get_if<double>()) return *number;
  report(problems, "wrong-type", entry->value.where,
         "parameter '" + declared.key + "': " + key + " takes a number, not " + entry->value.toml());
  return std::nullopt;
}

/// Text from outside the file as a value of the parameter's type.
Value from_text(const std::string& type, const std::string& text, const std::string& shown) {
  Value value{Value::Data(text)};
  if (std::optional<Value> parsed = is_text(type) ? std::nullopt : parse_toml_value(text))
    value = std::move(*parsed);
  value.where = Place{std::make_shared<const std::string>(shown), 0, 0, 1};
  return value;
}

std::optional<Value> from_environment(const Entry& declared, const std::string& type, Problems& problems) {
  const Entry* entry = declared.value.find("env");
  if (entry == nullptr) return std::nullopt;
  const auto* variable = entry->value.get_if<std::string>();
  if (variable == nullptr) {
    report(problems, "wrong-type", entry->value.where,
           "parameter '" + declared.key + "': env takes the name of a variable");
    return std::nullopt;
  }
  const char* text = std::getenv(variable->c_str());
  if (text == nullptr) return std::nullopt;
  return from_text(type, text, "environment variable " + *variable);
}

/// Whether a key of the command line or of [sweep] names the parameter.
bool is_of(const std::string& key, const Parameter& parameter) {
  return key == parameter.name || key == "params." + parameter.name;
}

std::optional<Value> from_command_line(const Parameter& parameter, const std::vector<Override>& overrides) {
  std::optional<Value> found;
  for (const Override& given : overrides) {
    if (!is_of(given.key, parameter)) continue;
    found = given.value.clone();  // the last one wins
    // A folder named 2024 is still text, but "quotes" are not part of it.
    if (is_text(parameter.type) && found->get_if<std::string>() == nullptr) found->data = given.text;
  }
  return found;
}

Parameter read_parameter(const Entry& declared, const std::vector<Override>& overrides, Problems& problems) {
  Parameter out;
  out.name = declared.key;
  out.where = declared.where;
  if (!is_name(declared.key)) {
    report(problems, "param-name", declared.where, "'" + declared.key + "' is no name of a parameter",
           "small letters, digits and _, beginning with a letter");
  }
  if (declared.value.table() == nullptr) {
    report(problems, "wrong-type", declared.value.where,
           "parameter '" + declared.key + "' takes a table such as { type = \"float\", default = 0.1 }");
    return out;
  }
  check_keys(declared, problems);
  out.type = read_type(declared, problems);
  out.unit = read_unit(declared, out.type, problems);
  out.minimum = read_bound(declared, "min", problems);
  out.maximum = read_bound(declared, "max", problems);
  std::optional<Value> environment = from_environment(declared, out.type, problems);
  out.value = from_command_line(out, overrides);
  if (!out.value) out.value = std::move(environment);
  const Entry* fallback = declared.value.find("default");
  const auto* text = fallback != nullptr ? fallback->value.get_if<std::string>() : nullptr;
  out.may_be_empty = !out.value || (text != nullptr && text->empty());
  if (!out.value && fallback != nullptr) out.value = fallback->value.clone();
  return out;
}

/// How a parameter is given a value from outside the file.
std::string ways_to_set(const Entry& declared) {
  const Entry* env = declared.value.find("env");
  const auto* variable = env != nullptr ? env->value.get_if<std::string>() : nullptr;
  return "set it with --set " + declared.key + "=..." +
         (variable != nullptr ? " or the environment variable " + *variable : "");
}

bool fits(const Parameter& parameter, Value& value) {
  const std::string& type = parameter.type;
  if (is_text(type)) return value.get_if<std::string>() != nullptr;
  if (type == "int") return value.get_if<std::int64_t>() != nullptr;
  if (type == "bool") return value.get_if<bool>() != nullptr;
  if (type == "list") return value.get_if<Array>() != nullptr;
  if (const auto* integer = value.get_if<std::int64_t>()) value.data = static_cast<double>(*integer);
  const auto* text = value.get_if<std::string>();
  if (text != nullptr && !parameter.unit.empty())
    if (const std::optional<double> time = text::duration_in(*text, parameter.unit)) value.data = *time;
  return value.get_if<double>() != nullptr;
}

std::string range_text(const Parameter& parameter) {
  const auto text = [&](double number) {
    const bool whole = parameter.type == "int" && std::floor(number) == number && std::abs(number) < 1e15;
    return whole ? std::to_string(static_cast<std::int64_t>(number)) : Value(Value::Data(number)).toml();
  };
  if (parameter.minimum && parameter.maximum)
    return "between " + text(*parameter.minimum) + " and " + text(*parameter.maximum);
  return parameter.minimum ? "at least " + text(*parameter.minimum) : "at most " + text(*parameter.maximum);
}

}  // namespace

std::vector<Parameter> read_parameters(const Value& root, const std::vector<Override>& overrides,
                                       Problems& problems) {
  std::vector<Parameter> out;
  const Entry* params = root.find("params");
  if (params == nullptr) return out;
  if (params->value.table() == nullptr) {
    report(problems, "wrong-type", params->value.where, "params takes a table");
    return out;
  }
  if (params->value.table()->size() > most_parameters) {
    report(problems, "too-many", params->where,
           std::to_string(params->value.table()->size()) + " parameters, more than " +
               std::to_string(most_parameters));
    return out;
  }
  for (const Entry& declared : *params->value.table())
    out.push_back(read_parameter(declared, overrides, problems));
  return out;
}

void use_units(const std::vector<Parameter>& parameters, std::vector<SweepAxis>& axes) {
  for (SweepAxis& axis : axes)
    for (const Parameter& parameter : parameters)
      if (is_of(axis.key, parameter)) use_unit(parameter.unit, axis.values);
}

void give_missing_values(const Value& root, const std::vector<SweepAxis>& axes,
                         std::vector<Parameter>& parameters, Problems& problems, Problems& without_sweep) {
  for (Parameter& parameter : parameters) {
    const Entry& declared = *root.find("params")->value.find(parameter.name);
    if (parameter.value || declared.value.table() == nullptr) continue;
    const auto axis = std::find_if(axes.begin(), axes.end(),
                                   [&](const SweepAxis& each) { return is_of(each.key, parameter); });
    const std::string begin = "parameter '" + parameter.name + "' has no value";
    if (axis == axes.end()) {
      report(problems, missing_parameter, declared.where, begin, ways_to_set(declared));
      continue;
    }
    parameter.value = from_command_line(parameter, {point_override(*axis, axis->values.front())});
    parameter.may_be_empty = false;
    report(without_sweep, "missing-param", declared.where, begin + " but those of [sweep]",
           "run the sweep with --sweep, or " + ways_to_set(declared));
  }
}

bool check_parameter(const Parameter& parameter, Value& value, Problems& problems) {
  const std::string begin = "parameter '" + parameter.name + "'";
  if (!fits(parameter, value)) {
    report(
        problems, "param-type", value.where,
        begin + " takes " + parameter.type + ", not " + std::string(value.type_text()) + " " + value.toml(),
        parameter.unit.empty()
            ? std::string()
            : "a number in " + parameter.unit + ", or " + std::string(text::duration_examples));
    return false;
  }
  if (parameter.type == "path") {
    auto& path = std::get<std::string>(value.data);
    if (path.empty() && !parameter.may_be_empty) {
      report(problems, "param-value", value.where, begin + " is an empty path", "give it a file or a folder");
      return false;
    }
    const std::optional<std::string> expanded = text::with_home(path);
    if (!expanded) {
      report(problems, "param-value", value.where, begin + ": " + text::home_fault(path));
      return false;
    }
    path = *expanded;
  }
  double number = 0;
  if (const auto* integer = value.get_if<std::int64_t>()) {
    number = static_cast<double>(*integer);
  } else if (const auto* real = value.get_if<double>()) {
    number = *real;
  } else {
    return true;
  }
  const bool low = parameter.minimum && !(number >= *parameter.minimum);
  const bool high = parameter.maximum && !(number <= *parameter.maximum);
  if (!low && !high) return true;
  report(problems, "param-range", value.where,
         begin + " is " + value.toml() + ", must be " + range_text(parameter));
  return false;
}

}  // namespace ipet::definition
