#include "pipeline/definition/sweep.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "pipeline/definition/limits.hpp"
#include "pipeline/text/duration.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/toml/depth.hpp"

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

/// "1000000", or "more than 10^18".
std::string product_text(const std::vector<const SweepAxis*>& axes) {
  std::uint64_t product = 1;
  for (const SweepAxis* axis : axes) {
    if (product > 1'000'000'000'000'000'000 / axis->values.size()) return "more than 10^18";
    product *= axis->values.size();
  }
  return std::to_string(product);
}

bool are_too_many(const std::vector<const SweepAxis*>& axes) {
  std::size_t product = 1;
  for (const SweepAxis* axis : axes) {
    if (axis->values.size() > most_points / product) return true;
    product *= axis->values.size();
  }
  return false;
}

/// Values go into names of folders, and are copied into every point.
bool fit_a_name(const SweepAxis& axis, Problems& problems) {
  for (const Value& value : axis.values) {
    const std::size_t length = value_text(value).size();
    if (length <= longest_point) continue;
    problems.push_back({"sweep",
                        value.where,
                        "sweep: a value of " + std::to_string(length) +
                            " bytes cannot be part of the name of a run's folder, which has at most " +
                            std::to_string(longest_point),
                        {}});
    return false;
  }
  return true;
}

/// Folders of runs are told apart by the texts of their values.
bool differ(const SweepAxis& axis, Problems& problems) {
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    const std::string text = axis_text(axis.values[i]);
    const auto [first, is_new] = seen.emplace(folder_text(text), i);
    if (is_new) continue;
    const bool same = axis_text(axis.values[first->second]) == text;
    const std::string both = text::shown(axis.typed[first->second]) + " and " + text::shown(axis.typed[i]);
    problems.push_back(
        {"sweep", axis.values[i].where,
         "sweep: '" + axis.key + "': " + both +
             (same ? " are the same value" : " would give two runs one name, '" + first->first + "'"),
         same ? "give one of them" : "such a name has letters, digits and ._+- only"});
    return false;
  }
  return true;
}

/// Every point so far once with each value of the axis.
std::vector<SweepPoint> extended(const std::vector<SweepPoint>& points, const SweepAxis& axis) {
  std::vector<SweepPoint> out;
  for (const SweepPoint& point : points) {
    for (const Value& value : axis.values) {
      SweepPoint next = point;
      next.overrides.push_back(point_override(axis, value));
      next.name += (next.name.empty() ? "" : ",") + folder_text(last_part(axis.key)) + "=" +
                   folder_text(axis_text(value));
      out.push_back(std::move(next));
    }
  }
  return out;
}

/// The paths of the tables that a path leads through: "a" and "a.b" for "a.b.c". Deeper paths are refused
/// elsewhere.
std::vector<std::string> tables_above(const std::string& key) {
  std::vector<std::string> out;
  for (std::size_t dot = key.find('.'); dot != std::string::npos && out.size() < toml_text::deepest;
       dot = key.find('.', dot + 1))
    out.push_back(key.substr(0, dot));
  return out;
}

/// A parameter may be named with and without "params.".
void check_same(const std::vector<SweepAxis>& axes, Problems& problems) {
  std::map<std::string, const SweepAxis*> seen;
  for (const SweepAxis& axis : axes) {
    const auto [first, is_new] = seen.emplace(without_params(axis.key), &axis);
    if (!is_new)
      problems.push_back({"sweep", axis.where,
                          "sweep: '" + axis.key + "' and '" + first->second->key + "' are the same parameter",
                          "give one of them"});
  }
}

