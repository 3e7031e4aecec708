// What all verbs on a pipeline file begin with.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/catalog/described_catalog.hpp"
#include "pipeline/cli/command_line.hpp"
#include "pipeline/definition/definition.hpp"
#include "pipeline/plan/plan.hpp"

namespace ipet::cli {

/// The folders for a catalog. Throws DefinitionError when the command line names one that is none.
std::vector<std::filesystem::path> plugin_path(const Arguments& arguments);

/// What the file's [sweep] would run. The file was read once, for all of them.
struct LoadedSweep {
  std::optional<Value> file;                   ///< without its [sweep]; nothing where it cannot be read
  std::vector<definition::Override> given;     ///< of the command line, but what it says of the sweep
  std::vector<definition::SweepPoint> points;  ///< empty without [sweep]
  std::filesystem::path folder;                ///< that holds the folders of all of them
  std::set<std::string> words;                 ///< texts in the stages of all of them: names of plugins
  Problems without_sweep;                      ///< of the file, when it is run by itself
  Problems warnings;                           ///< of what the file and the command line say
};

/// Reads the file of the command line. Asks for no plugin but those whose options are swept over times with
/// their unit ("100 ms"). Adds every problem found.
LoadedSweep load_sweep(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems& problems);

/// Reads, checks and plans the file of the command line, without its sweep. Adds every problem found.
plan::Plan load_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems& problems);

/// Adds those problems that are not there already.
void add_others(Problems& found, Problems& to);

/// Adds to a problem which run of the sweep has it: its place is in the file that all of them share.
void name_point(Problem& problem, const definition::SweepPoint& point);

/// definition_wrong when a problem is about the definition, else plugin_unusable.
ExitCode exit_code(const Problems& problems);

/// load_plan with warnings shown on standard error. Throws DefinitionError when there are problems, be they
/// of the file's sweep.
plan::Plan checked_plan(const Arguments& arguments, catalog::PluginCatalog& catalog);
/// The same with the problems of the sweep, which was loaded.
plan::Plan checked_plan(const Arguments& arguments, catalog::PluginCatalog& catalog, Problems of_sweep);

/// The plans of all points of the sweep: their values, and their results in folders of their names. Every
/// problem and warning of any of them is added once, but for the warnings that the sweep has already.
std::vector<plan::Plan> plan_points(const Arguments& arguments, catalog::PluginCatalog& catalog,
                                    const LoadedSweep& sweep, Problems& problems, Problems& warnings);

}  // namespace ipet::cli
