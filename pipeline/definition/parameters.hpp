// [params]: the typed names that ${params.x} may use.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/definition/definition.hpp"

namespace ipet::definition {

struct Parameter {
  std::string name;
  std::string type;  ///< path, string, int, float or bool; empty when its declaration is wrong
  Place where;       ///< of the name
  std::optional<double> minimum, maximum;
  /// From --set, the environment or the default, in this order; nothing when none gives one.
  std::optional<Value> value;
};

/// Reads [params] of a merged file and gives every parameter its value, references still unresolved.
/// Overrides that name no parameter are left to others.
std::vector<Parameter> read_parameters(const Value& root, const std::vector<Override>& overrides,
                                       Problems& problems);

/// Checks a resolved value against type and range; an integer becomes a float where one is wanted. False
/// after a problem.
bool check_parameter(const Parameter& parameter, Value& value, Problems& problems);

}  // namespace ipet::definition
