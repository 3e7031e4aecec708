// Enumerations, and the words that files, options and messages have for their values:
//
//   enum class Clock { near, far };
//   inline constexpr text::Word<Clock> clocks[] = {{"near", Clock::near}, {"far", Clock::far}};
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "pipeline/text/lists.hpp"

namespace ipet::text {

template <class E>
using Word = std::pair<std::string_view, E>;

/// Throws std::logic_error for a value that the list has no word for.
template <class E, std::size_t n>
constexpr std::string_view word_of(const Word<E> (&words)[n], std::type_identity_t<E> value) {
  for (const Word<E>& each : words)
    if (each.second == value) return each.first;
  throw std::logic_error("an enumeration has a value without a word");
}

/// What a word stands for; nothing for a word that is not in the list.
template <class E, std::size_t n>
constexpr std::optional<E> value_of(const Word<E> (&words)[n], std::string_view word) {
  for (const Word<E>& each : words)
    if (each.first == word) return each.second;
  return std::nullopt;
}

/// "near, far"
template <class E, std::size_t n>
std::string list_of(const Word<E> (&words)[n]) {
  return joined(words, ", ", &Word<E>::first);
}

}  // namespace ipet::text
