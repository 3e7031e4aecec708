// --set with a dotted path: changes the merged file before references are resolved. Paths into [sweep] begin
// with "sweep."; what follows is the key of the axis, dots and all.
#pragma once

#include <vector>

#include "pipeline/definition/definition.hpp"
#include "pipeline/definition/parameters.hpp"

namespace ipet::definition {

/// What the command line gives must not contradict itself: reports each name that is set twice, or both set
/// and swept.
void check_given(const std::vector<Override>& given, Problems& problems);

/// Whether `key` is a path to a part of what `table` is the path of: "a.b.c" of "a.b".
bool is_below(const std::string& key, const std::string& table);

/// A place of the file that takes a parameter's value, and is set itself.
struct Hidden {
  std::string key;        ///< the path that is set
  std::string value;      ///< to what
  std::string parameter;  ///< the parameter that has no effect there
  Place where;            ///< of what sets it
};

/// Applies the overrides that name no parameter to `root`; reports those that name nothing. Gives what they
/// hide.
std::vector<Hidden> apply_overrides(Value& root, const std::vector<Parameter>& parameters,
                                    const std::vector<Override>& overrides, Problems& problems);

/// A path wins over the parameter that the file has there. Warns where both are set or swept: `hidden` is
/// what apply_overrides gave, and the axes of `sweep` hide too. An axis over a parameter that is hidden
/// wherever the file has it is a problem: its runs would all be the same.
void add_hidden(const Value& root, const std::vector<Parameter>& parameters,
                const std::vector<Override>& overrides, const std::vector<SweepAxis>& sweep,
                std::vector<Hidden> hidden, Problems& problems, Problems& warnings);

}  // namespace ipet::definition
