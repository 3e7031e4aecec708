#include "pipeline/definition/sweep.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace ipet::definition {
namespace {

/// "stages.discriminator.options.model" is shown as "model".
std::string last_part(const std::string& key) {
  return key.substr(key.rfind('.') + 1);
}

std::string without_params(const std::string& key) {
  return key.rfind("params.", 0) == 0 ? key.substr(7) : key;
}

/// What a folder can be called: everything else becomes '-'.
std::string folder_text(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!std::isalnum(byte) && std::string_view("._+-").find(c) == std::string_view::npos) c = '-';
  }
  return text;
}

std::string value_text(const Value& value) {
  const auto* text = value.get_if<std::string>();
  return text != nullptr ? *text : value.toml();
}

Override point_override(const SweepAxis& axis, const Value& value) {
  Override out;
  out.key = axis.key;
  out.text = value_text(value);
  out.value = value.clone();
  return out;
}

/// Every point so far once with each value of the axis.
std::vector<SweepPoint> extended(const std::vector<SweepPoint>& points, const SweepAxis& axis) {
  std::vector<SweepPoint> out;
  for (const SweepPoint& point : points) {
    for (const Value& value : axis.values) {
      SweepPoint next = point;
      next.overrides.push_back(point_override(axis, value));
      next.name +=
          (next.name.empty() ? "" : ",") + last_part(axis.key) + "=" + folder_text(value_text(value));
      out.push_back(std::move(next));
    }
  }
  return out;
}

}  // namespace

std::vector<SweepAxis> read_sweep(const Value& root, Problems& problems) {
  std::vector<SweepAxis> axes;
  const Entry* entry = root.find("sweep");
  if (entry == nullptr) return axes;
  if (entry->value.table() == nullptr) {
    problems.push_back({"sweep", entry->value.where, "sweep takes a table, not " + entry->value.toml(), {}});
    return axes;
  }
  for (const Entry& axis : *entry->value.table()) {
    const auto* values = axis.value.get_if<Array>();
    if (values == nullptr || values->empty()) {
      problems.push_back({"sweep", axis.value.where,
                          "sweep: '" + axis.key + "' takes a list of values, not " + axis.value.toml(),
                          "write \"" + axis.key + "\" = [VALUE, VALUE]"});
      continue;
    }
    axes.push_back({axis.key, axis.where, *values});
  }
  return axes;
}

std::vector<SweepPoint> sweep_points(const std::vector<SweepAxis>& axes, const std::vector<Override>& given,
                                     Problems& problems) {
  std::vector<SweepPoint> points(1);
  for (const SweepAxis& axis : axes) {
    const bool pinned = std::any_of(given.begin(), given.end(), [&](const Override& one) {
      return without_params(one.key) == without_params(axis.key);
    });
    if (!pinned) points = extended(points, axis);
  }
  std::set<std::string> names;
  for (const SweepPoint& point : points) {
    if (!names.insert(point.name).second)
      problems.push_back({"sweep", axes.front().where, "sweep: two runs would be called '" + point.name + "'",
                          "values must differ"});
  }
  return points;
}

std::string point_text(const SweepPoint& point) {
  if (point.overrides.empty()) return {};
  std::string text = "\n[sweep]\n";
  for (const Override& one : point.overrides) {
    Value axis;
    axis.table()->push_back({one.key, {}, Value(Value::Data(Array{one.value.clone()}))});
    const std::string entry = axis.toml();  // "{ key = [value] }"
    text += entry.substr(2, entry.size() - 4) + "\n";
  }
  return text;
}

}  // namespace ipet::definition
