// Registering stages and components. An author writes a plain class, the catalog wraps it.
//
// What a class must offer, by form (O is its options struct, `using Options = O`; NoOptions if it has none;
// the constructor is `S(const O&, StageContext&)`; `Emitter& emit` sends messages):
//
//   source  std::vector<std::string> units();
//           std::unique_ptr<UnitReader> open(std::size_t unit);
//           void finish(Emitter& emit);                      (may be missing)
//   map     void on_message(const In&, Emitter& emit) const;
//   keyed   using State = ...;  State begin(const std::string& key);
//           void on_message(State&, const In&, Emitter& emit);   void on_end(State&, Emitter& emit);
//           void finish(Emitter& emit);                      (may be missing)
//           std::string key_of(const std::string& key) const;  (may be missing: KeyedStage::key_of)
//   fold    using Partial = ...;  (default-constructed)
//           void add(Partial&, const In&);  void merge(Partial& into, Partial& from);
//           void finish(Partial&, Emitter& emit);
//   task    void run(Emitter& emit);
//   sink    void write(const In&, const Origin&);  void commit();
//           (commit completes files and hands them to context.publish: see context.hpp)
//
// With several input types, on_message/add/write are overloaded. Whole inputs are read with
// context.whole<T>("port"). finish comes once, when all was read: what concerns all units or keys (a table at
// the end, a warning) is said there, and not from a destructor. A stage object lives for one pass; `begin`,
// `on_message` of different keys, `add` of different partials and `open` are called from several threads at
// once; sinks are called by one thread at a time. Hold no lock while you emit: a source's or keyed stage's
// emit may wait for memory, and does other stages' work meanwhile.
#pragma once

#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "pipeline/sdk/context.hpp"
#include "pipeline/sdk/description.hpp"
#include "pipeline/sdk/message.hpp"
#include "pipeline/sdk/options.hpp"
#include "pipeline/sdk/stage.hpp"

namespace ipet {

/// Receives what a plugin registers.
class Catalog;

namespace detail {

/// Functions by message type. Here and in StageDeclaration is what needs no template: compiled once, not in
/// every plugin.
class DispatchTable {
 public:
  using Function = void (*)();  ///< stands for any function
  DispatchTable();
  DispatchTable(const DispatchTable&);
  DispatchTable(DispatchTable&&) noexcept;
  ~DispatchTable();
  void add(const TypeName& type, Function function) { functions_.emplace_back(type, function); }
  /// Throws std::logic_error when no input takes the message.
  [[nodiscard]] Function find(const Message& message) const;

 private:
  std::vector<std::pair<TypeName, Function>> functions_;
};

/// Calls the overload for a message's type. One invoker per declared input.
template <class Target, class... Extra>
class Dispatch {
 public:
  using Invoker = void (*)(Target&, const void*, Extra...);
  void add(const TypeName& type, Invoker invoker) {
    table_.add(type, reinterpret_cast<DispatchTable::Function>(invoker));
  }
  void operator()(Target& target, const Message& message, Extra... extra) const {
    reinterpret_cast<Invoker>(table_.find(message))(target, message.payload.get(), extra...);
  }

 private:
  DispatchTable table_;
};

template <class S>
struct StateHolder final : KeyState {
  explicit StateHolder(typename S::State&& s) : state(std::move(s)) {}
  typename S::State state;
};
template <class P>
struct PartialHolder final : Partial {
  P partial{};
};

template <class S>
void finish_stage(S& stage, Emitter& emit) {
  if constexpr (requires { stage.finish(emit); }) stage.finish(emit);
}

template <class S>
class SourceAdapter final : public SourceStage {
 public:
  using D = Dispatch<S>;
  SourceAdapter(std::unique_ptr<S> stage, D) : stage_(std::move(stage)) {}
  std::vector<std::string> units() override { return stage_->units(); }
  std::unique_ptr<UnitReader> open(std::size_t unit) override { return stage_->open(unit); }
  void finish(Emitter& emit) override { finish_stage(*stage_, emit); }

