#include "pipeline/text/numbers.hpp"

#include <cstdarg>
#include <cstdio>

namespace ipet::text {

std::string format(const char* pattern, ...) {
  va_list numbers, again;
  va_start(numbers, pattern);
  va_copy(again, numbers);
  const int length = std::vsnprintf(nullptr, 0, pattern, numbers);
  va_end(numbers);
  std::string text(static_cast<std::size_t>(length), '\0');
  std::vsnprintf(text.data(), text.size() + 1, pattern, again);
  va_end(again);
  return text;
}

}  // namespace ipet::text
