// Lists made of others, and lists as text.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ipet::text {

/// get(element) of each element of a range; `get` may be a pointer to a member.
template <class Range, class Get>
auto mapped(const Range& range, Get get) {
  std::vector<std::decay_t<std::invoke_result_t<Get&, decltype(*std::begin(range))>>> out;
  out.reserve(std::size(range));
  for (const auto& each : range) out.push_back(std::invoke(get, each));
  return out;
}

/// "bulb, cam": get(element) of each element, with `between` between them.
template <class Range, class Get = std::identity>
std::string joined(const Range& range, std::string_view between = ", ", Get get = {}) {
  std::string text;
  bool first = true;
  for (const auto& each : range) {
    if (!std::exchange(first, false)) text += between;
    text += std::invoke(get, each);
  }
  return text;
}

/// "1 packet", "2 packets"
inline std::string counted(std::uint64_t number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace ipet::text
