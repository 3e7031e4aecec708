#include "pipeline/cli/environment.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include <unistd.h>

#include "pipeline/cli/progress.hpp"
#include "pipeline/plan/input_files.hpp"
#include "pipeline/plan/make_plan.hpp"

namespace ipet::cli {
namespace {

namespace fs = std::filesystem;

/// Less than this and no run is worth beginning.
constexpr std::uintmax_t least_free = 64 << 20;

/// The nearest folder that exists: the others will be made in it.
fs::path existing_part(const fs::path& folder) {
  std::error_code error;
  fs::path out = fs::absolute(folder, error).lexically_normal();
  if (!out.has_filename()) out = out.parent_path();
  while (!fs::exists(out, error) && out.has_relative_path()) out = out.parent_path();
  return out;
}

void check_output(const plan::Plan& plan, Problems& problems) {
  const fs::path folder = existing_part(plan.run.output);
  std::string fault;
  std::error_code error;
  if (!fs::is_directory(folder, error))
    fault = folder.string() + " is not a folder";
  else if (::access(folder.c_str(), W_OK | X_OK) != 0)
    fault = "cannot write in " + folder.string() + ": " + std::strerror(errno);
  else if (const fs::space_info space = fs::space(folder, error); !error && space.available < least_free)
    fault = "only " + bytes_text(space.available) + " free in " + folder.string();
  if (!fault.empty())
    report(problems, "output", plan.run.output_where,
           "run.output '" + plan.run.output.string() + "': " + fault,
           "choose another folder with --output DIR");
}

/// How much a run writes is not known beforehand. Captures that it defends are about as large as the inputs,
/// everything else is smaller.
void compare_with_inputs(const plan::Plan& plan, ComponentSource& source, Problems& warnings) {
  std::uintmax_t bytes = 0;
  std::set<std::string> counted;
  for (const plan::NamedInput& input : plan::named_inputs(plan, source))
    if (counted.insert(input.path).second) bytes += plan::bytes_of(input.path);
  const fs::path folder = existing_part(plan.run.output);
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error || space.available >= bytes) return;
  report(warnings, "space", plan.run.output_where,
         "the inputs have " + bytes_text(bytes) + ", and " + bytes_text(space.available) + " are free in " +
             folder.string(),
         "windows are smaller than captures, captures that are defended are not");
}

}  // namespace

void check_environment(const plan::Plan& plan, catalog::PluginCatalog& catalog,
                       const std::set<std::string>& without, Problems& problems, Problems& warnings) {
  Problems found;
  plan::check_environment(plan, without, found);
  // One cause, one error: sinks below the run's folder have met what is wrong with it.
  const bool told =
      std::any_of(found.begin(), found.end(), [](const Problem& p) { return p.code == "output"; });
  if (!told) check_output(plan, found);
  if (!told) compare_with_inputs(plan, catalog, warnings);
  problems.insert(problems.end(), found.begin(), found.end());
  catalog.load_all();
  for (const catalog::LoadFailure& failure : catalog.failures()) {
    report(warnings, failure.code, Place{std::make_shared<const std::string>(failure.path.string()), 0, 0, 1},
           "this plugin cannot be used: " + failure.reason);
  }
}

}  // namespace ipet::cli
