#include "pipeline/definition/overrides.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "pipeline/definition/toml_reader.hpp"
#include "pipeline/sdk/hint.hpp"
#include "pipeline/text/lists.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/toml/depth.hpp"

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

std::string without_prefix(const std::string& key, std::string_view prefix) {
  return key.rfind(prefix, 0) == 0 ? key.substr(prefix.size()) : key;
}

bool is_sweep(const std::string& key) {
  return key == "sweep" || key.rfind("sweep.", 0) == 0;
}

/// Whatever is wrong with a part of the value is shown at the argument.
void place_all(Value& value, const Place& where) {
  value.where = where;
  if (auto* array = std::get_if<Array>(&value.data)) {
    for (Value& element : *array) place_all(element, where);
  } else if (Table* table = value.table()) {
    for (Entry& entry : *table) {
      entry.where = where;
      place_all(entry.value, where);
    }
  }
}

/// "[lstm, cnn]", what a shell leaves of ["lstm", "cnn"], as a list; nothing where quotes or brackets within
/// say that it was meant otherwise.
std::optional<Value> bare_list(const std::string& text) {
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (!bracketed || text.find_first_of("\"'[{", 1) != std::string::npos) return std::nullopt;
  Array out;
  for (std::size_t at = 1; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size() - 1);
    const std::size_t first = text.find_first_not_of(' ', at), last = text.find_last_not_of(' ', end - 1);
    if (first >= end) return std::nullopt;
    const std::string word = text.substr(first, last + 1 - first);
    out.push_back(parse_toml_value(word).value_or(Value(Value::Data(word))));
    at = end + 1;
  }
  return Value(Value::Data(std::move(out)));
}

bool names_parameter(const Override& given, const std::vector<Parameter>& parameters) {
  return std::any_of(parameters.begin(), parameters.end(), [&](const Parameter& parameter) {
    return given.key == parameter.name || given.key == "params." + parameter.name;
  });
}

void report_unknown(const Override& given, const std::vector<Parameter>& parameters, Problems& problems) {
  std::vector<std::string> names = text::mapped(parameters, &Parameter::name);
  const std::string name = without_prefix(given.key, "params.");
  report(problems, "unknown-param", given.value.where, "no parameter '" + name + "'",
         misspelt_hint(name, names, "parameters: ") +
             "; or a path such as run.memory_mib, stages.ID.options.NAME or sweep.NAME");
}

bool stage_exists(const Value& root, const std::string& id, const Override& given, Problems& problems) {
  std::vector<std::string> ids;
  const Entry* stages = root.find("stages");
  if (stages != nullptr && stages->value.table() != nullptr) {
    for (const Entry& entry : *stages->value.table()) ids.push_back(entry.key);
  }
  if (std::find(ids.begin(), ids.end(), id) != ids.end()) return true;
  report(problems, "unknown-stage", given.value.where, "no stage '" + id + "'",
         misspelt_hint(id, ids, "stages: "));
  return false;
}

/// What the file has there, or null.
const Value* value_at(const Value& root, const std::vector<std::string>& parts) {
  const Value* at = &root;
  for (const std::string& part : parts) {
    const Entry* entry = at->table() != nullptr ? at->find(part) : nullptr;
    if (entry == nullptr) return nullptr;
    at = &entry->value;
  }
  return at;
}

/// Adds `by` for each ${params.NAME} in the strings of a value.
void add_named(const Value* value, const Hidden& by, std::vector<Hidden>& out) {
  constexpr std::string_view begin = "${params.";
  if (value == nullptr) return;
  if (const auto* text = value->get_if<std::string>()) {
    for (std::size_t at = text->find(begin); at != std::string::npos; at = text->find(begin, at + 1)) {
      out.push_back(by);
      const std::size_t name = at + begin.size();
      out.back().parameter = text->substr(name, text->find('}', name) - name);
    }
  } else if (const auto* array = value->get_if<Array>()) {
    for (const Value& element : *array) add_named(&element, by, out);
  } else if (const Table* table = value->table()) {
    for (const Entry& entry : *table) add_named(&entry.value, by, out);
  }
}

