// How a library was built, in words: what must be equal for two of them to share C++ objects.
#pragma once

#include <string_view>
#include <version>

#if __has_include(<oneapi/tbb/version.h>)
#include <oneapi/tbb/version.h>
#endif

#define IPET_STRINGIZE_(x) #x
#define IPET_STRINGIZE(x) IPET_STRINGIZE_(x)

#ifdef __clang__
#define IPET_BUILD_COMPILER "clang " IPET_STRINGIZE(__clang_major__)
#else
#define IPET_BUILD_COMPILER "gcc " IPET_STRINGIZE(__GNUC__)
#endif

#ifdef _LIBCPP_VERSION
#define IPET_BUILD_LIBRARY \
  "libc++ " IPET_STRINGIZE(_LIBCPP_VERSION) " abi " IPET_STRINGIZE(_LIBCPP_ABI_VERSION)
#else
#define IPET_BUILD_LIBRARY \
  "libstdc++ " IPET_STRINGIZE(_GLIBCXX_RELEASE) " abi " IPET_STRINGIZE(_GLIBCXX_USE_CXX11_ABI)
#endif
#ifdef _GLIBCXX_DEBUG
#define IPET_BUILD_CONTAINERS ", debug containers"
#else
#define IPET_BUILD_CONTAINERS ""
#endif

#ifdef NDEBUG
#define IPET_BUILD_ASSERTIONS "no assertions"
#else
#define IPET_BUILD_ASSERTIONS "assertions"
#endif

// A library that is built without the headers of oneTBB uses none, and fits all of them.
#define IPET_BUILD_NO_ONETBB "no onetbb"
#ifdef TBB_INTERFACE_VERSION
#define IPET_BUILD_ONETBB "onetbb " IPET_STRINGIZE(TBB_INTERFACE_VERSION)
#else
#define IPET_BUILD_ONETBB IPET_BUILD_NO_ONETBB
#endif

// GCC says nothing of -fsanitize=undefined: its users say -DIPET_UNDEFINED_SANITIZER.
#ifdef __has_feature
#define IPET_HAS_SANITIZER(name) __has_feature(name)
#else
#define IPET_HAS_SANITIZER(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || IPET_HAS_SANITIZER(address_sanitizer)
#define IPET_BUILD_ADDRESS ", address sanitizer"
#else
#define IPET_BUILD_ADDRESS ""
#endif
#if defined(IPET_UNDEFINED_SANITIZER) || IPET_HAS_SANITIZER(undefined_behavior_sanitizer)
#define IPET_BUILD_UNDEFINED ", undefined sanitizer"
#else
#define IPET_BUILD_UNDEFINED ""
#endif
#if defined(__SANITIZE_THREAD__) || IPET_HAS_SANITIZER(thread_sanitizer)
#define IPET_BUILD_THREAD ", thread sanitizer"
#else
#define IPET_BUILD_THREAD ""
#endif
#if IPET_HAS_SANITIZER(memory_sanitizer)
#define IPET_BUILD_MEMORY ", memory sanitizer"
#else
#define IPET_BUILD_MEMORY ""
#endif

#define IPET_BUILD_FINGERPRINT                                                                            \
  IPET_BUILD_COMPILER                                                                                     \
  ", c++ " IPET_STRINGIZE(__cplusplus) ", " IPET_BUILD_LIBRARY IPET_BUILD_CONTAINERS                      \
                                       ", " IPET_BUILD_ASSERTIONS IPET_BUILD_ADDRESS IPET_BUILD_UNDEFINED \
                                           IPET_BUILD_THREAD IPET_BUILD_MEMORY ", " IPET_BUILD_ONETBB

namespace ipet {

/// Whether a library of this fingerprint fits a program of that one.
constexpr bool builds_fit(std::string_view library, std::string_view program) {
  if (library == program) return true;
  constexpr std::string_view none = ", " IPET_BUILD_NO_ONETBB;
  if (!library.ends_with(none)) return false;
  library.remove_suffix(none.size());
  return program.starts_with(library) && program.substr(library.size()).starts_with(", onetbb ");
}

}  // namespace ipet
