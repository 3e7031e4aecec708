// What defences that may be there several times, with other options, are called.
#pragma once

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <toml++/toml.h>

#include "pipeline/sdk/options.hpp"
#include "plugins/evaluation/toml_text.hpp"
#include "stages/defence/defence.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet {

/// The value of an option as text; of a component its name.
inline std::string text_of(const toml::node* value) {
  if (value == nullptr) return "";
  if (const auto* table = value->as_table(); table != nullptr) return text_of(table->get("name"));
  if (const auto* number = value->as_floating_point()) return traffic::number_text(number->get());
  return toml_text(*value);
}

/// "chorus imitator=renewal": the name, and those options that are not the same in all of that name.
/// `given`: names to use instead. Throws std::invalid_argument when these are too few or too many.
inline std::vector<std::string> contender_names(const std::vector<Component<defence::Defence>>& defences,
                                                const std::vector<std::string>& given) {
  if (!given.empty() && given.size() != defences.size())
    throw std::invalid_argument("there are " + std::to_string(defences.size()) + " defences, but " +
                                std::to_string(given.size()) + " names");
  if (!given.empty()) return given;
  std::vector<toml::table> options;
  for (const auto& defence : defences)
    options.push_back(defence.options.empty() ? toml::table()
                                              : *toml::parse("v = " + defence.options)["v"].as_table());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < defences.size(); ++i) {
    std::string name = defences[i].name;
    for (const auto& [key, value] : options[i]) {
      bool differs = false;
      for (std::size_t j = 0; j < defences.size(); ++j)
        differs = differs || (defences[j].name == defences[i].name &&
                              text_of(options[j].get(key.str())) != text_of(&value));
      if (differs) name += " " + std::string(key.str()) + "=" + text_of(&value);
    }
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace ipet
