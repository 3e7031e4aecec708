// Options declared once, bound to a struct member. From the one declaration come parsing, validation,
// `ipet inspect` and the reference.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "pipeline/sdk/description.hpp"

namespace ipet {

/// An option value that names a component: `model = "lstm"`, or `model = { name = "lstm", width = 64 }` with
/// options of the component's own.
template <Named Interface>
struct Component {
  std::string name;
  std::string options;                     ///< the component's options as a TOML table, defaults filled in
  std::shared_ptr<const Interface> value;  ///< created when the option was parsed
};

// Attributes of an option, given in any order after the member.
struct unit {
  std::string value;
  explicit unit(std::string v) : value(std::move(v)) {}
};
struct minimum {
  double value;
  explicit minimum(double v) : value(v) {}
};
struct maximum {
  double value;
  explicit maximum(double v) : value(v) {}
};
struct choices {
  std::vector<std::string> value;
  explicit choices(std::vector<std::string> v) : value(std::move(v)) {}
};
struct required {};

namespace detail {

inline void apply(OptionDescription& d, const unit& a) {
  d.unit = a.value;
}
inline void apply(OptionDescription& d, const minimum& a) {
  d.minimum = a.value;
}
inline void apply(OptionDescription& d, const maximum& a) {
  d.maximum = a.value;
}
inline void apply(OptionDescription& d, const choices& a) {
  d.choices = a.value;
}
inline void apply(OptionDescription& d, const required&) {
  d.required = true;
}
inline void apply(OptionDescription& d, const char* about) {
  d.about = about;
}

/// Reads one value as the declared type with range and choices; adds a problem and returns false when it does
/// not fit. `name` is "option 'omega'", `owner` is "stage 'windows'".
bool read(const Value& value, const OptionDescription& option, const std::string& owner, Problems& problems,
          bool& out);
bool read(const Value& value, const OptionDescription& option, const std::string& owner, Problems& problems,
          std::int64_t& out);
bool read(const Value& value, const OptionDescription& option, const std::string& owner, Problems& problems,
          double& out);
bool read(const Value& value, const OptionDescription& option, const std::string& owner, Problems& problems,
          std::string& out);
bool read_component(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource& source, Problems& problems, std::string& name, std::string& options,
                    std::shared_ptr<const void>& out);
void type_problem(const Value& value, const OptionDescription& option, const std::string& owner,
                  Problems& problems);
/// An integer that the member cannot hold (a negative number for a count, say).
void integer_problem(const Value& value, const OptionDescription& option, const std::string& owner,
                     Problems& problems);
/// Unknown keys, with the nearest name; missing required options. `component` is what has the options.
void check_names(const Value& table, const std::vector<OptionDescription>& options,
                 const std::string& component, const std::string& owner, Problems& problems);

template <class M>
struct OptionType;  // name(), write(member), parse(...)

template <class M, class Wide>
struct ScalarType {
  static Value write(const M& member) { return Value(Value::Data(static_cast<Wide>(member))); }
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource&, Problems& problems, M& member) {
    Wide wide{};
    if (!read(value, option, owner, problems, wide)) return false;
    if constexpr (std::same_as<Wide, std::int64_t>) {
      if (!std::in_range<M>(wide)) return integer_problem(value, option, owner, problems), false;
    }
    member = static_cast<M>(wide);
    return true;
  }
};

template <>
struct OptionType<bool> : ScalarType<bool, bool> {
  static std::string name() { return "bool"; }
};
template <class M>
requires(std::integral<M> && !std::same_as<M, bool>) struct OptionType<M> : ScalarType<M, std::int64_t> {
  static std::string name() { return "int"; }
};
template <class M>
requires std::floating_point<M>
struct OptionType<M> : ScalarType<M, double> {
  static std::string name() { return "float"; }
};
template <>
struct OptionType<std::string> : ScalarType<std::string, std::string> {
  static std::string name() { return "string"; }
};
template <>
struct OptionType<std::filesystem::path> {
  static std::string name() { return "path"; }
  static Value write(const std::filesystem::path& member) { return Value(Value::Data(member.string())); }
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource&, Problems& problems, std::filesystem::path& member) {
    std::string text;
    if (!read(value, option, owner, problems, text)) return false;
    member = text;
    return true;
  }
};
template <class M>
struct OptionType<std::vector<M>> {
  static std::string name() { return "list of " + OptionType<M>::name(); }
  static Value write(const std::vector<M>& member) {
    Array array;
    for (const M& element : member) array.push_back(OptionType<M>::write(element));
    return Value(Value::Data(std::move(array)));
  }
  /// A single value stands for a list of one.
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource& source, Problems& problems, std::vector<M>& member) {
    member.clear();
    const auto* array = value.get_if<Array>();
    bool good = true;
    auto one = [&](const Value& element) {
      M parsed{};
      good = OptionType<M>::parse(element, option, owner, source, problems, parsed) && good;
      member.push_back(std::move(parsed));
    };
    if (array == nullptr)
      one(value);
    else
      for (const Value& element : *array) one(element);
    return good;
  }
};
template <class Interface>
struct OptionType<Component<Interface>> {
  static std::string name() { return type_name_of<Interface>().name; }
  static Value write(const Component<Interface>& member) { return Value(Value::Data(member.name)); }
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource& source, Problems& problems, Component<Interface>& member) {
    std::shared_ptr<const void> erased;
    if (!read_component(value, option, owner, source, problems, member.name, member.options, erased))
      return false;
    member.value = std::static_pointer_cast<const Interface>(erased);
    return true;
  }
};

