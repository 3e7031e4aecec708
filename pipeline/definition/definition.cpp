#include "pipeline/definition/definition.hpp"

#include <algorithm>
#include <limits>

#include "pipeline/definition/include.hpp"
#include "pipeline/definition/limits.hpp"
#include "pipeline/definition/overrides.hpp"
#include "pipeline/definition/references.hpp"
#include "pipeline/definition/source.hpp"
#include "pipeline/definition/stages.hpp"
#include "pipeline/definition/sweep.hpp"
#include "pipeline/text/percent.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/text/shell.hpp"

namespace ipet::definition {
namespace {

const std::vector<std::string> top_keys = {"include", "name", "params", "run", "schema", "stages", "sweep"};
const std::vector<std::string> later_keys = {"tests"};
const std::vector<std::string> run_keys = {"memory_mib", "output", "seed", "threads"};

/// More than blanks.
bool is_visible(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") != std::string::npos;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_top_keys(const Value& root, Problems& problems) {
  for (const Entry& entry : *root.table()) {
    if (contains(later_keys, entry.key)) {
      report(problems, "not-supported", entry.where,
             "'" + entry.key + "' is not supported by this version of ipet");
    } else if (!contains(top_keys, entry.key)) {
      problems.push_back(unknown_key(entry, "a pipeline file", top_keys));
    }
  }
}

/// The table under `key`, made when there is none, so that the rest need not ask.
Value& table_at(Value& root, const std::string& key, Problems& problems) {
  Entry* entry = root.find(key);
  if (entry != nullptr && entry->value.table() == nullptr) {
    report(problems, "wrong-type", entry->value.where, key + " takes a table, not " + entry->value.toml());
    entry->value.data = std::make_shared<Table>();
  }
  if (entry == nullptr) {
    root.table()->push_back({key, {}, Value()});
    entry = &root.table()->back();
  }
  return entry->value;
}

std::string read_name(const Value& root, const std::filesystem::path& file, Problems& problems) {
  const Entry* entry = root.find("name");
  // What a file is called need not be a name.
  const std::string fallback = is_descriptor(file) ? "pipeline" : text::percent_encoded(file.stem().string());
  if (entry == nullptr) return fallback;
  const auto* name = entry->value.get_if<std::string>();
  if (name != nullptr && name->find("${") != std::string::npos) {
    report(problems, "name", entry->value.where, "name is read before ${...} and cannot hold it",
           "write the name as it is");
    return fallback;
  }
  if (name != nullptr && text::is_plain(*name) && is_visible(*name)) return *name;
  if (name != nullptr) {
    report(problems, "name", entry->value.where,
           "'" + text::shown(*name) + "' is no name: no control characters, not blanks alone");
    return fallback;
  }
  report(problems, "wrong-type", entry->value.where, "name takes a string, not " + entry->value.toml());
  return fallback;
}

/// Fills in what the file leaves out, so that ${run.x} always has a value.
void complete_run(Value& run, const std::string& name) {
  const RunSettings fallback;
  const auto add = [&](const char* key, Value::Data data) {
    if (run.find(key) == nullptr) run.table()->push_back({key, {}, Value(std::move(data))});
  };
  add("threads", static_cast<std::int64_t>(fallback.threads));
  add("memory_mib", static_cast<std::int64_t>(fallback.memory_mib));
  add("seed", static_cast<std::int64_t>(fallback.seed));
  add("output", "runs/" + name);
}

/// Nothing after a problem.
std::optional<std::int64_t> run_integer(const Value& run, const char* key, std::int64_t least,
                                        std::int64_t most, Problems& problems) {
  const Value& value = run.find(key)->value;
  const auto* integer = value.get_if<std::int64_t>();
  if (integer != nullptr && *integer >= least && *integer <= most) return *integer;
  std::string range = " takes an integer of at least " + std::to_string(least);
  if (most != std::numeric_limits<std::int64_t>::max()) range += " and at most " + std::to_string(most);
  report(problems, "run-setting", value.where, std::string("run.") + key + range + ", not " + value.toml());
  return std::nullopt;
}

RunSettings read_run(const Value& run, Problems& problems) {
  for (const Entry& entry : *run.table()) {
    if (!contains(run_keys, entry.key)) problems.push_back(unknown_key(entry, "[run]", run_keys));
  }
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  RunSettings out;
  if (const auto threads = run_integer(run, "threads", 0, 4096, problems))
    out.threads = static_cast<std::size_t>(*threads);
  out.threads_where = run.find("threads")->value.where;
  if (const auto memory = run_integer(run, "memory_mib", 1, most >> 20, problems))
    out.memory_mib = static_cast<std::size_t>(*memory);
  if (const auto seed = run_integer(run, "seed", 0, most, problems))
    out.seed = static_cast<std::uint64_t>(*seed);
  const Value& output = run.find("output")->value;
  const auto* path = output.get_if<std::string>();
  const std::optional<std::string> expanded =
      path != nullptr && is_visible(*path) ? text::with_home(*path) : "";
  if (!expanded) {
    report(problems, "run-setting", output.where, "run.output: " + text::home_fault(*path));
  } else if (!expanded->empty()) {
    out.output = *expanded;
    out.output_where = output.where;
  } else {
    report(problems, "run-setting", output.where, "run.output takes a path, not " + output.toml());
  }
  return out;
}

void write_params(const Value& root, const std::vector<Parameter>& parameters, std::string& out) {
  if (parameters.empty()) return;
  out += "\n[params]\n";
  for (const Parameter& parameter : parameters) {
    const Entry* declared = root.find("params")->value.find(parameter.name);
    Value table;
    for (const Entry& entry : *declared->value.table()) {
      // The value of this run becomes the default; the environment no longer matters.
      if (entry.key != "default" && entry.key != "env") table.table()->push_back(entry);
    }
    if (parameter.value) table.table()->push_back({"default", {}, *parameter.value});
    out += parameter.name + " = " + table.toml() + "\n";
  }
}

std::string resolved_text(const Value& root, const std::string& name,
                          const std::vector<Parameter>& parameters) {
  std::string out = "schema = " + std::to_string(schema_version) + "\n";
  out += "name = " + Value(Value::Data(name)).toml() + "\n";
  write_params(root, parameters, out);
  const auto write = [&](const std::string& header, const Value& table) {
    out += "\n[" + header + "]\n";
    for (const Entry& entry : *table.table()) out += entry.key + " = " + entry.value.toml() + "\n";
  };
  write("run", root.find("run")->value);
  for (const Entry& stage : *root.find("stages")->value.table()) {
    if (stage.value.table() != nullptr) write("stages." + stage.key, stage.value);
  }
  return out;
}

/// The parameters that the strings below a value still name: those whose value nobody knows.
void add_unresolved(const Value& value, std::set<std::string>& names) {
  constexpr std::string_view begin = "${params.";
  if (const auto* text = value.get_if<std::string>()) {
    for (std::size_t at = text->find(begin); at != std::string::npos; at = text->find(begin, at + 1)) {
      const std::size_t name = at + begin.size();
      names.insert(text->substr(name, text->find('}', at) - name));
    }
  } else if (const auto* array = value.get_if<Array>()) {
    for (const Value& element : *array) add_unresolved(element, names);
  } else if (const Table* table = value.table()) {
    for (const Entry& entry : *table) add_unresolved(entry.value, names);
  }
}

/// Parameters without a value, and who needs one, also through other parameters.
std::vector<MissingParameter> find_missing(const Value& root, const std::vector<Parameter>& parameters) {
  std::vector<MissingParameter> out;
  for (const Parameter& parameter : parameters) {
    if (parameter.value || parameter.type.empty()) continue;
    std::set<std::string> lacking = {parameter.name};
    for (std::size_t before = 0; before != lacking.size();) {
      before = lacking.size();
      for (const Parameter& other : parameters) {
        std::set<std::string> named;
        if (other.value) add_unresolved(*other.value, named);
        for (const std::string& name : named)
          if (lacking.contains(name)) lacking.insert(other.name);
      }
    }
    const auto lacks = [&](const Value& value) {
      std::set<std::string> named;
      add_unresolved(value, named);
      return std::ranges::any_of(named, [&](const auto& name) { return lacking.contains(name); });
    };
    MissingParameter missing{parameter.where, {}, lacks(root.find("run")->value)};
    for (const Entry& stage : *root.find("stages")->value.table())
      if (lacks(stage.value)) missing.stages.insert(stage.key);
    out.push_back(std::move(missing));
  }
  return out;
}

}  // namespace

Definition load(const std::filesystem::path& file, const std::vector<Override>& overrides,
                Problems& problems) {
  std::optional<Value> root = load_merged(file, problems);
  return root ? load(std::move(*root), file, overrides, problems) : Definition();
}

Definition load(Value root, const std::filesystem::path& file, const std::vector<Override>& overrides,
                Problems& problems) {
  Definition out;
  check_top_keys(root, problems);
  out.name = read_name(root, file, problems);
  table_at(root, "stages", problems);
  table_at(root, "run", problems);
  std::vector<Parameter> parameters = read_parameters(root, overrides, problems);
  const std::vector<Hidden> hidden = apply_overrides(root, parameters, overrides, problems);
  out.sweep = read_sweep(root, problems);
  add_hidden(root, parameters, overrides, out.sweep, hidden, problems, out.warnings);
  use_units(parameters, out.sweep);
  give_missing_values(root, out.sweep, parameters, problems, out.without_sweep);
  if (problems.size() > most_problems) return out;
  Value& run = root.find("run")->value;
  Value& stages = root.find("stages")->value;
  complete_run(run, out.name);
  References references(parameters, run, problems);
  references.resolve_sources();
  references.resolve(stages);
  if (problems.size() > most_problems) return out;
  out.broken = references.broken();
  const auto is_broken = [&](const Problem& problem) { return is_at(out.broken, problem.where); };
  Problems found;  // those at values without a value say nothing new
  out.run = read_run(run, found);
  out.stages = read_stages(root, file, found);
  std::remove_copy_if(found.begin(), found.end(), std::back_inserter(problems), is_broken);
  out.missing = find_missing(root, parameters);
  // Only a definition without problems can be written as one.
  if (std::ranges::all_of(problems, [](const Problem& problem) { return problem.code == missing_parameter; }))
    out.resolved = resolved_text(root, out.name, parameters);
  return out;
}

}  // namespace ipet::definition
