// Objects of which a process has one. Plugins link our libraries statically, and the loader hides their
// variables from each other: a static variable of a library is one per plugin. What all of them must share
// (a lock of a library that is not thread-safe, a table of who writes what) lives here.
#pragma once

#include <string_view>

namespace ipet::process {

namespace detail {
/// What `make` gave the first who asked for this name.
[[gnu::visibility("default")]] void* find(std::string_view name, void* (*make)());
}  // namespace detail

/// The object of this name, made by the first who asks and never destroyed. The name stands for the type too:
/// when T changes, so must the name.
template <class T>
T& one(std::string_view name) {
  return *static_cast<T*>(detail::find(name, []() -> void* { return new T(); }));
}

}  // namespace ipet::process
