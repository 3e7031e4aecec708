// What a payload holds, as one number: two libraries that were built against different headers of a payload
// get different ones. The compiler works it out from the types of all members, and of what these hold, as
// deep as it goes: `std::vector<Score>` changes when Score does.
//
// What it goes through: aggregates (structs whose members are all public), arrays, what the arguments of
// templates are (std::vector, std::optional, std::shared_ptr ...). A class with private members or
// constructors says what it holds:
//
//   using Members = std::tuple<decltype(count_), decltype(names_)>;  // bases first, in order
//
// which the compiler checks against the size of the class; trivially copyable ones need not, and count as
// their bytes. What a pointer leads to counts too, unless it is an interface (virtual functions) or declared
// only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ipet::detail {

template <class... T>
struct Types {};

/// Turns into anything: an aggregate of n members can be made from n of these.
struct Anything {
  template <class T>
  operator T() const noexcept;
};

template <class T, std::size_t before, std::size_t after, bool braces>
consteval bool is_made_from() {
  return []<std::size_t... i, std::size_t... j>(std::index_sequence<i...>, std::index_sequence<j...>) {
    if constexpr (braces) return requires {
        T{(static_cast<void>(i), Anything{})..., {}, (static_cast<void>(j), Anything{})...};
      }
    || requires {
      T{(static_cast<void>(i), Anything{})..., {Anything{}}, (static_cast<void>(j), Anything{})...};
    };
    else return requires {
      T{(static_cast<void>(i), Anything{})..., (static_cast<void>(j), Anything{})...};
    };
  }
  (std::make_index_sequence<before>(), std::make_index_sequence<after>());
}

inline constexpr std::size_t most_members = 40;

/// How many initialisers it takes at most. The elements of an array take one each.
template <class T, std::size_t n = 0, bool found = false>
consteval std::size_t count_initialisers() {
  constexpr bool fits = is_made_from<T, n, 0, false>();
  if constexpr (found && !fits)
    return n - 1;
  else if constexpr (n > 4 * most_members)
    return 0;
  else
    return count_initialisers<T, n + 1, fits>();
}

/// How many of `all` initialisers the member takes that begins with initialiser `at`.
template <class T, std::size_t at, std::size_t all, std::size_t width = 1>
consteval std::size_t width_of_member() {
  if constexpr (at + width >= all || is_made_from<T, at, all - at - width, true>())
    return width;
  else
    return width_of_member<T, at, all, width + 1>();
}

template <class T, std::size_t all, std::size_t at = 0>
consteval std::size_t count_members() {
  if constexpr (at >= all)
    return 0;
  else
    return 1 + count_members<T, all, at + width_of_member<T, at, all>()>();
}

