#include "pipeline/definition/references.hpp"

#include <algorithm>

#include "pipeline/definition/limits.hpp"
#include "pipeline/sdk/hint.hpp"
#include "pipeline/text/lists.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/text/wrapping.hpp"

namespace ipet::definition {
namespace {

/// The place of `length` bytes at `offset` of a string. Known exactly when the string stands in the file as
/// it is, between two quotes; otherwise the whole string.
Place part_of(const Value& value, std::size_t offset, std::size_t length) {
  const auto& text = *value.get_if<std::string>();
  Place where = value.where;
  if (where.line == 0 || where.length != text.size() + 2) return where;
  where.column += static_cast<std::uint32_t>(offset + 1);
  where.length = static_cast<std::uint32_t>(length);
  return where;
}

/// How a value reads inside a longer string.
std::string scalar_text(const Value& value) {
  const auto* text = value.get_if<std::string>();
  return text != nullptr ? *text : value.toml();
}

bool is_list(const Value& value) {
  return value.get_if<Array>() != nullptr;
}
bool is_scalar(const Value& value) {
  return !is_list(value) && value.table() == nullptr;
}

}  // namespace

References::References(std::vector<Parameter>& parameters, Value& run, Problems& problems)
    : problems_(problems) {
  for (Parameter& parameter : parameters) {
    Source source;
    source.value = parameter.value && !parameter.type.empty() ? &*parameter.value : nullptr;
    source.parameter = &parameter;
    sources_["params." + parameter.name] = source;
  }
  for (Entry& entry : *run.table()) sources_["run." + entry.key] = {&entry.value, nullptr};
}

void References::resolve_sources() {
  for (auto& [name, source] : sources_) resolve_source(name, source);
}

bool References::resolve_source(const std::string& name, Source& source) {
  using State = Source::State;
  if (source.state == State::done) return true;
  if (source.state == State::broken) return false;
  if (source.value == nullptr) {
    source.state = State::broken;
    return false;
  }
  source.state = State::busy;
  busy_.push_back(name);
  bool good = resolve_below(*source.value);
  busy_.pop_back();
  if (good && source.parameter != nullptr)
    good = check_parameter(*source.parameter, *source.value, problems_);
  source.state = good ? State::done : State::broken;
  return good;
}

bool References::resolve_below(Value& value) {
  if (problems_.size() > most_problems) return false;
  bool good = true;
  if (value.get_if<std::string>() != nullptr) {
    good = resolve_string(value);
    if (!good) broken_.push_back(value.where);
  } else if (auto* array = std::get_if<Array>(&value.data)) {
    good = resolve_elements(*array);
  } else if (Table* table = value.table()) {
    for (Entry& entry : *table) good = resolve_below(entry.value) && good;
  }
  return good;
}

/// An element that stands for a list becomes that list's elements.
bool References::resolve_elements(Array& array) {
  bool good = true;
  Array out;
  out.reserve(array.size());
  for (Value& element : array) {
    const bool text = element.get_if<std::string>() != nullptr;
    good = resolve_below(element) && good;
    auto* list = text ? std::get_if<Array>(&element.data) : nullptr;
    if (list == nullptr)
      out.push_back(std::move(element));
    else
      std::ranges::move(*list, std::back_inserter(out));
  }
  array = std::move(out);
  return good;
}

bool References::resolve_string(Value& value) {
  const std::string text = *value.get_if<std::string>();
  std::string out;
  std::size_t done = 0;
  bool good = true;
  for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", done)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) {
      report(problems_, "reference", part_of(value, at, text.size() - at), "'${' without '}'");
      return false;
    }
    const Place where = part_of(value, at, end + 1 - at);
    const std::string name = text.substr(at + 2, end - at - 2);
    out += text.substr(done, at - done);
    done = end + 1;
    const bool whole = at == 0 && done == text.size();
    const Value* found = find(name, where);
    if (found == nullptr) {
      good = false;
    } else if (!is_scalar(*found) && !(whole && is_list(*found))) {
      report(problems_, "reference", where,
             "${" + name + "} is " + std::string(found->type_text()) + ", not one value",
             is_list(*found) ? "a list takes the whole string: \"${" + name + "}\"" : "");
      good = false;
    } else if (!takes(scalar_text(*found).size(), out.size(), where)) {
      return false;
    } else if (whole) {
      value.data = found->clone().data;  // a whole-string reference keeps its type
      return true;
    } else {
      out += scalar_text(*found);
    }
  }
  if (good && done != 0) value.data = out + text.substr(done);
  return good;
}

/// Parameters that name others twice each grow exponentially.
bool References::takes(std::size_t more, std::size_t have, const Place& where) {
  taken_ += more;
  const bool one = more + have > longest_text;
  if (!one && taken_ <= most_text) return true;
  report(
      problems_, "too-long", where,
      one ? "the string has more than " + std::to_string(longest_text) + " bytes with its ${...} replaced"
          : "the strings have more than " + std::to_string(most_text) + " bytes with their ${...} replaced");
  return false;
}

const Value* References::find(const std::string& name, const Place& where) {
  const auto found = sources_.find(name);
  if (found == sources_.end()) {
    report_unknown(name, where);
    return nullptr;
  }
  if (found->second.state == Source::State::busy) {
    report_cycle(name, where);
    return nullptr;
  }
  if (busy_.size() >= deepest_reference && found->second.state == Source::State::unseen) {
    report(problems_, "reference", where,
           "references of more than " + std::to_string(deepest_reference) + " levels");
    return nullptr;
  }
  return resolve_source(name, found->second) ? found->second.value : nullptr;
}

void References::report_unknown(const std::string& name, const Place& where) {
  constexpr std::size_t most_named = 30;
  const auto names = text::mapped(sources_, [](const auto& source) { return source.first; });
  const std::string near = nearest(name, names);
  const std::string hint = (near.empty() ? "" : "did you mean '${" + near + "}'?  ") +
                           "there are: " + text::named(names, most_named);
  if (name.rfind("params.", 0) == 0)
    report(problems_, "unknown-param", where, "no parameter '" + text::shown(name.substr(7)) + "'", hint);
  else
    report(problems_, "unknown-reference", where, "'${" + text::shown(name) + "}' names nothing", hint);
}

void References::report_cycle(const std::string& name, const Place& where) {
  std::string chain;
  for (auto i = std::ranges::find(busy_, name); i != busy_.end(); ++i) chain += "${" + *i + "} -> ";
  report(problems_, "reference-cycle", where, "references go in a circle: " + chain + "${" + name + "}");
}

}  // namespace ipet::definition
