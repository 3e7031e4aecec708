#include "pipeline/definition/overrides.hpp"

#include <algorithm>

#include "base/toml/depth.hpp"

#include "pipeline/definition/toml_reader.hpp"

namespace ipet::definition {
namespace {

std::vector<std::string> split(const std::string& key) {
  std::vector<std::string> parts(1);
  for (const char c : key) {
    if (c == '.')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

bool names_parameter(const Override& given, const std::vector<Parameter>& parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& parameter) {
    return given.key == parameter.name || given.key == "params." + parameter.name;
  });
}

void report_unknown(const Override& given, const std::vector<Parameter>& parameters, Problems& problems) {
  std::vector<std::string> names;
  for (const Parameter& parameter : parameters) names.push_back(parameter.name);
  const std::string name = given.key.rfind("params.", 0) == 0 ? given.key.substr(7) : given.key;
  const std::string near = nearest(name, names);
  problems.push_back({"unknown-param", given.value.where, "no parameter '" + name + "'",
                      (near.empty() ? "" : "did you mean '" + near + "'?  ") + "parameters: " +
                          listed(names) + "; or a path such as run.memory_mib or stages.ID.options.NAME"});
}

bool stage_exists(const Value& root, const std::string& id, const Override& given, Problems& problems) {
  std::vector<std::string> ids;
  const Entry* stages = root.find("stages");
  if (stages != nullptr && stages->value.table() != nullptr) {
    for (const Entry& entry : *stages->value.table()) ids.push_back(entry.key);
  }
  if (std::find(ids.begin(), ids.end(), id) != ids.end()) return true;
  const std::string near = nearest(id, ids);
  problems.push_back({"unknown-stage", given.value.where, "no stage '" + id + "'",
                      (near.empty() ? "" : "did you mean '" + near + "'?  ") + "stages: " + listed(ids)});
  return false;
}

/// Sets parts[1..] below `root[parts[0]]`, making the tables on the way.
void set_below(Value& root, const std::vector<std::string>& parts, const Override& given,
               Problems& problems) {
  Value* at = &root;
  std::string walked;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (at->table() == nullptr) {
      problems.push_back(
          {"override",
           given.value.where,
           "'" + walked + "' is " + std::string(at->type_text()) + ", so it has no '" + parts[i] + "'",
           {}});
      return;
    }
    Entry* entry = at->find(parts[i]);
    if (entry == nullptr) {
      Value empty;
      empty.where = given.value.where;
      at->table()->push_back({parts[i], given.value.where, std::move(empty)});
      entry = &at->table()->back();
    }
    walked += (walked.empty() ? "" : ".") + parts[i];
    at = &entry->value;
    if (i + 1 == parts.size()) {
      entry->where = given.value.where;
      *at = given.value.clone();
    }
  }
}

}  // namespace

void apply_overrides(Value& root, const std::vector<Parameter>& parameters,
                     const std::vector<Override>& overrides, Problems& problems) {
  for (const Override& given : overrides) {
    if (names_parameter(given, parameters)) continue;
    const std::vector<std::string> parts = split(given.key);
    const bool empty_part = std::find(parts.begin(), parts.end(), "") != parts.end();
    const bool run = parts[0] == "run" && parts.size() == 2;
    const bool stage = parts[0] == "stages" && parts.size() > 2;
    if (parts.size() > toml_text::deepest) {
      problems.push_back({"too-deep",
                          given.value.where,
                          "a path of more than " + std::to_string(toml_text::deepest) + " parts",
                          {}});
    } else if (empty_part || (!run && !stage)) {
      report_unknown(given, parameters, problems);
    } else if (run || stage_exists(root, parts[1], given, problems)) {
      set_below(root, parts, given, problems);
    }
  }
}

std::optional<Override> parse_override(const std::string& argument, Problems& problems) {
  const std::size_t equals = argument.find('=');
  const Place where{std::make_shared<const std::string>("--set " + argument), 0, 0, 1};
  if (equals == std::string::npos || equals == 0) {
    problems.push_back({"override", where, "--set takes KEY=VALUE", {}});
    return std::nullopt;
  }
  Override out;
  out.key = argument.substr(0, equals);
  out.text = argument.substr(equals + 1);
  out.value = parse_toml_value(out.text).value_or(Value(Value::Data(out.text)));
  out.value.where = where;
  return out;
}

Override make_override(std::string key, Value::Data value, std::string shown) {
  Override out;
  out.key = std::move(key);
  out.value = Value(std::move(value), Place{std::make_shared<const std::string>(std::move(shown)), 0, 0, 1});
  if (const auto* text = out.value.get_if<std::string>()) out.text = *text;
  return out;
}

}  // namespace ipet::definition
