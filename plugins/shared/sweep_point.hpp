// Which point of a sweep a run is, for the tables of its results.
#pragma once

#include <string>
#include <vector>

#include "pipeline/definition/sweep.hpp"
#include "pipeline/definition/toml_reader.hpp"
#include "stages/report/report.hpp"

namespace ipet {

/// From the definition that the run was made with, whose [sweep] holds the values of this point
/// (definition::point_text); empty outside sweeps. Axes in the order of the file, called as the folder of the
/// run calls them.
inline std::vector<evaluation::AxisValue> sweep_point(const std::string& definition) {
  const std::optional<Value> root = definition::parse_toml(definition);
  if (!root) return {};
  Problems ignored;  // it was checked before the run
  const std::vector<definition::SweepAxis> axes = definition::read_sweep(*root, ignored);
  std::vector<std::string> keys;
  for (const definition::SweepAxis& axis : axes) keys.push_back(axis.key);
  const std::vector<std::string> names = definition::axis_names(keys);
  std::vector<evaluation::AxisValue> point;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].values.size() != 1) return {};  // all points: this run is none of them
    const Value& value = axes[i].values.front();
    point.push_back({names[i], definition::axis_text(value)});
    if (const auto* whole = value.get_if<std::int64_t>()) point.back().value = *whole;
    if (const auto* number = value.get_if<double>()) point.back().value = *number;
  }
  return point;
}

}  // namespace ipet
