// [params]: the typed names that ${params.x} may use.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/definition/definition.hpp"

namespace ipet::definition {

struct Parameter {
  std::string name;
  std::string type;  ///< path, string, int, float, bool or list; empty when its declaration is wrong
  Place where;       ///< of the name
  std::string unit;  ///< of a time, whose value may then be a text such as "100 ms"; may be empty
  std::optional<double> minimum, maximum;
  bool may_be_empty = true;  ///< a path: it has the default "", or the value is the default
  /// From --set, the environment or the default, in this order; nothing when none gives one.
  std::optional<Value> value;
};

/// Reads [params] of a merged file and gives every parameter its value, references still unresolved.
/// Overrides that name no parameter are left to others.
std::vector<Parameter> read_parameters(const Value& root, const std::vector<Override>& overrides,
                                       Problems& problems);

/// Times of axes over parameters become numbers in the parameter's unit.
void use_units(const std::vector<Parameter>& parameters, std::vector<SweepAxis>& axes);

/// Gives parameters without a value the first one of their axis, so that the file can be checked as it is,
/// and tells in `without_sweep` what a single run would lack. Reports those that no axis names.
void give_missing_values(const Value& root, const std::vector<SweepAxis>& axes,
                         std::vector<Parameter>& parameters, Problems& problems, Problems& without_sweep);

/// Checks a resolved value against type and range; an integer, or a time with
/// its own unit, becomes a float where one is wanted. False
/// after a problem.
bool check_parameter(const Parameter& parameter, Value& value, Problems& problems);

}  // namespace ipet::definition