 private:
  std::unique_ptr<S> stage_;
};

template <class S>
class MapAdapter final : public MapStage {
 public:
  using D = Dispatch<const S, Emitter&>;
  MapAdapter(std::unique_ptr<S> stage, D dispatch)
      : stage_(std::move(stage)), dispatch_(std::move(dispatch)) {}
  template <class In>
  static void invoke(const S& stage, const void* payload, Emitter& emit) {
    stage.on_message(*static_cast<const In*>(payload), emit);
  }
  void on_message(std::size_t, const Message& message, Emitter& emit) const override {
    dispatch_(*stage_, message, emit);
  }

 private:
  std::unique_ptr<S> stage_;
  D dispatch_;
};

template <class S>
class KeyedAdapter final : public KeyedStage {
 public:
  using D = Dispatch<S, typename S::State&, Emitter&>;
  KeyedAdapter(std::unique_ptr<S> stage, D dispatch)
      : stage_(std::move(stage)), dispatch_(std::move(dispatch)) {}
  template <class In>
  static void invoke(S& stage, const void* payload, typename S::State& state, Emitter& emit) {
    stage.on_message(state, *static_cast<const In*>(payload), emit);
  }
  [[nodiscard]] std::string key_of(const std::string& key) const override {
    if constexpr (requires { stage_->key_of(key); })
      return stage_->key_of(key);
    else
      return key;
  }
  std::unique_ptr<KeyState> begin(const std::string& key) override {
    return std::make_unique<StateHolder<S>>(stage_->begin(key));
  }
  void on_message(KeyState& state, std::size_t, const Message& message, Emitter& emit) override {
    dispatch_(*stage_, message, static_cast<StateHolder<S>&>(state).state, emit);
  }
  void on_end(KeyState& state, Emitter& emit) override {
    stage_->on_end(static_cast<StateHolder<S>&>(state).state, emit);
  }
  void finish(Emitter& emit) override { finish_stage(*stage_, emit); }

 private:
  std::unique_ptr<S> stage_;
  D dispatch_;
};

template <class S>
class FoldAdapter final : public FoldStage {
 public:
  using D = Dispatch<S, typename S::Partial&>;
  using Holder = PartialHolder<typename S::Partial>;
  FoldAdapter(std::unique_ptr<S> stage, D dispatch)
      : stage_(std::move(stage)), dispatch_(std::move(dispatch)) {}
  template <class In>
  static void invoke(S& stage, const void* payload, typename S::Partial& partial) {
    stage.add(partial, *static_cast<const In*>(payload));
  }
  std::unique_ptr<Partial> begin() override { return std::make_unique<Holder>(); }
  void add(Partial& partial, std::size_t, const Message& message) override {
    dispatch_(*stage_, message, static_cast<Holder&>(partial).partial);
  }
  void merge(Partial& into, Partial& from) override {
    stage_->merge(static_cast<Holder&>(into).partial, static_cast<Holder&>(from).partial);
  }
  void finish(Partial& partial, Emitter& emit) override {
    stage_->finish(static_cast<Holder&>(partial).partial, emit);
  }

 private:
  std::unique_ptr<S> stage_;
  D dispatch_;
};

template <class S>
class TaskAdapter final : public TaskStage {
 public:
  using D = Dispatch<S>;
  TaskAdapter(std::unique_ptr<S> stage, D) : stage_(std::move(stage)) {}
  void run(Emitter& emit) override { stage_->run(emit); }

 private:
  std::unique_ptr<S> stage_;
};

template <class S>
class SinkAdapter final : public SinkStage {
 public:
  using D = Dispatch<S, const Origin&>;
  SinkAdapter(std::unique_ptr<S> stage, D dispatch)
      : stage_(std::move(stage)), dispatch_(std::move(dispatch)) {}
  template <class In>
  static void invoke(S& stage, const void* payload, const Origin& origin) {
    stage.write(*static_cast<const In*>(payload), origin);
  }
  void write(std::size_t, const Message& message, const Origin& origin) override {
    dispatch_(*stage_, message, origin);
  }
  void commit() override { stage_->commit(); }

