// Which point of a sweep a run is, for the tables of its results.
#pragma once

#include <string>
#include <vector>

#include <toml++/toml.h>

#include "plugins/evaluation/toml_text.hpp"
#include "stages/evaluation/report.hpp"

namespace ipet {

/// From the definition that the run was made with, whose [sweep] holds the values of this point
/// (definition::point_text); empty outside sweeps. An axis is called by the last part of its key, as the
/// folder of the run is, or by all of it where two axes would have one name.
inline std::vector<evaluation::AxisValue> sweep_point(const std::string& definition) {
  const toml::table root = toml::parse(definition);
  const toml::table* sweep = root["sweep"].as_table();
  std::vector<evaluation::AxisValue> point;
  if (sweep == nullptr) return point;
  const auto last_part = [](std::string_view key) { return std::string(key.substr(key.rfind('.') + 1)); };
  for (const auto& [key, values] : *sweep) {
    const toml::array* list = values.as_array();
    if (list == nullptr || list->size() != 1) return {};  // all points: this run is none of them
    std::size_t same = 0;
    for (const auto& [other, unused] : *sweep) same += last_part(other.str()) == last_part(key.str()) ? 1 : 0;
    evaluation::AxisValue axis{same > 1 ? std::string(key.str()) : last_part(key.str()), std::string()};
    for (char& c : axis.name) c = c == '.' ? '_' : c;
    const toml::node& value = *list->get(0);
    if (value.is_integer())
      axis.value = value.value<std::int64_t>().value();
    else if (value.is_floating_point())
      axis.value = value.value<double>().value();
    else
      axis.value = toml_text(value);
    point.push_back(std::move(axis));
  }
  return point;
}

}  // namespace ipet