// clang-format off
#define IPET_MEMBERS_1 m0
#define IPET_MEMBERS_2 IPET_MEMBERS_1, m1
#define IPET_MEMBERS_3 IPET_MEMBERS_2, m2
#define IPET_MEMBERS_4 IPET_MEMBERS_3, m3
#define IPET_MEMBERS_5 IPET_MEMBERS_4, m4
#define IPET_MEMBERS_6 IPET_MEMBERS_5, m5
#define IPET_MEMBERS_7 IPET_MEMBERS_6, m6
#define IPET_MEMBERS_8 IPET_MEMBERS_7, m7
#define IPET_MEMBERS_9 IPET_MEMBERS_8, m8
#define IPET_MEMBERS_10 IPET_MEMBERS_9, m9
#define IPET_MEMBERS_11 IPET_MEMBERS_10, m10
#define IPET_MEMBERS_12 IPET_MEMBERS_11, m11
#define IPET_MEMBERS_13 IPET_MEMBERS_12, m12
#define IPET_MEMBERS_14 IPET_MEMBERS_13, m13
#define IPET_MEMBERS_15 IPET_MEMBERS_14, m14
#define IPET_MEMBERS_16 IPET_MEMBERS_15, m15
#define IPET_MEMBERS_17 IPET_MEMBERS_16, m16
#define IPET_MEMBERS_18 IPET_MEMBERS_17, m17
#define IPET_MEMBERS_19 IPET_MEMBERS_18, m18
#define IPET_MEMBERS_20 IPET_MEMBERS_19, m19
#define IPET_MEMBERS_21 IPET_MEMBERS_20, m20
#define IPET_MEMBERS_22 IPET_MEMBERS_21, m21
#define IPET_MEMBERS_23 IPET_MEMBERS_22, m22
#define IPET_MEMBERS_24 IPET_MEMBERS_23, m23
#define IPET_MEMBERS_25 IPET_MEMBERS_24, m24
#define IPET_MEMBERS_26 IPET_MEMBERS_25, m25
#define IPET_MEMBERS_27 IPET_MEMBERS_26, m26
#define IPET_MEMBERS_28 IPET_MEMBERS_27, m27
#define IPET_MEMBERS_29 IPET_MEMBERS_28, m28
#define IPET_MEMBERS_30 IPET_MEMBERS_29, m29
#define IPET_MEMBERS_31 IPET_MEMBERS_30, m30
#define IPET_MEMBERS_32 IPET_MEMBERS_31, m31
#define IPET_MEMBERS_33 IPET_MEMBERS_32, m32
#define IPET_MEMBERS_34 IPET_MEMBERS_33, m33
#define IPET_MEMBERS_35 IPET_MEMBERS_34, m34
#define IPET_MEMBERS_36 IPET_MEMBERS_35, m35
#define IPET_MEMBERS_37 IPET_MEMBERS_36, m36
#define IPET_MEMBERS_38 IPET_MEMBERS_37, m37
#define IPET_MEMBERS_39 IPET_MEMBERS_38, m38
#define IPET_MEMBERS_40 IPET_MEMBERS_39, m39
#define IPET_MEMBERS(n)                              \
  else if constexpr (count == n) {                   \
    const auto& [IPET_MEMBERS_##n] = value;          \
    return types(IPET_MEMBERS_##n);                  \
  }
template <std::size_t count, class T>
auto types_of_members(const T& value) {
  const auto types = []<class... M>(const M&...) { return Types<M...>(); };
  if constexpr (count == 0) return Types<>();
  IPET_MEMBERS(1) IPET_MEMBERS(2) IPET_MEMBERS(3) IPET_MEMBERS(4) IPET_MEMBERS(5)
  IPET_MEMBERS(6) IPET_MEMBERS(7) IPET_MEMBERS(8) IPET_MEMBERS(9) IPET_MEMBERS(10)
  IPET_MEMBERS(11) IPET_MEMBERS(12) IPET_MEMBERS(13) IPET_MEMBERS(14) IPET_MEMBERS(15)
  IPET_MEMBERS(16) IPET_MEMBERS(17) IPET_MEMBERS(18) IPET_MEMBERS(19) IPET_MEMBERS(20)
  IPET_MEMBERS(21) IPET_MEMBERS(22) IPET_MEMBERS(23) IPET_MEMBERS(24) IPET_MEMBERS(25)
  IPET_MEMBERS(26) IPET_MEMBERS(27) IPET_MEMBERS(28) IPET_MEMBERS(29) IPET_MEMBERS(30)
  IPET_MEMBERS(31) IPET_MEMBERS(32) IPET_MEMBERS(33) IPET_MEMBERS(34) IPET_MEMBERS(35)
  IPET_MEMBERS(36) IPET_MEMBERS(37) IPET_MEMBERS(38) IPET_MEMBERS(39) IPET_MEMBERS(40)
}
#undef IPET_MEMBERS
#undef IPET_MEMBERS_1
#undef IPET_MEMBERS_2
#undef IPET_MEMBERS_3
#undef IPET_MEMBERS_4
#undef IPET_MEMBERS_5
#undef IPET_MEMBERS_6
#undef IPET_MEMBERS_7
#undef IPET_MEMBERS_8
#undef IPET_MEMBERS_9
#undef IPET_MEMBERS_10
#undef IPET_MEMBERS_11
#undef IPET_MEMBERS_12
#undef IPET_MEMBERS_13
#undef IPET_MEMBERS_14
#undef IPET_MEMBERS_15
#undef IPET_MEMBERS_16
#undef IPET_MEMBERS_17
#undef IPET_MEMBERS_18
#undef IPET_MEMBERS_19
#undef IPET_MEMBERS_20
#undef IPET_MEMBERS_21
#undef IPET_MEMBERS_22
#undef IPET_MEMBERS_23
#undef IPET_MEMBERS_24
#undef IPET_MEMBERS_25
#undef IPET_MEMBERS_26
#undef IPET_MEMBERS_27
#undef IPET_MEMBERS_28
#undef IPET_MEMBERS_29
#undef IPET_MEMBERS_30
#undef IPET_MEMBERS_31
#undef IPET_MEMBERS_32
#undef IPET_MEMBERS_33
#undef IPET_MEMBERS_34
#undef IPET_MEMBERS_35
#undef IPET_MEMBERS_36
#undef IPET_MEMBERS_37
#undef IPET_MEMBERS_38
#undef IPET_MEMBERS_39
#undef IPET_MEMBERS_40
// clang-format on

/// Which class or fundamental type it is. Both libraries are of one compiler, which spells it one way.
template <class T>
consteval std::string_view spelling() {
  return __PRETTY_FUNCTION__;
}

consteval std::uint64_t mixed(std::uint64_t word, std::uint64_t next) {
  word = (word ^ next) * 0x9E3779B97F4A7C15ULL;
  return word ^ (word >> 29U);
}
consteval std::uint64_t mixed(std::uint64_t word, std::string_view text) {
  for (const char c : text) word = mixed(word, static_cast<unsigned char>(c));
  return word;
}

template <class T>
concept Complete = requires {
  sizeof(T);
};
template <class T>
concept SaysMembers = requires {
  typename T::Members;
};

/// Where the last of the members would end, if they lay in this order.
template <class... M>
consteval std::size_t size_of(std::size_t align, Types<M...>) {
  std::size_t end = 0;
  ((end = (end + alignof(M) - 1) / alignof(M) * alignof(M) + sizeof(M)), ...);
  return (end + align - 1) / align * align;
}

template <class T, class... Above>
struct Layout;

template <class... Above, class... M>
consteval std::uint64_t word_of(Types<Above...>, Types<M...>) {
  std::uint64_t word = sizeof...(M);
  ((word = mixed(word, Layout<std::remove_cv_t<M>, Above...>::word())), ...);
  return word;
}

template <class T>
struct Arguments {
  static constexpr bool any = false;
};
template <template <class...> class C, class... T>
struct Arguments<C<T...>> {
  static constexpr bool any = true;
  using types = Types<T...>;
};
/// std::array, std::span
template <template <class, std::size_t> class C, class T, std::size_t n>
struct Arguments<C<T, n>> {
  static constexpr bool any = true;
  using types = Types<T, std::integral_constant<std::size_t, n>>;
};

template <class T>
struct MembersOf;
template <class... M>
struct MembersOf<std::tuple<M...>> {
  using types = Types<M...>;
};

/// `Above`: the types that hold it, so that a tree has an end.
template <class T, class... Above>
struct Layout {
  using Inside = Types<T, Above...>;

  static consteval std::uint64_t word() {
    if constexpr ((std::is_same_v<T, Above> || ...))
      return mixed(1, sizeof...(Above));
    else if constexpr (std::is_array_v<T>)
      return mixed(mixed(2, sizeof(T)), word_of(Inside(), Types<std::remove_extent_t<T>>()));
    else if constexpr (std::is_pointer_v<T> || std::is_reference_v<T>)
      return mixed(3, word_of(Inside(), Types<std::remove_pointer_t<std::remove_reference_t<T>>>()));
    else if constexpr (std::is_void_v<T> || std::is_function_v<T>)
      return mixed(4, spelling<T>());
    else if constexpr (is_opaque())
      return 5;
    else
      return mixed(mixed(of_object(), sizeof(T)), alignof(T));
  }

 private:
  /// The same for an interface, whether it is declared only or here in full.
  static consteval bool is_opaque() {
    if constexpr (Complete<T>)
      return std::is_polymorphic_v<T>;
    else
      return true;
  }

  static consteval std::uint64_t of_object() {
    if constexpr (std::is_enum_v<T>)
      return mixed(6, spelling<std::underlying_type_t<T>>());
    else if constexpr (!std::is_class_v<T> && !std::is_union_v<T>)
      return mixed(7, spelling<T>());
    else
      return of_class();
  }

  static consteval std::uint64_t of_class() {
    if constexpr (SaysMembers<T>) {
      using M = typename MembersOf<typename T::Members>::types;
      static_assert(size_of(alignof(T), M()) == sizeof(T), "T::Members is not what T holds");
      return mixed(8, word_of(Inside(), M()));
    } else if constexpr (Arguments<T>::any) {
      return mixed(mixed(9, of_template(spelling<T>())), word_of(Inside(), typename Arguments<T>::types()));
    } else if constexpr (std::is_empty_v<T>) {  // its arguments may be values: std::ratio
      return mixed(11, spelling<T>());
    } else if constexpr (std::is_aggregate_v<T>) {
      constexpr std::size_t count = count_members<T, count_initialisers<T>()>();
      static_assert(count <= most_members && count > 0,
                    "the compiler cannot tell what T holds: declare `using Members = std::tuple<...>` in it");
      using M = decltype(types_of_members<count>(std::declval<const T&>()));
      return mixed(8, word_of(Inside(), M()));
    } else {
      static_assert(std::is_trivially_copyable_v<T> || is_standard(),
                    "T has private members or constructors: declare `using Members = std::tuple<...>` in it");
      return mixed(10, spelling<T>());
    }
  }

  /// "... [with T = std::vector<" of a spelling: the arguments have a word of their own.
  static consteval std::string_view of_template(std::string_view text) {
    return text.substr(0, text.find('<', text.find("T = ")));
  }
  static consteval bool is_standard() {
    const std::string_view text = spelling<T>();
    return text.find("T = std::") != text.npos;
  }
};

}  // namespace ipet::detail

namespace ipet {

/// The word of a payload. Of an interface, whose methods no compiler tells, whether it is one.
template <class T>
consteval std::uint64_t layout_of() {
  if constexpr (std::is_polymorphic_v<T>)
    return sizeof(T) * 64 + alignof(T);
  else
    return detail::Layout<T>::word();
}

}  // namespace ipet
