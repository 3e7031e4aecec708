// UTF-8 (RFC 3629; Unicode 15, table 3-7).
#pragma once

#include <cstddef>
#include <string_view>

namespace ipet::text {

/// Bytes of the well-formed sequence at `at`, which is below text.size(); 0 when there is none.
std::size_t sequence_length(std::string_view text, std::size_t at);

/// The code point of the well-formed sequence at `at`.
char32_t code_point(std::string_view text, std::size_t at);

/// The first byte that is not part of a well-formed sequence; npos when all are.
std::size_t first_invalid(std::string_view text);

bool is_utf8(std::string_view text);

/// Characters of text that is UTF-8.
std::size_t characters(std::string_view text);

/// Where the character of this number, from 0, begins; the end when there are fewer.
std::size_t byte_of(std::string_view text, std::size_t character);

}  // namespace ipet::text
