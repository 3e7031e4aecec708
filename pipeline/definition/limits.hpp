// What a pipeline file may ask for. Everything beyond is an error with its place: a file that somebody else
// wrote neither fills the memory nor keeps `ipet validate` busy.
#pragma once

#include <cstddef>

namespace ipet::definition {

inline constexpr std::size_t largest_file = std::size_t{1} << 20U;  ///< bytes, each included file too
inline constexpr std::size_t most_included = 100;   ///< files, one reached twice counted twice
inline constexpr std::size_t deepest_include = 16;  ///< files that include each other
inline constexpr std::size_t most_parameters = 1000;
inline constexpr std::size_t most_stages = 1000;
inline constexpr std::size_t most_inputs = 1000;                     ///< references of one stage
inline constexpr std::size_t longest_text = std::size_t{64} << 10U;  ///< bytes of a string after ${...}
inline constexpr std::size_t most_text = std::size_t{16} << 20U;     ///< of all strings with ${...} together
inline constexpr std::size_t deepest_reference = 32;                 ///< parameters that refer to each other
inline constexpr std::size_t most_points = 10'000;                   ///< runs of a sweep
inline constexpr std::size_t longest_point = 255;                    ///< bytes of their folders' names
inline constexpr std::size_t most_problems = 1000;  ///< then the file is not looked at further

}  // namespace ipet::definition