/// A run would have what one of them sets, and lose the other.
void check_nested(const std::vector<SweepAxis>& axes, const std::vector<Override>& given,
                  Problems& problems) {
  std::map<std::string, const SweepAxis*> swept;
  std::set<std::string> set;
  for (const SweepAxis& axis : axes) swept.emplace(axis.key, &axis);
  for (const Override& one : given)
    if (one.key != "sweep" && !one.key.starts_with("sweep.")) set.insert(one.key);
  const auto report = [&](const SweepAxis& axis, const std::string& part, const std::string& whole,
                          const char* how) {
    problems.push_back({"sweep", axis.where,
                        "sweep: '" + part + "' is a part of '" + whole + "', which is " + how + " too",
                        "give one of them; --set 'sweep." + axis.key + "=[]' takes this axis away"});
  };
  for (const SweepAxis& axis : axes) {
    for (const std::string& table : tables_above(axis.key)) {
      if (swept.contains(table)) report(axis, axis.key, table, "swept");
      if (set.contains(table)) report(axis, axis.key, table, "set");
    }
  }
  for (const std::string& key : set) {
    for (const std::string& table : tables_above(key)) {
      const auto axis = swept.find(table);
      if (axis != swept.end()) report(*axis->second, key, table, "swept");
    }
  }
}

}  // namespace

Override point_override(const SweepAxis& axis, const Value& value) {
  Override out;
  out.key = axis.key;
  out.text = value_text(value);
  out.value = value.clone();
  return out;
}

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
      const bool typed = axis.value.where.line == 0;  // on the command line
      problems.push_back({"sweep", axis.value.where,
                          "sweep: '" + axis.key + "' takes a list of values, not " + axis.value.toml(),
                          typed ? "write --set 'sweep." + axis.key + "=[VALUE, VALUE]'"
                                : "write \"" + axis.key + "\" = [VALUE, VALUE]"});
      continue;
    }
    axes.push_back({axis.key, axis.where, *values, {}});
    for (const Value& value : *values) axes.back().typed.push_back(value.toml());
  }
  return axes;
}

bool use_unit(const std::string& unit, Array& values) {
  bool found = false;
  for (Value& value : values) {
    const auto* text = value.get_if<std::string>();
    if (auto* list = std::get_if<Array>(&value.data)) {
      found = use_unit(unit, *list) || found;
    } else if (const auto time = text::duration_in(text != nullptr ? *text : "", unit)) {
      value.data = *time;
      found = true;
    }
  }
  return found;
}

std::string axis_text(const Value& value) {
  std::string text = value_text(value);
  if (value.get_if<double>() != nullptr && text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::vector<std::string> axis_names(const std::vector<std::string>& keys) {
  std::vector<std::string> names;
  for (const std::string& key : keys) {
    const auto same = std::ranges::count(keys, last_part(key), last_part);
    names.push_back(same > 1 ? key : last_part(key));
    std::ranges::replace(names.back(), '.', '_');
  }
  return names;
}

std::vector<SweepPoint> sweep_points(const std::vector<SweepAxis>& axes, const std::vector<Override>& given,
                                     Problems& problems) {
  check_same(axes, problems);
  check_nested(axes, given, problems);
  std::vector<const SweepAxis*> free;
  for (const SweepAxis& axis : axes) {
    const bool pinned = std::any_of(given.begin(), given.end(), [&](const Override& one) {
      return without_params(one.key) == without_params(axis.key);
    });
    if (pinned) continue;
    if (!fit_a_name(axis, problems) || !differ(axis, problems)) return {};
    free.push_back(&axis);
  }
  if (are_too_many(free)) {
    problems.push_back({"sweep", free.front()->where,
                        "sweep: " + product_text(free) + " runs, more than " + std::to_string(most_points),
                        "--set gives an axis one value"});
    return {};
  }
  std::vector<SweepPoint> points(1);
  for (const SweepAxis* axis : free) points = extended(points, *axis);
  for (const SweepPoint& point : points) {
    if (point.name.size() > longest_point) {
      problems.push_back({"sweep",
                          axes.front().where,
                          "sweep: the folder of a run would be called '" + text::shown(point.name) +
                              "', a name of " + std::to_string(point.name.size()) + " bytes; " +
                              std::to_string(longest_point) + " are possible",
                          {}});
      return {};
    }
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
