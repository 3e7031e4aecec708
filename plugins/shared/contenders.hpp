// Defences that an option names: what those that are there several times are called, and what is wrong.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/definition/sweep.hpp"
#include "pipeline/definition/toml_reader.hpp"
#include "pipeline/sdk/options.hpp"
#include "stages/comparison/comparison_inputs.hpp"
#include "stages/defence/defence.hpp"

namespace ipet {

/// An option's value as text, of a component its name; "" where it is not given.
inline std::string option_text(const Value& options, const std::string& key) {
  const Entry* entry = options.find(key);
  if (entry == nullptr) return "";
  return entry->value.table() != nullptr ? option_text(entry->value, "name")
                                         : definition::axis_text(entry->value);
}

/// Names that are too few or too many; "" where they are not.
inline std::string wrong_count(std::size_t names, std::size_t defences) {
  if (names == 0 || names == defences) return {};
  return text::counted(names, "name") + " for " + text::counted(defences, "defence") +
         ": give one for each, or none";
}

/// "chorus imitator=renewal": the name, and those options that are not the same in all of that name.
/// `given`: names to use instead. Throws std::invalid_argument when these are too few or too many.
inline std::vector<std::string> contender_names(const std::vector<Component<defence::Defence>>& defences,
                                                const std::vector<std::string>& given) {
  if (const std::string wrong = wrong_count(given.size(), defences.size()); !wrong.empty())
    throw std::invalid_argument(wrong);
  if (!given.empty()) return given;
  std::vector<Value> options;
  for (const auto& defence : defences) {
    options.push_back(definition::parse_toml_value(defence.options).value_or(Value()));
    std::ranges::sort(*options.back().table(), {}, &Entry::key);
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < defences.size(); ++i) {
    std::string name = defences[i].name;
    for (const Entry& entry : *options[i].table()) {
      const std::string text = option_text(options[i], entry.key);
      bool differs = false;
      for (std::size_t j = 0; j < defences.size(); ++j)
        differs =
            differs || (defences[j].name == defences[i].name && option_text(options[j], entry.key) != text);
      if (differs) name += " " + entry.key + "=" + text;
    }
    names.push_back(std::move(name));
  }
  return names;
}

/// Always among the contenders, whether it is among the defences or not.
inline bool is_none(const Component<defence::Defence>& defence) {
  return defence.name == "none";
}

/// What is wrong with defences and their names: the option, and why; no reason where nothing is.
inline std::pair<std::string, std::string> wrong_contenders(
    const std::vector<Component<defence::Defence>>& defences, const std::vector<std::string>& names) {
  if (std::string wrong = wrong_count(names.size(), defences.size()); !wrong.empty())
    return {"names", std::move(wrong)};
  if (std::ranges::count_if(defences, is_none) > 1)
    return {"defences", "'none' is the name of two; 'none' stands for no defence"};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (is_none(defences[i]) && names[i] != "none")
      return {"names", "no defence is called 'none', not '" + names[i] + "'"};
  return {};
}

/// As ComparisonInputs has them. Throws as contender_names.
inline std::vector<comparison::Contender> contenders_of(
    const std::vector<Component<defence::Defence>>& defences, const std::vector<std::string>& given) {
  const std::vector<std::string> names = contender_names(defences, given);
  std::vector<comparison::Contender> contenders;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!is_none(defences[i])) contenders.push_back({names[i], defences[i].value});
  return contenders;
}

}  // namespace ipet
