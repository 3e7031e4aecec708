// [sweep]: one pipeline file, many runs (pipelines/README.md "Sweeps"). The points are the cartesian product
// of the axes.
#pragma once

#include <string>
#include <vector>

#include "pipeline/definition/definition.hpp"

namespace ipet::definition {

/// Reads the [sweep] table of a merged file: each key is a parameter or a dotted path, each value a list.
std::vector<SweepAxis> read_sweep(const Value& root, Problems& problems);

/// Times among the values of an axis ("100 ms") become numbers in `unit`, so that two spellings of one are
/// one value. Whether there are any; with no unit of time there are none.
bool use_unit(const std::string& unit, Array& values);

/// A value of an axis as it is set in a run.
Override point_override(const SweepAxis& axis, const Value& value);

/// What axes are called in tables, as in the folders of the runs: the last part of each key, or all of it
/// where two axes would have one name. "stages.windows.options.omega" is "omega".
std::vector<std::string> axis_names(const std::vector<std::string>& keys);

/// A value as folders and tables name it: a text as it is, a number in its shortest form (2.0 is "2"), others
/// as TOML.
std::string axis_text(const Value& value);

/// All points, the last axis changing fastest. An axis whose key is among `given` has that one value, which
/// is not repeated in the point. Adds a problem when two values of an axis are one, or would give two runs
/// one name, and when one key is a part of what another one sets.
std::vector<SweepPoint> sweep_points(const std::vector<SweepAxis>& axes, const std::vector<Override>& given,
                                     Problems& problems);

/// The point as a [sweep] of one value for each axis, TOML: with it, the definition that a result keeps says
/// which point it is of, and as a pipeline file gives that point again. "" without
/// axes.
std::string point_text(const SweepPoint& point);

}  // namespace ipet::definition
