// What a plugin declares about its stages and components, free of types: the runtime wires, checks, documents
// and creates from these alone. Their special members are in catalog.cpp: every plugin would compile them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/sdk/context.hpp"
#include "pipeline/sdk/message.hpp"
#include "pipeline/sdk/stage.hpp"
#include "pipeline/sdk/value.hpp"

namespace ipet {

/// Turns a stream into the whole value that a whole input wants.
struct Collector {
  TypeName element;  ///< of the stream
  std::function<std::unique_ptr<Partial>()> begin;
  std::function<void(Partial&, const Message&)> add;
  std::function<void(Partial&, Partial&)> merge;
  std::function<Message(Partial&)> finish;
};

struct InputDescription {
  std::string name;
  std::vector<TypeName> types;  ///< accepted message types; a whole port has exactly one
  bool whole = false;           ///< wants one complete value instead of a stream
  bool optional = false;
  std::optional<Collector> collector;  ///< of a whole port whose type gathers a stream
  std::string about;
  std::optional<Collector> single =
      std::nullopt;  ///< of a whole port: a stream that carries the value itself
  /// "defence 'ipet'": which component of the stage needs it; empty for what the stage itself reads.
  std::string needed_by = {};

  /// What makes one value of a stream of `element`; null when the port takes no such stream.
  [[nodiscard]] const Collector* collector_of(const TypeName& element) const {
    for (const auto* each : {&collector, &single})
      if (*each && (*each)->element == element) return &**each;
    return nullptr;
  }
};

struct OutputDescription {
  std::string name;
  TypeName type;
  bool whole = false;  ///< tasks and folds give whole values, all other forms streams
  std::string about;
};

/// For an option that names a component (a fingerprinting model, a defence).
struct ComponentReference {
  TypeName interface;
};

struct OptionDescription {
  OptionDescription();
  OptionDescription(const OptionDescription&);
  OptionDescription(OptionDescription&&) noexcept;
  OptionDescription& operator=(const OptionDescription&);
  OptionDescription& operator=(OptionDescription&&) noexcept;
  ~OptionDescription();

  std::string name;
  std::string type;   ///< "bool", "int", "float", "string", "path", "list of float", "fingerprint_model" ...
  std::string unit;   ///< may be empty
  std::string about;  ///< one line
  Value fallback;     ///< the default
  bool required = false;
  std::optional<double> minimum, maximum;
  std::vector<std::string> choices;
  std::vector<std::int64_t> choice_values;  ///< of an enumeration: what each of the choices stands for
  std::optional<ComponentReference> component;
  bool passes_needs = false;  ///< what the component needs becomes an input of the stage
};

struct ComponentDescription;

/// Finds components for options that name one; given by the runtime.
class ComponentSource {
 public:
  virtual ~ComponentSource() = default;
  /// Null when there is none of that name and interface; adds the problem itself, at `where`.
  virtual const ComponentDescription* find_component(const TypeName& interface, const std::string& name,
                                                     const Place& where, Problems& problems) = 0;
};

/// Parsed options of one stage or component: a pointer to the author's option struct.
using Options = std::shared_ptr<const void>;

struct OptionSet {
  OptionSet();
  OptionSet(const OptionSet&);
  OptionSet(OptionSet&&) noexcept;
  OptionSet& operator=(const OptionSet&);
  OptionSet& operator=(OptionSet&&) noexcept;
  ~OptionSet();

  std::vector<OptionDescription> options;
  /// Parses a table. Every problem found is added; null when there was one. `owner` begins each message
  /// ("stage 'x'").
  std::function<Options(const Value& table, const std::string& owner, ComponentSource&, Problems&)> parse;
};

struct StageDescription {
  StageDescription();
  StageDescription(const StageDescription&);
  StageDescription(StageDescription&&) noexcept;
  StageDescription& operator=(const StageDescription&);
  StageDescription& operator=(StageDescription&&) noexcept;
  ~StageDescription();

  std::string name;
  Form form = Form::task;
  std::string about;
  std::vector<InputDescription> inputs;
  std::vector<OutputDescription> outputs;
  OptionSet options;
  /// Needs of its components that the stage meets itself: no inputs.
  std::vector<InputDescription> meets;
  /// Checks that touch the machine (files, space). May be empty.
  std::function<void(const void* options, const Place& where, Problems&)> check_environment;
  std::function<std::unique_ptr<Stage>(const void* options, StageContext&)> create;
  bool reads_inputs_again = false;  ///< a sink: opens the files that the sources above it have read
};

struct ComponentDescription {
  ComponentDescription();
  ComponentDescription(const ComponentDescription&);
  ComponentDescription(ComponentDescription&&) noexcept;
  ComponentDescription& operator=(const ComponentDescription&);
  ComponentDescription& operator=(ComponentDescription&&) noexcept;
  ~ComponentDescription();

  std::string name;
  TypeName interface;
  std::string about;
  OptionSet options;
  std::vector<InputDescription> needs;  ///< whole values, beside the options
  std::string former_name;              ///< understood as well, with a warning; may be empty
  std::function<std::shared_ptr<const void>(const void* options)> create;
};

/// A verb of the command line: `ipet NAME FILE` runs the file live, until it is told to end.
struct VerbDescription {
  std::string name;
  std::string stage;  ///< which the file must have, once
  std::string about;  ///< one line
};

}  // namespace ipet
