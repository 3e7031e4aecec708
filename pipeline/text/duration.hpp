// Times with their unit, as a user writes them: "100 ms", "1.5h".
#pragma once

#include <optional>
#include <string_view>

namespace ipet::text {

/// Length in nanoseconds of a unit of time: ns, us, ms, s, min, h, d, day or days. Nothing for other words.
[[nodiscard]] std::optional<double> nanoseconds_of(std::string_view unit);

/// A number with a unit behind it, with or without a space, in units of `wanted` (a unit of time): "100 ms"
/// is 0.1 in "s". Nothing where the text is anything else.
[[nodiscard]] std::optional<double> duration_in(std::string_view text, std::string_view wanted);

/// What a message says that duration_in takes.
inline constexpr std::string_view duration_examples =
    "a time such as \"100 ms\", \"2 s\", \"15 min\", \"3 h\" or \"1 d\"";

}  // namespace ipet::text
