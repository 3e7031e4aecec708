#include "pipeline/plan/input_files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <glob.h>
#include <unistd.h>

#include "pipeline/catalog/registry.hpp"
#include "pipeline/plan/needs.hpp"
#include "pipeline/sdk/hint.hpp"
#include "pipeline/sdk/input_path.hpp"
#include "pipeline/text/shell.hpp"
#include "pipeline/text/shipped.hpp"

namespace ipet::plan {
namespace {

namespace fs = std::filesystem;

bool is_glob(std::string_view text) {
  return text.find_first_of("*?[") != std::string_view::npos;
}

fs::path resolved(const fs::path& path) {
  std::error_code error;
  fs::path absolute = fs::absolute(path, error);
  return (error ? path : absolute).lexically_normal();
}

bool is_input(const OptionDescription& option) {
  return option.type.ends_with(input_file_type) || option.type.ends_with(input_path_type);
}

void add_paths(const Value& value, const NamedInput& named, std::vector<NamedInput>& out) {
  if (const auto* given = value.get_if<std::string>(); given != nullptr && !given->empty() && *given != "-") {
    out.push_back(named);
    out.back().path = text::with_shipped(text::with_home(*given).value_or(*given));
    if (value.where.file) out.back().where = value.where;
  } else if (const auto* array = value.get_if<Array>()) {
    for (const Value& element : *array) add_paths(element, named, out);
  }
}

void add_inputs(const OptionSet& options, const Value& table, const NamedInput& owner,
                ComponentSource& source, std::vector<NamedInput>& out, std::size_t depth = 0) {
  if (depth > deepest_component || out.size() > most_components) return;  // needs.cpp tells it
  for (const OptionDescription& option : options.options) {
    const Value& value = catalog::value_of(option, table);
    NamedInput named = owner;
    named.owner += ": option '" + option.name + "'";
    named.one_file = option.type.ends_with(input_file_type);
    if (is_input(option)) add_paths(value, named, out);
    Problems reported_before;
    for (const catalog::NamedComponent& component :
         catalog::components_of(option, value, source, reported_before))
      add_inputs(component.description->options, component.table, named, source, out, depth + 1);
  }
}

/// Where the stage writes: its options of type path, and the run's folder where one of them is left open.
std::vector<fs::path> written_by(const PlannedStage& stage, const fs::path& run_output) {
  std::vector<fs::path> out;
  for (const OptionDescription& option : stage.description->options.options) {
    if (option.type != "path") continue;
    const auto* text = catalog::value_of(option, stage.options_table).get_if<std::string>();
    if (text != nullptr) out.push_back(resolved(text->empty() ? run_output : fs::path(*text)));
  }
  return out;
}

bool lies_below(const fs::path& path, const fs::path& folder) {
  const auto end = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first;
  return end == folder.end();
}

bool made_by_the_plan(const Plan& plan, const NamedInput& input) {
  const fs::path path = resolved(input.path);
  for (const PlannedStage& stage : plan.stages) {
    if (stage.id == input.stage) continue;
    for (const fs::path& folder : written_by(stage, plan.run.output))
      if (lies_below(path, folder)) return true;
  }
  return false;
}

std::vector<std::string> matches(const std::string& pattern) {
  std::vector<std::string> out;
  glob_t found{};
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
    out.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return out;
}

/// The nearest name in the folder that should hold it.
std::string near_name(const fs::path& missing) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator i(missing.parent_path(), error), end; !error && i != end && names.size() < 1000;
       i.increment(error))
    names.push_back(i->path().filename().string());
  std::sort(names.begin(), names.end());
  return nearest_hint(missing.filename().string(), names);
}

struct Fault {
  std::string text, hint;
};