 private:
  std::unique_ptr<S> stage_;
  D dispatch_;
};

template <Collection C>
Collector make_collector() {
  using Holder = PartialHolder<C>;
  return {type_name_of<typename C::Element>(), [] { return std::make_unique<Holder>(); },
          [](Partial& partial, const Message& message) {
            static_cast<Holder&>(partial).partial.add(message.as<typename C::Element>());
          },
          [](Partial& into, Partial& from) {
            static_cast<Holder&>(into).partial.merge(std::move(static_cast<Holder&>(from).partial));
          },
          [](Partial& partial) {
            C& set = static_cast<Holder&>(partial).partial;
            set.finish();
            return make_message(std::move(set), {});
          }};
}

/// A stream that carries one whole value, as a source does that reads it from a file.
template <Payload T>
Collector make_single() {
  using Holder = PartialHolder<std::optional<T>>;
  const auto refuse = [](const char* what) {
    throw std::runtime_error(std::string(what) + " " + std::string(T::type_name) +
                             " came through the stream, where exactly one is wanted");
  };
  return {type_name_of<T>(), [] { return std::make_unique<Holder>(); },
          [refuse](Partial& partial, const Message& message) {
            std::optional<T>& value = static_cast<Holder&>(partial).partial;
            if (value) refuse("a second");
            value = message.as<T>();  // a copy: the payload itself counts as in flight
          },
          [refuse](Partial& into, Partial& from) {
            std::optional<T>&value = static_cast<Holder&>(into).partial,
            &other = static_cast<Holder&>(from).partial;
            if (value && other) refuse("a second");
            if (other) value = std::move(other);
          },
          [refuse](Partial& partial) {
            std::optional<T>& value = static_cast<Holder&>(partial).partial;
            if (!value) refuse("no");
            return make_message(std::move(*value), {});
          }};
}

/// A port for one complete value.
template <Payload T>
InputDescription whole_input(std::string name, std::string about) {
  std::optional<Collector> collector, single;
  if constexpr (Collection<T>) collector = make_collector<T>();
  if constexpr (std::copy_constructible<T>) single = make_single<T>();
  return {std::move(name),  {type_name_of<T>()}, true, false, std::move(collector),
          std::move(about), std::move(single)};
}

template <class S>
struct OptionsOf {
  using type = NoOptions;
};
template <class S>
requires requires {
  typename S::Options;
}
struct OptionsOf<S> {
  using type = typename S::Options;
};

}  // namespace detail

class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual void add(StageDescription stage) = 0;
  virtual void add(ComponentDescription component) = 0;
  virtual void add(VerbDescription verb) { static_cast<void>(verb); }

  /// Declarations end in destructors, which must not throw: what went wrong is kept, and thrown when all of
  /// the plugin's are made.
  template <class Finish>
  void complete(Finish&& finish) noexcept {
    try {
      finish();
    } catch (...) {
      if (!error_) error_ = std::current_exception();
    }
  }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

  /// `ipet NAME FILE`: runs a file live that has this stage, a task which works until it is told to stop
  /// (StageContext::interrupted), and then returns or throws Interrupted. When it is at work it says so with
  /// StageContext::progress. Of a plugin of this build, CMake reads name and purpose out of the source.
  void verb(std::string name, std::string stage, std::string about);

  template <class S>
  auto source(std::string name);
  template <class S>
  auto map(std::string name);
  template <class S>
  auto keyed(std::string name);
  template <class S>
  auto fold(std::string name);
  template <class S>
  auto task(std::string name);
  template <class S>
  auto sink(std::string name);
  /// A component: `Impl` derives from `Interface` and is constructed from its options (`using Options`), or
  /// from nothing.
  template <Named Interface, class Impl>
  auto component(std::string name);
  /// The same, made by a function: `catalog.component<Defence>("mine", &make_mine)`.
  template <Named Interface, class O>
  auto component(std::string name, std::shared_ptr<const Interface> (*make)(const O&));

