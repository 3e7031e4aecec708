// Options declared once, bound to a struct member. From the one declaration come parsing, validation,
// `ipet inspect` and the reference.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
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
/// The words that the option takes, of a text: `choices({"near", "far"})`; or of an enumeration, with the
/// value that each stands for: `choices<Clock>({{"near", Clock::near}, {"far", Clock::far}})`, or
/// `choices(clock_names)` with an array of such pairs, which then has the words for reports too.
template <class E = std::string>
struct choices {
  std::vector<std::pair<std::string, E>> value;
  explicit choices(std::initializer_list<std::pair<std::string_view, E>> pairs) {
    for (const auto& [name, each] : pairs) value.emplace_back(name, each);
  }
  template <std::ranges::range Pairs>
  explicit choices(const Pairs& pairs) {
    for (const auto& [name, each] : pairs) value.emplace_back(name, each);
  }
};
template <>
struct choices<std::string> {
  std::vector<std::string> value;
  choices(std::initializer_list<const char*> names) : value(names.begin(), names.end()) {}
};
choices(std::initializer_list<const char*>)->choices<std::string>;
template <std::ranges::range Pairs>
choices(const Pairs&) -> choices<typename std::ranges::range_value_t<Pairs>::second_type>;
struct required {};
/// Of an option that names components: what they need (ComponentBuilder::needs) become inputs of the stage,
/// or of a component, needs of its own. The author hands them on (StageContext::component_inputs).
struct passes_needs {};
/// The component that is taken where none is named, for a member that holds the component itself.
struct fallback {
  std::string value;
  explicit fallback(std::string v) : value(std::move(v)) {}
};

/// A member of a member: `within(&Options::lines, &LineOptions::split)`; as deep as it takes.
template <class Outer, class I, class M>
struct Within {
  Outer outer;
  M I::*inner;
};
template <class Outer, class I, class M>
constexpr Within<Outer, I, M> within(Outer outer, M I::*inner) {
  return {outer, inner};
}
template <class Outer, class I, class M, class... Deeper>
constexpr auto within(Outer outer, M I::*inner, Deeper... deeper) {
  return within(within(outer, inner), deeper...);
}

namespace detail {

void apply(OptionDescription& d, const unit& a);
void apply(OptionDescription& d, const minimum& a);
void apply(OptionDescription& d, const maximum& a);
void apply(OptionDescription& d, const choices<std::string>& a);
template <class E>
void apply(OptionDescription& d, const choices<E>& a) {
  for (const auto& [name, value] : a.value) {
    d.choices.push_back(name);
    d.choice_values.push_back(static_cast<std::int64_t>(value));
  }
}
void apply(OptionDescription& d, const required&);
void apply(OptionDescription& d, const passes_needs&);
void apply(OptionDescription& d, const fallback& a);
void apply(OptionDescription& d, const char* about);

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
/// "100 ms" for an option in "s" is 0.1; nothing where the value is no text of a time, or the option no time.
std::optional<double> time_of(const Value& value, const OptionDescription& option);
void type_problem(const Value& value, const OptionDescription& option, const std::string& owner,
                  Problems& problems);
/// What a time in the option's unit is in nanoseconds; a problem where that is more than 292 years.
bool read_nanoseconds(const Value& value, const OptionDescription& option, const std::string& owner,
                      Problems& problems, std::int64_t& out);
/// Nanoseconds in the option's unit. Throws std::logic_error when it has none of time.
double in_unit(std::int64_t nanoseconds, const OptionDescription& option);
/// The value of the enumeration that an option's word stands for, and the other way; throws std::logic_error
/// where the declaration has no word for a value.
std::int64_t chosen(const std::string& word, const OptionDescription& option);
std::string word_of(std::int64_t value, const OptionDescription& option);
/// An integer that the member cannot hold (a negative number for a count, say).
void integer_problem(const Value& value, const OptionDescription& option, const std::string& owner,
                     Problems& problems);
/// Unknown keys, with the nearest name; missing required options. `component` is what has the options.
void check_names(const Value& table, const std::vector<OptionDescription>& options,
                 const std::string& component, const std::string& owner, Problems& problems);

Value value_of(bool value);
Value value_of(std::int64_t value);
Value value_of(double value);
Value value_of(std::string value);

template <class M>
struct OptionType;  // name(), write(member, option), parse(...)

template <class M, class Wide>
struct ScalarType {
  static Value write(const M& member, const OptionDescription&) {
    return value_of(static_cast<Wide>(member));
  }
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
  static Value write(const std::filesystem::path& member, const OptionDescription&) {
    return value_of(member.string());
  }
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource&, Problems& problems, std::filesystem::path& member) {
    std::string text;
    if (!read(value, option, owner, problems, text)) return false;
    member = text;
    return true;
  }
};
template <class E>
requires std::is_enum_v<E>
struct OptionType<E> {
  static std::string name() { return "string"; }
  static Value write(const E& member, const OptionDescription& option) {
    return value_of(word_of(static_cast<std::int64_t>(member), option));
  }
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource&, Problems& problems, E& member) {
    std::string word;
    if (!read(value, option, owner, problems, word)) return false;
    member = static_cast<E>(chosen(word, option));
    return true;
  }
};
/// A number in the option's unit, or a text with its own: 0.1 or "100 ms".
template <class Rep, class Period>
struct OptionType<std::chrono::duration<Rep, Period>> {
  using Duration = std::chrono::duration<Rep, Period>;
  static std::string name() { return "float"; }
  static Value write(const Duration& member, const OptionDescription& option) {
    return value_of(in_unit(std::chrono::nanoseconds(member).count(), option));
  }
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource&, Problems& problems, Duration& member) {
    std::int64_t nanoseconds = 0;
    if (!read_nanoseconds(value, option, owner, problems, nanoseconds)) return false;
    member = std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(nanoseconds));
    return true;
  }
};
template <class M>
struct OptionType<std::vector<M>> {
  static std::string name() { return "list of " + OptionType<M>::name(); }
  static Value write(const std::vector<M>& member, const OptionDescription& option) {
    Array array;
    for (const M& element : member) array.push_back(OptionType<M>::write(element, option));
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
  static Value write(const Component<Interface>& member, const OptionDescription&) {
    return value_of(member.name);
  }
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource& source, Problems& problems, Component<Interface>& member) {
    std::shared_ptr<const void> erased;
    if (!read_component(value, option, owner, source, problems, member.name, member.options, erased))
      return false;
    member.value = std::static_pointer_cast<const Interface>(erased);
    return true;
  }
};

