// ${params.x} and ${run.x} in the strings of a definition. Replaced in values after parsing, never in text.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "pipeline/definition/parameters.hpp"

namespace ipet::definition {

/// Resolves references. What a reference names is itself resolved first; cycles are found.
class References {
 public:
  /// `run` is the table [run], resolved in place.
  References(std::vector<Parameter>& parameters, Value& run, Problems& problems);

  /// Resolves every parameter and [run].
  void resolve_sources();
  /// Resolves all strings below `value`.
  void resolve(Value& value) { resolve_below(value); }
  /// Values that hold a reference that could not be resolved.
  [[nodiscard]] const std::vector<Place>& broken() const { return broken_; }

 private:
  struct Source {
    Value* value = nullptr;  ///< null: has no value, which was reported
    const Parameter* parameter = nullptr;
    enum class State { unseen, busy, done, broken } state = State::unseen;
  };

  bool resolve_source(const std::string& name, Source& source);
  bool resolve_below(Value& value);
  bool resolve_elements(Array& array);
  bool resolve_string(Value& value);
  const Value* find(const std::string& name, const Place& where);
  bool takes(std::size_t more, std::size_t have, const Place& where);
  void report_unknown(const std::string& name, const Place& where);
  void report_cycle(const std::string& name, const Place& where);

  Problems& problems_;
  std::map<std::string, Source> sources_;  ///< by "params.x", "run.x"
  std::vector<std::string> busy_;
  std::vector<Place> broken_;
  std::size_t taken_ = 0;  ///< bytes that stand for references
};

}  // namespace ipet::definition