 private:
  std::exception_ptr error_;
};

namespace detail {

class StageDeclaration {
 public:
  StageDeclaration& operator=(StageDeclaration&&) = delete;

 protected:
  StageDeclaration(Catalog& catalog, std::string name, Form form);
  ~StageDeclaration();
  /// A port that is there already takes the type too.
  void add_input(const std::string& name, const TypeName& type, std::string about);
  void add_output(const std::string& name, const TypeName& type, std::string about);
  void register_stage() { catalog_.add(std::move(stage_)); }

  Catalog& catalog_;
  StageDescription stage_;
};

}  // namespace detail

/// Describes a stage; registers it at the end of the statement.
template <class S, class Adapter, Form form>
class StageBuilder : private detail::StageDeclaration {
 public:
  using O = typename detail::OptionsOf<S>::type;

  StageBuilder(Catalog& catalog, std::string name) : StageDeclaration(catalog, std::move(name), form) {}
  ~StageBuilder() {
    catalog_.complete([this] { finish(); });
  }

  StageBuilder& about(std::string text) {
    stage_.about = std::move(text);
    return *this;
  }

  /// A stream input. Naming a port again adds a type that it takes.
  template <Payload In>
  StageBuilder& input(const std::string& name, std::string about = {}) {
    static_assert(form != Form::source && form != Form::task, "sources and tasks take whole inputs only");
    add_input(name, type_name_of<In>(), std::move(about));
    if constexpr (requires { &Adapter::template invoke<In>; }) {
      dispatch_.add(type_name_of<In>(), &Adapter::template invoke<In>);
    }
    return *this;
  }
  /// A whole input: read in the stage with context.whole<In>(name). It takes a whole value, a stream of the
  /// elements that a Collection gathers, or a stream that carries exactly one value.
  template <Payload In>
  StageBuilder& whole(const std::string& name, std::string about = {}) {
    stage_.inputs.push_back(detail::whole_input<In>(name, std::move(about)));
    return *this;
  }
  /// What components of an option that passes_needs() need under this name comes from the stage itself.
  template <Payload T>
  StageBuilder& meets(const std::string& name) {
    stage_.meets.push_back(detail::whole_input<T>(name, {}));
    return *this;
  }
  /// The input declared last need not be connected.
  StageBuilder& optional() {
    stage_.inputs.back().optional = true;
    return *this;
  }

  template <Payload Out>
  StageBuilder& output(const std::string& name, std::string about = {}) {
    static_assert(form != Form::sink, "sinks have no outputs");
    add_output(name, type_name_of<Out>(), std::move(about));
    return *this;
  }

  /// For a sink that opens the files that the sources above it have read.
  StageBuilder& reads_inputs_again() {
    static_assert(form == Form::sink, "other stages get what the sources send");
    stage_.reads_inputs_again = true;
    return *this;
  }

  /// `member` is a pointer to a member of O, or of a base, or `within(...)`: see options.hpp.
  template <class Member, class... Attributes>
  StageBuilder& option(std::string name, Member member, const Attributes&... attributes) {
    binder_.add(std::move(name), member, attributes...);
    return *this;
  }
  /// A check over all options that touches no file: `[](const Options&, const OptionPlaces& at)`.
  template <std::invocable<const O&, const OptionPlaces&> Check>
  StageBuilder& check(Check check) {
    binder_.set_check(std::move(check));
    return *this;
  }
  /// A check that touches the machine: `[](const Options&, const Place&, Problems&)`.
  template <std::invocable<const O&, const Place&, Problems&> Check>
  StageBuilder& check_environment(Check check) {
    stage_.check_environment = [check](const void* options, const Place& where, Problems& problems) {
      check(*static_cast<const O*>(options), where, problems);
    };
    return *this;
  }

 private:
  void finish() {
    stage_.options = binder_.build(stage_.name);
    stage_.create = [dispatch = dispatch_](const void* options,
                                           StageContext& context) -> std::unique_ptr<Stage> {
      return std::make_unique<Adapter>(std::make_unique<S>(*static_cast<const O*>(options), context),
                                       dispatch);
    };
    register_stage();
  }