/// The component itself, where nobody needs its name; see `fallback`.
template <Named Interface>
struct OptionType<std::shared_ptr<const Interface>> {
  static std::string name() { return type_name_of<Interface>().name; }
  static Value write(const std::shared_ptr<const Interface>&, const OptionDescription&) {
    return value_of(std::string());
  }
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource& source, Problems& problems, std::shared_ptr<const Interface>& member) {
    Component<Interface> named;
    if (!OptionType<Component<Interface>>::parse(value, option, owner, source, problems, named)) return false;
    member = std::move(named.value);
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
template <class Interface>
struct ComponentInterface<std::shared_ptr<const Interface>> : ComponentInterface<Component<Interface>> {};
template <class M>
struct ComponentInterface<std::vector<M>> : ComponentInterface<M> {};

template <class O, class I, class M>
requires std::derived_from<O, I>
const M& member_of(const O& object, M I::*member) {
  return object.*member;
}
template <class O, class Outer, class I, class M>
const M& member_of(const O& object, const Within<Outer, I, M>& path) {
  return member_of(object, path.outer).*path.inner;
}

template <class M>
bool parse_member(const Value& value, const OptionDescription& option, const std::string& owner,
                  ComponentSource& source, Problems& problems, void* member) {
  return OptionType<M>::parse(value, option, owner, source, problems, *static_cast<M*>(member));
}

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

namespace detail {

/// The options of one struct, free of its type, so that no plugin compiles this for itself.
class OptionTable {
 public:
  /// Reads a value into the member, as parse_member does.
  using Parser = bool (*)(const Value&, const OptionDescription&, const std::string& owner, ComponentSource&,
                          Problems&, void* member);
  using Make = std::shared_ptr<void> (*)();  ///< the struct with its defaults
  using Check = std::function<void(const void* options, const OptionPlaces& at)>;

  /// `offset` is that of the member in the struct, in bytes.
  void add(OptionDescription option, std::ptrdiff_t offset, Parser parser);
  void set_check(Check check) { check_ = std::move(check); }
  /// `component` is the name of the stage or component that has these options.
  [[nodiscard]] OptionSet build(const std::string& component, Make make) const;

 private:
  struct Member {
    std::ptrdiff_t offset;
    Parser parse;
  };
  std::vector<OptionDescription> options_;
  std::vector<Member> members_;
  Check check_;
};

}  // namespace detail

/// Declares the options of one struct. Used through StageBuilder and ComponentBuilder.
template <class O>
class OptionBinder {
 public:
  /// `member` is a pointer to a member of O or of a base of it, or what `within` gives.
  template <class Member, class... Attributes>
  void add(std::string name, Member member, const Attributes&... attributes) {
    const auto& preset = detail::member_of(defaults_, member);
    using M = std::remove_cvref_t<decltype(preset)>;
    OptionDescription option;
    option.name = std::move(name);
    option.type = detail::OptionType<M>::name();
    option.component = detail::ComponentInterface<M>::get();
    (detail::apply(option, attributes), ...);
    if constexpr (!(std::same_as<Attributes, ipet::fallback> || ...))
      option.fallback = detail::OptionType<M>::write(preset, option);
    const auto address = [](const auto& object) { return reinterpret_cast<const char*>(&object); };
    table_.add(std::move(option), address(preset) - address(defaults_), &detail::parse_member<M>);
  }

  template <std::invocable<const O&, const OptionPlaces&> Check>
  void set_check(Check check) {
    table_.set_check(
        [check](const void* options, const OptionPlaces& at) { check(*static_cast<const O*>(options), at); });
  }

  [[nodiscard]] OptionSet build(const std::string& component) const {
    return table_.build(component, []() -> std::shared_ptr<void> { return std::make_shared<O>(); });
  }

 private:
  const O defaults_{};
  detail::OptionTable table_;
};

/// For stages and components without options.
struct NoOptions {};

}  // namespace ipet