template <class M>
struct ComponentInterface {
  static std::optional<ComponentReference> get() { return std::nullopt; }
};
template <class Interface>
struct ComponentInterface<Component<Interface>> {
  static std::optional<ComponentReference> get() { return ComponentReference{type_name_of<Interface>()}; }
};
template <class M>
struct ComponentInterface<std::vector<M>> : ComponentInterface<M> {};

}  // namespace detail

/// Lets a check point at the option that is wrong.
class OptionPlaces {
 public:
  OptionPlaces(const Value& table, std::string owner, Problems& problems)
      : table_(table), owner_(std::move(owner)), problems_(problems) {}
  /// Adds "stage 'x': option 'name': message" at the option's place (or the table's, if it has its default).
  void problem(const std::string& option, const std::string& message, const std::string& hint = {}) const;

 private:
  const Value& table_;
  std::string owner_;
  Problems& problems_;
};

/// Declares the options of one struct. Used through StageBuilder and ComponentBuilder.
template <class O>
class OptionBinder {
 public:
  using Check = std::function<void(const O&, const OptionPlaces&)>;

  template <class M, class... Attributes>
  void add(std::string name, M O::*member, const Attributes&... attributes) {
    OptionDescription option;
    option.name = std::move(name);
    option.type = detail::OptionType<M>::name();
    option.fallback = detail::OptionType<M>::write(O{}.*member);
    option.component = detail::ComponentInterface<M>::get();
    (detail::apply(option, attributes), ...);
    options_.push_back(option);
    parsers_.push_back([option, member](const Value& value, const std::string& owner, ComponentSource& source,
                                        Problems& problems, O& out) {
      detail::OptionType<M>::parse(value, option, owner, source, problems, out.*member);
    });
  }

  void set_check(Check check) { check_ = std::move(check); }

  /// `component` is the name of the stage or component that has these options.
  [[nodiscard]] OptionSet build(const std::string& component) const {
    OptionSet set;
    set.options = options_;
    set.parse = [component, options = options_, parsers = parsers_, check = check_](
                    const Value& table, const std::string& owner, ComponentSource& source,
                    Problems& problems) -> Options {
      const std::size_t before = problems.size();
      auto out = std::make_shared<O>();
      detail::check_names(table, options, component, owner, problems);
      for (std::size_t i = 0; i < options.size(); ++i) {
        if (const Entry* entry = table.find(options[i].name)) {
          parsers[i](entry->value, owner, source, problems, *out);
        } else if (options[i].component && !options[i].required) {
          // A component's default must be found and created too.
          Value fallback = options[i].fallback;
          fallback.where = table.where;
          parsers[i](fallback, owner, source, problems, *out);
        }
      }
      if (problems.size() == before && check) check(*out, OptionPlaces(table, owner, problems));
      if (problems.size() != before) return nullptr;
      return out;
    };
    return set;
  }

 private:
  using Parser = std::function<void(const Value&, const std::string&, ComponentSource&, Problems&, O&)>;
  std::vector<OptionDescription> options_;
  std::vector<Parser> parsers_;
  Check check_;
};

/// For stages and components without options.
struct NoOptions {};

}  // namespace ipet
