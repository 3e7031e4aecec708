// A pipeline file as the runtime sees it: include, [params], --set and ${...} are resolved, every value still
// knows the place it came from. Nothing is known of plugins here (pipelines/README.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "pipeline/sdk/value.hpp"

namespace ipet::definition {

/// The newest `schema` that this program reads.
inline constexpr std::int64_t schema_version = 1;

struct RunSettings {
  std::size_t threads = 0;        ///< 0: all cores
  std::size_t memory_mib = 1024;  ///< payload bytes in flight
  std::uint64_t seed = 20;
  std::filesystem::path output;
  Place threads_where, output_where;  ///< of the values
};

/// One reference of `inputs`: "windows" or "windows.train".
struct InputReference {
  std::string port;    ///< of the stage that the reference stands in; empty when not named
  std::string stage;   ///< the producer
  std::string output;  ///< its port; empty when not named
  Place where;         ///< of the reference
  Place port_where;    ///< of the port's key; the reference's own place when not named
};

struct StageDefinition {
  std::string id;
  Place where;  ///< of the id
  std::string plugin;
  Place plugin_where;
  std::vector<InputReference> inputs;  ///< in the order of the file
  Place inputs_where;                  ///< of the key `inputs`; of the id when there is none
  bool inputs_broken = false;          ///< some of them could not be understood, which was reported
  Value options;                       ///< a table
};

/// A value given on the command line, which overrides the file.
struct Override {
  std::string key;   ///< a parameter, or a dotted path such as "stages.windows.options.omega"
  std::string text;  ///< the value as typed
  Value value;       ///< the value as TOML; a string when it is none. `where` shows the argument.
};

/// One line of [sweep]: the values that a parameter or path takes in turn.
struct SweepAxis {
  std::string key;
  Place where;
  std::vector<Value> values;       ///< at least one
  std::vector<std::string> typed;  ///< each as it is written
};

/// One run of a sweep.
struct SweepPoint {
  std::string name;  ///< "model=cnn,omega=0.1": the folder of its results; empty without axes
  std::vector<Override> overrides;
};

/// The code of the problem that a parameter has no value.
inline constexpr const char* missing_parameter = "missing-param";

/// A parameter without a value, which is a problem where something needs it that runs.
struct MissingParameter {
  Place where;                   ///< as the problem's
  std::set<std::string> stages;  ///< that hold it
  bool elsewhere = false;        ///< [run] holds it, too
};

struct Definition {
  std::string name;
  RunSettings run;
  std::vector<SweepAxis> sweep;         ///< not applied: see sweep.hpp
  std::vector<StageDefinition> stages;  ///< in the order of the file, included files first
  Problems warnings;
  /// Problems of a run that is none of the sweep: parameters that have no value but those of the sweep.
  Problems without_sweep;
  std::string resolved;  ///< TOML after include, --set and ${...}; a pipeline file again
  /// Values that could not be resolved. Problems at these places follow from ones already reported.
  std::vector<Place> broken;
  /// Their problems are among those of load(); who knows which stages run takes back what nobody needs.
  std::vector<MissingParameter> missing;
};

/// "omega=0.2" as an override. Nothing, and a problem, when there is no '=' or no key.
std::optional<Override> parse_override(const std::string& argument, Problems& problems);

/// An override that does not come from --set: `shown` is how messages name it ("-j 2").
Override make_override(std::string key, Value::Data value, std::string shown);

/// Reads a pipeline file. Adds every problem found; the result holds what could be understood, so that later
/// checks can go on. Unreadable or invalid TOML is reported alone.
Definition load(const std::filesystem::path& file, const std::vector<Override>& overrides,
                Problems& problems);
/// The same of a file that was read: `root` is what load_merged gave (include.hpp), and shares no table with
/// another value.
Definition load(Value root, const std::filesystem::path& file, const std::vector<Override>& overrides,
                Problems& problems);

/// The definition or the command line is wrong. what() is the whole report.
class DefinitionError : public std::runtime_error {
 public:
  explicit DefinitionError(Problems problems);
  [[nodiscard]] const Problems& problems() const { return problems_; }

 private:
  Problems problems_;
};

}  // namespace ipet::definition