/// Whether ${params.NAME} stands somewhere in a value, but for places below `hidden` (paths). `path`: of the
/// value.
bool is_used(const Value& value, const std::string& name, const std::string& path,
             const std::set<std::string>& hidden) {
  if (hidden.contains(path)) return false;
  if (const auto* text = value.get_if<std::string>())
    return text->find("${params." + name + "}") != std::string::npos;
  if (const auto* array = value.get_if<Array>())
    return std::any_of(array->begin(), array->end(),
                       [&](const Value& element) { return is_used(element, name, path, hidden); });
  const Table* table = value.table();
  return table != nullptr && std::any_of(table->begin(), table->end(), [&](const Entry& entry) {
           return is_used(entry.value, name, path.empty() ? entry.key : path + "." + entry.key, hidden);
         });
}

/// Sets parts[1..] below `root[parts[0]]`, making the tables on the way.
void set_below(Value& root, const std::vector<std::string>& parts, const Override& given,
               Problems& problems) {
  Value* at = &root;
  std::string walked;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (at->table() == nullptr) {
      report(problems, "override", given.value.where,
             "'" + walked + "' is " + std::string(at->type_text()) + ", so it has no '" + parts[i] + "'");
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

/// An axis of [sweep]: a list sets it or takes its place, an empty one takes it away.
void set_axis(Table& sweep, const Override& given, Problems& problems) {
  const std::string key = without_prefix(given.key, "sweep.");
  const auto same = [&](const Entry& axis) {
    return without_prefix(axis.key, "params.") == without_prefix(key, "params.");
  };
  const auto axis = std::find_if(sweep.begin(), sweep.end(), same);
  const auto* values = given.value.get_if<Array>();
  if (values == nullptr || !values->empty()) {
    if (axis == sweep.end())
      sweep.push_back({key, given.value.where, given.value.clone()});
    else
      *axis = {axis->key, given.value.where, given.value.clone()};
  } else if (axis != sweep.end()) {
    sweep.erase(axis);
  } else {
    std::vector<std::string> names = text::mapped(sweep, &Entry::key);
    report(problems, "override", given.value.where, "no sweep over '" + key + "' that could be taken away",
           misspelt_hint(key, names, "[sweep] has: "));
  }
}

void set_sweep(Value& root, const Override& given, Problems& problems) {
  if (root.find("sweep") == nullptr) root.table()->push_back({"sweep", given.value.where, Value()});
  Value& sweep = root.find("sweep")->value;
  const auto* list = given.value.get_if<Array>();
  if (given.key == "sweep")  // [] and {} are no sweep
    sweep = list != nullptr && list->empty() ? Value() : given.value.clone();
  else if (sweep.table() != nullptr)  // else reported when it is read
    set_axis(*sweep.table(), given, problems);
}

}  // namespace

bool is_below(const std::string& key, const std::string& table) {
  return key.size() > table.size() && key.rfind(table, 0) == 0 && key[table.size()] == '.';
}

void check_given(const std::vector<Override>& given, Problems& problems) {
  const auto name = [](const Override& one) { return without_prefix(one.key, "params."); };
  for (std::size_t i = 0; i < given.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Override &first = given[j], &second = given[i];
      const auto sweeps = [&](const Override& a, const Override& b) {
        return a.key.rfind("sweep.", 0) == 0 &&
               without_prefix(without_prefix(a.key, "sweep."), "params.") == name(b) && a.text != "[]";
      };
      if (name(first) == name(second)) {
        report(problems, "override", second.value.where,
               "'" + name(second) + "' is set twice, to " + text::shown(first.text) + " and to " +
                   text::shown(second.text),
               "give it once");
      } else if (is_below(first.key, second.key) || is_below(second.key, first.key)) {
        const bool below = is_below(first.key, second.key);
        report(problems, "override", second.value.where,
               "'" + (below ? first.key : second.key) + "' is a part of '" +
                   (below ? second.key : first.key) + "', and both are set",
               "give one of them");
      } else if (sweeps(first, second) || sweeps(second, first)) {
        const Override& one = sweeps(first, second) ? second : first;
        const Override& all = sweeps(first, second) ? first : second;
        report(problems, "override", second.value.where,
               "'" + name(one) + "' is set to " + text::shown(one.text) + " and swept over " +
                   text::shown(all.text),
               "give one of them");
      }
    }
  }
}

