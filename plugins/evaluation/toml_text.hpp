// Values of a pipeline file as one line of TOML, numbers in their shortest form: toml++ itself writes 0.1 as
// 0.10000000000000001 where the compiler cannot.
#pragma once

#include <string>

#include <toml++/toml.h>

#include "pipeline/sdk/value.hpp"

namespace ipet {

/// As the runtime sees it.
inline Value value_of(const toml::node& node) {
  if (const auto* table = node.as_table()) {
    Value made;
    for (const auto& [key, value] : *table)
      made.table()->push_back({std::string(key.str()), {}, value_of(value)});
    return made;
  }
  if (const auto* array = node.as_array()) {
    Array made;
    for (const toml::node& value : *array) made.push_back(value_of(value));
    return Value(Value::Data(std::move(made)));
  }
  if (const auto flag = node.as_boolean()) return Value(Value::Data(flag->get()));
  if (const auto integer = node.as_integer()) return Value(Value::Data(integer->get()));
  if (const auto number = node.as_floating_point()) return Value(Value::Data(number->get()));
  return Value(Value::Data(node.value_or(std::string())));
}

/// "0.1", "[1, 2]", "{ name = \"lstm\" }"; of a string the text itself.
inline std::string toml_text(const toml::node& node) {
  if (const auto text = node.as_string()) return text->get();
  return value_of(node).toml();
}

}  // namespace ipet
