#include "pipeline/sdk/options.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "pipeline/sdk/hint.hpp"
#include "pipeline/sdk/input_path.hpp"
#include "pipeline/text/duration.hpp"
#include "pipeline/text/shell.hpp"
#include "pipeline/text/shipped.hpp"

namespace ipet {
namespace detail {
namespace {

std::string begin_text(const std::string& owner, const OptionDescription& option) {
  return owner + ": option '" + option.name + "'";
}

/// A bound as the option's own values are written.
std::string bound_text(double bound, const OptionDescription& option) {
  if (option.type.ends_with("int") && std::floor(bound) == bound && std::abs(bound) < 1e15)
    return std::to_string(static_cast<std::int64_t>(bound));
  return Value(Value::Data(bound)).toml();
}

/// Whether it is a time, which may be written with another unit.
bool is_time(const OptionDescription& option) {
  return option.type.ends_with("float") && text::nanoseconds_of(option.unit).has_value();
}

std::string range_text(const OptionDescription& option) {
  const std::string unit = option.unit.empty() ? "" : " " + option.unit;
  if (option.minimum && option.maximum) {
    return "between " + bound_text(*option.minimum, option) + " and " + bound_text(*option.maximum, option) +
           unit;
  }
  if (option.minimum) return "at least " + bound_text(*option.minimum, option) + unit;
  return "at most " + bound_text(*option.maximum, option) + unit;
}

bool in_range(double number, const Value& value, const OptionDescription& option, const std::string& owner,
              Problems& problems) {
  const bool low = option.minimum && !(number >= *option.minimum);
  const bool high = option.maximum && !(number <= *option.maximum);
  if (!low && !high && std::isfinite(number)) return true;
  const bool bounded = option.minimum || option.maximum;
  const bool endless = !low && !high && !std::isnan(number);  // beyond a side that has no bound
  const std::string wanted = (endless   ? "finite"
                              : bounded ? ""
                                        : "a number") +
                             std::string(endless && bounded ? ", " : "") +
                             (bounded ? range_text(option) : "");
  report(problems, "option-range", value.where,
         begin_text(owner, option) + " is " + value.toml() + ", must be " + wanted);
  return false;
}

/// Of the option's unit, in nanoseconds.
double length_of(const OptionDescription& option) {
  const std::optional<double> length = text::nanoseconds_of(option.unit);
  if (!length) throw std::logic_error("option '" + option.name + "' is a time and declares no unit of time");
  return *length;
}

}  // namespace

void apply(OptionDescription& d, const unit& a) {
  d.unit = a.value;
}
void apply(OptionDescription& d, const minimum& a) {
  d.minimum = a.value;
}
void apply(OptionDescription& d, const maximum& a) {
  d.maximum = a.value;
}
void apply(OptionDescription& d, const choices<std::string>& a) {
  d.choices = a.value;
}
void apply(OptionDescription& d, const required&) {
  d.required = true;
}
void apply(OptionDescription& d, const passes_needs&) {
  d.passes_needs = true;
}
void apply(OptionDescription& d, const fallback& a) {
  d.fallback = value_of(a.value);
}
void apply(OptionDescription& d, const char* about) {
  d.about = about;
}

Value value_of(bool value) {
  return Value(Value::Data(value));
}
Value value_of(std::int64_t value) {
  return Value(Value::Data(value));
}
Value value_of(double value) {
  return Value(Value::Data(value));
}
Value value_of(std::string value) {
  return Value(Value::Data(std::move(value)));
}

void type_problem(const Value& value, const OptionDescription& option, const std::string& owner,
                  Problems& problems) {
  report(problems, "option-type", value.where,
         begin_text(owner, option) + " takes " + option.type + ", not " + std::string(value.type_text()) +
             " " + value.toml(),
         is_time(option) ? "a number in " + option.unit + ", or " + std::string(text::duration_examples)
                         : std::string());
}

void integer_problem(const Value& value, const OptionDescription& option, const std::string& owner,
                     Problems& problems) {
  report(problems, "option-range", value.where, begin_text(owner, option) + " cannot be " + value.toml());
}

std::optional<double> time_of(const Value& value, const OptionDescription& option) {
  const auto* text = value.get_if<std::string>();
  if (text == nullptr || !is_time(option)) return std::nullopt;
  return text::duration_in(*text, option.unit);
}

bool no_empty_path(const Value& value, const OptionDescription& option, const std::string& owner,
                   Problems& problems) {
  report(problems, "option-value", value.where,
         begin_text(owner, option) + " is an empty path, and names what is to be read");
  return false;
}

bool read(const Value& value, const OptionDescription& option, const std::string& owner, Problems& problems,
          bool& out) {
  const bool* flag = value.get_if<bool>();
  if (flag == nullptr) return type_problem(value, option, owner, problems), false;
  out = *flag;
  return true;
}

bool read(const Value& value, const OptionDescription& option, const std::string& owner, Problems& problems,
          std::int64_t& out) {
  const std::int64_t* integer = value.get_if<std::int64_t>();
  if (integer == nullptr) return type_problem(value, option, owner, problems), false;
  out = *integer;
  return in_range(static_cast<double>(out), value, option, owner, problems);
}

bool read(const Value& value, const OptionDescription& option, const std::string& owner, Problems& problems,
          double& out) {
  if (const double* number = value.get_if<double>())
    out = *number;
  else if (const std::int64_t* integer = value.get_if<std::int64_t>())
    out = static_cast<double>(*integer);
  else if (const std::optional<double> time = time_of(value, option))
    out = *time;
  else
    return type_problem(value, option, owner, problems), false;
  return in_range(out, value, option, owner, problems);
}

bool read_nanoseconds(const Value& value, const OptionDescription& option, const std::string& owner,
                      Problems& problems, std::int64_t& out) {
  double number = 0;
  if (!read(value, option, owner, problems, number)) return false;
  const double nanoseconds = std::round(number * length_of(option));
  if (!(std::abs(nanoseconds) < 0x1p63)) return integer_problem(value, option, owner, problems), false;
  out = static_cast<std::int64_t>(nanoseconds);
  return true;
}

double in_unit(std::int64_t nanoseconds, const OptionDescription& option) {
  return static_cast<double>(nanoseconds) / length_of(option);
}

std::int64_t chosen(const std::string& word, const OptionDescription& option) {
  const auto at = std::find(option.choices.begin(), option.choices.end(), word) - option.choices.begin();
  if (static_cast<std::size_t>(at) < option.choice_values.size()) return option.choice_values[at];
  throw std::logic_error("option '" + option.name + "' declares no value for '" + word + "'");
}

std::string word_of(std::int64_t value, const OptionDescription& option) {
  const auto found = std::find(option.choice_values.begin(), option.choice_values.end(), value);
  if (found != option.choice_values.end()) return option.choices[found - option.choice_values.begin()];
  throw std::logic_error("option '" + option.name + "' declares no word for its default");
}

bool read(const Value& value, const OptionDescription& option, const std::string& owner, Problems& problems,
          std::string& out) {
  const std::string* text = value.get_if<std::string>();
  if (text == nullptr) return type_problem(value, option, owner, problems), false;
  out = *text;
  if (option.type.ends_with("path")) {  // a list of them too
    const std::optional<std::string> expanded = text::with_home(out);
    if (!expanded) {
      report(problems, "option-value", value.where, begin_text(owner, option) + ": " + text::home_fault(out));
      return false;
    }
    out = option.type.find("input") == std::string::npos ? *expanded : text::with_shipped(*expanded);
  }
  if (option.choices.empty() || std::ranges::find(option.choices, out) != option.choices.end()) {
    return true;
  }
  report(problems, "option-choice", value.where, begin_text(owner, option) + " is " + value.toml(),
         misspelt_hint(out, option.choices, "choices: "));
  return false;
}

bool read_component(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource& source, Problems& problems, std::string& name, std::string& options,
                    std::shared_ptr<const void>& out) {
  Value table;  // the component's own options: all but `name`
  table.where = value.where;
  Place where = value.where;
  if (const auto* text = value.get_if<std::string>()) {
    name = *text;
  } else if (const Entry* entry = value.find("name");
             entry != nullptr && entry->value.get_if<std::string>() != nullptr) {
    name = *entry->value.get_if<std::string>();
    where = entry->value.where;
    for (const Entry& other : *value.table()) {
      if (other.key != "name") table.table()->push_back(other);
    }
  } else {
    report(problems, "option-type", value.where,
           begin_text(owner, option) + " takes the name of a " + option.type +
               ", or a table with `name` and its options, not " + value.toml());
    return false;
  }
  const ComponentDescription* component =
      source.find_component(option.component->interface, name, where, problems);
  if (component == nullptr) return false;
  const std::string inner = owner + ": " + option.name + " '" + name + "'";
  const Options parsed = component->options.parse(table, inner, source, problems);
  if (!parsed) return false;
  Value complete;
  for (const OptionDescription& own : component->options.options) {
    const Entry* given = table.find(own.name);
    complete.table()->push_back({own.name, {}, given != nullptr ? given->value : own.fallback});
  }
  options = complete.toml();
  out = component->create(parsed.get());
  return true;
}

void check_names(const Value& table, const std::vector<OptionDescription>& options,
                 const std::string& component, const std::string& owner, Problems& problems) {
  std::vector<std::string> names;
  for (const OptionDescription& option : options) names.push_back(option.name);
  std::sort(names.begin(), names.end());
  for (const Entry& entry : *table.table()) {
    if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
    const std::string hint = names.empty() ? component + " takes no options"
                                           : misspelt_hint(entry.key, names, component + " has: ");
    report(problems, "unknown-option", entry.where, owner + ": no option '" + entry.key + "'", hint);
  }
  for (const OptionDescription& option : options) {
    if (option.required && table.find(option.name) == nullptr) {
      report(problems, "missing-option", table.where, begin_text(owner, option) + " is required",
             option.about);
    }
  }
}

void OptionTable::add(OptionDescription option, std::ptrdiff_t offset, Parser parser) {
  options_.push_back(std::move(option));
  members_.push_back({offset, parser});
}

OptionSet OptionTable::build(const std::string& component, Make make) const {
  OptionSet set;
  set.options = options_;
  set.parse = [component, make, options = options_, members = members_, check = check_](
                  const Value& table, const std::string& owner, ComponentSource& source,
                  Problems& problems) -> Options {
    const std::size_t before = problems.size();
    const std::shared_ptr<void> out = make();
    check_names(table, options, component, owner, problems);
    for (std::size_t i = 0; i < options.size(); ++i) {
      const auto read = [&](const Value& value) {
        members[i].parse(value, options[i], owner, source, problems,
                         static_cast<char*>(out.get()) + members[i].offset);
      };
      if (const Entry* entry = table.find(options[i].name)) {
        read(entry->value);
      } else if (options[i].component && !options[i].required) {
        // A component's default must be found and created too.
        Value fallback = options[i].fallback;
        fallback.where = table.where;
        read(fallback);
      }
    }
    if (problems.size() == before && check) check(out.get(), OptionPlaces(table, owner, problems));
    if (problems.size() != before) return nullptr;
    return out;
  };
  return set;
}

}  // namespace detail

void OptionPlaces::problem(const std::string& option, const std::string& message,
                           const std::string& hint) const {
  const Entry* entry = table_.find(option);
  report(problems_, "option-value", entry != nullptr ? entry->value.where : table_.where,
         owner_ + ": option '" + option + "': " + message, hint);
}

}  // namespace ipet