std::vector<Hidden> apply_overrides(Value& root, const std::vector<Parameter>& parameters,
                                    const std::vector<Override>& overrides, Problems& problems) {
  std::vector<Hidden> hidden;
  for (const Override& given : overrides) {
    if (names_parameter(given, parameters)) continue;
    const std::vector<std::string> parts = split(given.key);
    const bool empty_part = std::find(parts.begin(), parts.end(), "") != parts.end();
    const bool run = parts[0] == "run" && parts.size() == 2;
    const bool stage = parts[0] == "stages" && parts.size() > 2;
    if (is_sweep(given.key)) {
      set_sweep(root, given, problems);
    } else if (parts.size() > toml_text::deepest) {
      report(problems, "too-deep", given.value.where,
             "a path of more than " + std::to_string(toml_text::deepest) + " parts");
    } else if (empty_part || (!run && !stage)) {
      report_unknown(given, parameters, problems);
    } else if (run || stage_exists(root, parts[1], given, problems)) {
      add_named(value_at(root, parts), {given.key, given.text, {}, given.value.where}, hidden);
      set_below(root, parts, given, problems);
    }
  }
  return hidden;
}

void add_hidden(const Value& root, const std::vector<Parameter>& parameters,
                const std::vector<Override>& overrides, const std::vector<SweepAxis>& sweep,
                std::vector<Hidden> hidden, Problems& problems, Problems& warnings) {
  std::map<std::string, std::string> given;  // parameters with their values
  for (const Override& one : overrides)
    if (names_parameter(one, parameters)) given[without_prefix(one.key, "params.")] = "set to " + one.text;
  for (const SweepAxis& axis : sweep) {
    const std::string values = Value(Value::Data(axis.values)).toml();
    if (names_parameter({axis.key, {}, {}}, parameters))
      given.try_emplace(without_prefix(axis.key, "params."), "swept over " + values);
    else
      add_named(value_at(root, split(axis.key)), {axis.key, values, {}, axis.where}, hidden);
  }
  std::set<std::string> paths;  // of which the file's value never counts
  for (const SweepAxis& axis : sweep) paths.insert(axis.key);
  for (const Hidden& one : hidden) {
    const auto parameter = given.find(one.parameter);
    if (parameter == given.end()) continue;
    const auto idle = std::ranges::find_if(
        sweep, [&](const SweepAxis& axis) { return without_prefix(axis.key, "params.") == one.parameter; });
    if (idle != sweep.end() && parameter->second.starts_with("swept") &&
        !is_used(root, one.parameter, "", paths)) {
      report(problems, "sweep", idle->where,
             "sweep: '" + idle->key + "' changes nothing: '" + one.key + "' is " + one.value,
             "give one of them; --set 'sweep." + idle->key + "=[]' takes this axis away");
      given.erase(parameter);
      continue;
    }
    report(warnings, "hidden-param", one.where,
           "'" + one.key + "' is " + one.value + ": parameter '" + one.parameter + "', " + parameter->second +
               ", has no effect there",
           "a path wins over the parameter that the file has in its place");
  }
}

std::optional<Override> parse_override(const std::string& argument, Problems& problems) {
  const std::size_t equals = argument.find('=');
  const Place where{std::make_shared<const std::string>("--set " + argument), 0, 0, 1};
  if (equals == std::string::npos || equals == 0) {
    report(problems, "override", where, "--set takes KEY=VALUE");
    return std::nullopt;
  }
  Override out;
  out.key = argument.substr(0, equals);
  out.text = argument.substr(equals + 1);
  std::optional<Value> value = parse_toml_value(out.text);
  if (!value && is_sweep(out.key)) value = bare_list(out.text);
  out.value = value ? std::move(*value) : Value(Value::Data(out.text));
  place_all(out.value, where);
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
