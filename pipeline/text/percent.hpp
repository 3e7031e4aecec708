// Names of files where only UTF-8 without control characters can be stored.
#pragma once

#include <string>
#include <string_view>

namespace ipet::text {

/// Bytes that are no UTF-8 and control characters (printable.hpp) become %XX (RFC 3986, capital digits), and
/// so does a '%' before two capital hexadecimal digits. Other names stay as they are.
std::string percent_encoded(std::string_view name);

/// "%2F"
void append_escape(std::string& out, char c);

/// The name that percent_encoded got.
std::string percent_decoded(std::string_view encoded);

}  // namespace ipet::text
