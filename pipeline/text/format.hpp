// Numbers as text, by the patterns of printf.
#pragma once

#include <cstdio>
#include <string>

namespace ipet::text {

/// At most 255 bytes.
template <class... Numbers>
std::string format(const char* pattern, Numbers... numbers) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, numbers...);
  return text;
}

}  // namespace ipet::text
