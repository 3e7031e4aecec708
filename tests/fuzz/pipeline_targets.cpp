// Pipeline files with all that they include, sweeps, and --set.
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "pipeline/definition/definition.hpp"
#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/definition/overrides.hpp"
#include "pipeline/definition/sweep.hpp"
#include "pipeline/definition/toml_reader.hpp"
#include "tests/fuzz/target.hpp"

namespace ipet::fuzz {

namespace {

namespace fs = std::filesystem;
using definition::Definition;
using definition::Override;

/// Between the parts of an input (the control character "record separator", which no TOML holds).
constexpr char between = '\x1e';
constexpr std::string_view set = "--set ";

/// Files a pipeline may include, and what is set.
struct Given {
  fs::path file;
  std::vector<Override> overrides;
  Problems problems;
};

/// The first part is the pipeline file; then come the files a.toml, b.toml ... and arguments of --set.
Given given(Bytes input) {
  static constexpr const char* names[] = {"pipeline.toml", "a.toml", "b.toml", "c.toml", "d.toml"};
  Given out;
  std::size_t file = 0;
  std::string_view rest = text_of(input);
  for (bool more = true; more;) {
    const std::size_t end = rest.find(between);
    const std::string_view part = rest.substr(0, end);
    if (part.starts_with(set)) {
      if (auto made = definition::parse_override(std::string(part.substr(set.size())), out.problems))
        out.overrides.push_back(std::move(*made));
    } else if (file < std::size(names)) {
      const fs::path path = scratch_file(names[file], bytes_of(part));
      if (file++ == 0) out.file = path;
    }
    more = end != std::string_view::npos;
    rest = more ? rest.substr(end + 1) : std::string_view();
  }
  for (; file < std::size(names); ++file) {
    if (file == 0)
      out.file = scratch_file(names[file], {});
    else
      fs::remove(scratch() / names[file]);
  }
  return out;
}

void check_problems(const Problems& problems) {
  for (const Problem& problem : problems) {
    require_line(problem.code);
    require_lines(definition::format_problem(problem, "error"));
  }
}

/// The definition that results keep says the same as the file with all that was set.
void check_resolved(const Definition& read) {
  Problems problems;
  const Definition again =
      definition::load(scratch_file("resolved.toml", bytes_of(read.resolved)), {}, problems);
  require(problems.empty(),
          "the resolved definition is none: " + definition::format_problems(problems, "error"));
  require(again.resolved == read.resolved, "the resolved definition says something else");
  require(again.name == read.name && again.stages.size() == read.stages.size(),
          "the resolved definition has lost");
  for (std::size_t i = 0; i < read.stages.size(); ++i)
    require(again.stages[i].id == read.stages[i].id && again.stages[i].plugin == read.stages[i].plugin &&
                again.stages[i].options.toml() == read.stages[i].options.toml(),
            "a stage of the resolved definition is another one");
}

void check_sweep(const Definition& read, const std::vector<Override>& overrides) {
  Problems problems;
  const auto points = definition::sweep_points(read.sweep, overrides, problems);
  check_problems(problems);
  if (!problems.empty()) return;
  std::vector<std::string> names;
  for (const definition::SweepPoint& point : points) names.push_back(point.name);
  for (const std::string& name : names) {
    if (!name.empty()) require_line(name);
    require(name.find('/') == std::string::npos, "the name of a run is a path");
  }
  std::ranges::sort(names);
  require(std::ranges::adjacent_find(names) == names.end(), "two runs of one name");
}

/// Parameters of the seeds take these from the environment.
void set_environment() {
  static const bool once = [] {
    return ::setenv("IPET_FUZZ_EPOCHS", "7", 1) == 0 && ::setenv("IPET_FUZZ_TEXT", "many", 1) == 0;
  }();
  require(once, "the environment cannot be set");
}

void run_pipeline(Bytes input) {
  set_environment();
  Given all = given(input);
  definition::check_given(all.overrides, all.problems);
  const Definition read = definition::load(all.file, all.overrides, all.problems);
  check_problems(all.problems);
  if (!all.problems.empty()) return;
  check_resolved(read);
  check_sweep(read, all.overrides);
}

constexpr std::string_view small = R"(schema = 1
[params]
files = { type = "path", default = "captures" }
omega = { type = "float", default = 0.1, min = 0.001, max = 60 }
epochs = { type = "int", default = 20 }
fast = { type = "bool", default = false }
[sweep]
fast = [true, false]
[run]
output = "runs/${params.files}"
[stages.reader]
plugin = "pcap_reader"
options = { files = ["${params.files}"], omega = "${params.omega}" }
[stages.other]
plugin = "windowing"
inputs = "reader"
options.deep.er = [{ a = 1 }, "${params.epochs} and ${params.fast}"]
)";

/// What a value is written as is the value again.
void check_value(const Value& value) {
  const std::string text = value.toml();
  const std::optional<Value> again = definition::parse_toml_value(text);
  require(again.has_value(), "a value is written as no value: " + text);
  require(again->toml() == text, "a value is written as another one: " + text);
}

/// One argument, or several with the separator between them.
void run_set(Bytes input) {
  Problems problems;
  std::vector<Override> all;
  std::string_view rest = text_of(input);
  for (bool more = true; more;) {
    const std::size_t end = rest.find(between), known = problems.size();
    std::optional<Override> made = definition::parse_override(std::string(rest.substr(0, end)), problems);
    require(made || problems.size() > known, "an argument is refused without a reason");
    if (made && made->value.get_if<std::string>() == nullptr) check_value(made->value);
    if (made) all.push_back(std::move(*made));
    more = end != std::string_view::npos;
    rest = more ? rest.substr(end + 1) : std::string_view();
  }
  definition::check_given(all, problems);
  const Definition read = definition::load(scratch_file("small.toml", bytes_of(small)), all, problems);
  check_problems(problems);
  if (!problems.empty()) return;
  check_resolved(read);
  check_sweep(read, all);
}

}  // namespace

std::vector<Target> pipeline_targets() {
  const std::vector<std::string> sources = {"pipeline/definition/", "pipeline/toml/", "pipeline/sdk/value."};
  const std::vector<std::string> of_set = {"pipeline/definition/overrides.",
                                           "pipeline/definition/parameters.",
                                           "pipeline/definition/references.",
                                           "pipeline/definition/sweep.",
                                           "pipeline/definition/toml_reader.",
                                           "pipeline/sdk/value.",
                                           "pipeline/toml/depth."};
  return {{"pipeline", "a pipeline file with includes, parameters, --set and a sweep", 8192, "toml.dict",
           sources, run_pipeline},
          {"set", "arguments of --set, applied to a pipeline", 1024, "toml.dict", of_set, run_set}};
}

}  // namespace ipet::fuzz