  OptionBinder<O> binder_;
  typename Adapter::D dispatch_;
};

template <class Interface, class O>
class ComponentBuilder {
 public:
  using Make = std::shared_ptr<const Interface> (*)(const O&);

  ComponentBuilder(Catalog& catalog, std::string name, Make make) : catalog_(catalog), make_(make) {
    component_.name = std::move(name);
    component_.interface = type_name_of<Interface>();
  }
  ComponentBuilder& operator=(ComponentBuilder&&) = delete;
  ~ComponentBuilder() {
    catalog_.complete([this] { finish(); });
  }

  ComponentBuilder& about(std::string text) {
    component_.about = std::move(text);
    return *this;
  }
  /// What it was called before. Of a plugin of this build, CMake reads the name out of the source.
  ComponentBuilder& formerly(std::string name) {
    component_.former_name = std::move(name);
    return *this;
  }
  /// A whole value that the component works on beside its options, such as a trained model. It becomes an
  /// input of the stage whose option names the component (passes_needs), connected as inputs.NAME.
  template <Payload T>
  ComponentBuilder& needs(const std::string& name, std::string about = {}) {
    component_.needs.push_back(detail::whole_input<T>(name, std::move(about)));
    return *this;
  }
  /// The need declared last need not be connected.
  ComponentBuilder& optional() {
    component_.needs.back().optional = true;
    return *this;
  }
  /// As StageBuilder::option.
  template <class Member, class... Attributes>
  ComponentBuilder& option(std::string name, Member member, const Attributes&... attributes) {
    binder_.add(std::move(name), member, attributes...);
    return *this;
  }
  template <std::invocable<const O&, const OptionPlaces&> Check>
  ComponentBuilder& check(Check check) {
    binder_.set_check(std::move(check));
    return *this;
  }

 private:
  void finish() {
    component_.options = binder_.build(component_.name);
    component_.create = [make = make_](const void* options) -> std::shared_ptr<const void> {
      return make(*static_cast<const O*>(options));
    };
    catalog_.add(std::move(component_));
  }

  Catalog& catalog_;
  Make make_;
  ComponentDescription component_;
  OptionBinder<O> binder_;
};

template <class S>
auto Catalog::source(std::string name) {
  return StageBuilder<S, detail::SourceAdapter<S>, Form::source>(*this, std::move(name));
}
template <class S>
auto Catalog::map(std::string name) {
  return StageBuilder<S, detail::MapAdapter<S>, Form::map>(*this, std::move(name));
}
template <class S>
auto Catalog::keyed(std::string name) {
  return StageBuilder<S, detail::KeyedAdapter<S>, Form::keyed>(*this, std::move(name));
}
template <class S>
auto Catalog::fold(std::string name) {
  return StageBuilder<S, detail::FoldAdapter<S>, Form::fold>(*this, std::move(name));
}
template <class S>
auto Catalog::task(std::string name) {
  return StageBuilder<S, detail::TaskAdapter<S>, Form::task>(*this, std::move(name));
}
template <class S>
auto Catalog::sink(std::string name) {
  return StageBuilder<S, detail::SinkAdapter<S>, Form::sink>(*this, std::move(name));
}
template <Named Interface, class Impl>
auto Catalog::component(std::string name) {
  using O = typename detail::OptionsOf<Impl>::type;
  return ComponentBuilder<Interface, O>(*this, std::move(name),
                                        [](const O& options) -> std::shared_ptr<const Interface> {
                                          if constexpr (std::is_same_v<O, NoOptions>)
                                            return std::make_shared<const Impl>();
                                          else
                                            return std::make_shared<const Impl>(options);
                                        });
}
template <Named Interface, class O>
auto Catalog::component(std::string name, std::shared_ptr<const Interface> (*make)(const O&)) {
  return ComponentBuilder<Interface, O>(*this, std::move(name), make);
}

}  // namespace ipet
