// Messages: immutable typed payloads that travel along the edges of a pipeline.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "pipeline/sdk/layout.hpp"

namespace ipet {

/// The declared name of a payload or component type. Compared by content, never by typeid, because the two
/// ends of an edge live in different shared libraries. `layout` (layout.hpp) catches a payload that changed,
/// or anything that it holds, while its version did not.
struct TypeName {
  std::string name;
  int version = 0;
  std::uint64_t layout = 0;

  bool operator==(const TypeName&) const = default;
  [[nodiscard]] std::string text() const { return name + "/" + std::to_string(version); }
};

/// What declares its name: `static constexpr std::string_view type_name` and `static constexpr int
/// type_version`. The traffic library declares these without including the runtime.
template <class T>
concept Named = requires {
  { T::type_name } -> std::convertible_to<std::string_view>;
  { T::type_version } -> std::convertible_to<int>;
};

template <Named T>
const TypeName& type_name_of() {
  static const TypeName name{std::string(T::type_name), T::type_version, layout_of<T>()};
  return name;
}

/// A payload also tells its size in bytes (paces the sources) and how many items it carries (packets,
/// windows; shown as progress).
template <class T>
concept Payload = Named<T> && requires(const T& payload) {
  { payload.byte_size() } -> std::convertible_to<std::size_t>;
  { payload.item_count() } -> std::convertible_to<std::size_t>;
};

/// A payload that gathers a stream: `windows` as a stream of window_batch becomes one window_set for a stage
/// with a whole input. Parts are gathered per lane in parallel and merged in lane order, so the result does
/// not depend on the number of threads.
template <class T>
concept Collection = Payload<T> && Payload<typename T::Element> && std::default_initializable<T> &&
    requires(T& set, T&& other, const typename T::Element& element) {
  set.add(element);
  set.merge(std::move(other));
  set.finish();
};

/// One message. Copying it shares the payload; the payload is never changed after it was emitted.
struct Message {
  std::shared_ptr<const void> payload;
  const TypeName* type = nullptr;
  std::string key;        ///< what keyed stages group by
  std::size_t bytes = 0;  ///< charged against the memory budget while any copy of `payload` lives
  std::size_t items = 0;

  template <Payload T>
  [[nodiscard]] const T& as() const {
    return *static_cast<const T*>(payload.get());
  }
};

template <Payload T>
Message make_message(T value, std::string key) {
  Message message;
  message.bytes = value.byte_size();
  message.items = value.item_count();
  message.type = &type_name_of<T>();
  message.key = std::move(key);
  message.payload = std::make_shared<const T>(std::move(value));
  return message;
}

/// How a stage sends: `emit(WindowBatch{...})` leaves through the output port of that type with the key of
/// the message being handled; a second argument sets another key; `emit.to("port", ...)` names the port where
/// two ports carry one type.
class Emitter {
 public:
  virtual ~Emitter() = default;

  template <Payload T>
  void operator()(T value) {
    send({}, make_message(std::move(value), key()));
  }
  template <Payload T>
  void operator()(T value, std::string key) {
    send({}, make_message(std::move(value), std::move(key)));
  }
  template <Payload T>
  void to(std::string_view port, T value, std::string key) {
    send(port, make_message(std::move(value), std::move(key)));
  }

  /// Key of the message being handled; the name of the unit in a source; empty in tasks and folds.
  [[nodiscard]] virtual const std::string& key() const = 0;

 protected:
  /// `port` empty: the output port with the message's type.
  virtual void send(std::string_view port, Message message) = 0;
};

}  // namespace ipet