Fault fault_of_missing(const NamedInput& input) {
  std::error_code error;
  const fs::path path = resolved(input.path);
  if (fs::is_symlink(path, error))
    return {"'" + path.string() + "' is a link to " + fs::read_symlink(path, error).string() +
                ", which is not there",
            {}};
  fs::path missing = path;  // the first part that is not there
  while (missing.has_relative_path() && !fs::exists(missing.parent_path(), error))
    missing = missing.parent_path();
  std::string hint = near_name(missing);
  if (fs::path(input.path).is_relative())
    hint += (hint.empty() ? "" : "  ") + ("relative paths begin at " + fs::current_path(error).string());
  const std::string because = missing == path ? "" : ": there is no " + missing.string();
  return {"'" + path.string() + "' does not exist" + because, hint};
}

/// Nothing is wrong where `text` is empty.
Fault fault_of_pattern(const NamedInput& input) {
  fs::path folder;
  for (const fs::path& part : fs::path(input.path)) {
    if (is_glob(part.string())) break;
    folder /= part;
  }
  std::error_code error;
  if (!folder.empty() && !fs::is_directory(folder, error))
    return {"'" + resolved(input.path).string() + "' matches nothing: there is no folder " +
                resolved(folder).string(),
            {}};
  const bool plain = input.path.find("**") == std::string::npos;  // glob knows no folders below folders
  if (plain && matches(input.path).empty())
    return {"'" + resolved(input.path).string() + "' matches nothing", {}};
  return {};
}

Fault fault_of(const NamedInput& input) {
  if (input.path.find('\0') != std::string::npos) return {"a path cannot hold a NUL", {}};
  if (!text::with_home(input.path)) return {text::home_fault(input.path), {}};
  const fs::path path = resolved(input.path);
  const std::string shown = "'" + path.string() + "'";
  std::error_code error;
  const fs::file_status status = fs::status(input.path, error);
  if (status.type() == fs::file_type::not_found)
    return is_glob(input.path) && !input.one_file ? fault_of_pattern(input) : fault_of_missing(input);
  if (error) return {shown + " cannot be read: " + error.message(), {}};
  if (fs::is_directory(status) && input.one_file) return {shown + " is a folder, not a file", {}};
  if (fs::is_character_file(status)) return {shown + " is a device, not a file", {}};
  if (fs::is_socket(status) || fs::is_block_file(status))
    return {shown + " is a socket or a disk, not a file", {}};
  if (::access(input.path.c_str(), fs::is_directory(status) ? R_OK | X_OK : R_OK) != 0)
    return {shown + " cannot be read: " + std::strerror(errno), {}};
  return {};
}

}  // namespace

std::vector<NamedInput> named_inputs(const Plan& plan, ComponentSource& source) {
  std::vector<NamedInput> out;
  for (const PlannedStage& stage : plan.stages) {
    const NamedInput owner{"stage '" + stage.id + "'", stage.id, stage.where, {}, false};
    add_inputs(stage.description->options, stage.options_table, owner, source, out);
  }
  return out;
}

std::set<std::string> check_inputs(const Plan& plan, ComponentSource& source, Problems& problems) {
  std::set<std::string> stages;
  for (const NamedInput& input : named_inputs(plan, source)) {
    Fault fault = fault_of(input);
    if (fault.text.empty()) continue;
    std::error_code error;
    if (!fs::exists(input.path, error) && made_by_the_plan(plan, input)) continue;
    problems.push_back({"input", input.where, input.owner + ": " + fault.text, std::move(fault.hint)});
    stages.insert(input.stage);
  }
  return stages;
}

std::uintmax_t bytes_of(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  std::uintmax_t sum = 0;
  if (fs::is_regular_file(status)) {
    const std::uintmax_t size = fs::file_size(path, error);
    return error ? 0 : size;
  }
  if (fs::is_directory(status)) {
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator i(path, options, error), end; !error && i != end;
         i.increment(error)) {
      std::error_code gone;
      if (!i->is_regular_file(gone)) continue;
      const std::uintmax_t size = i->file_size(gone);
      if (!gone) sum += size;
    }
    return sum;
  }
  if (is_glob(path) && !fs::exists(status))
    for (const std::string& match : matches(path)) sum += bytes_of(match);
  return sum;
}

}  // namespace ipet::plan
