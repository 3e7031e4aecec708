// Numbers as text, by the patterns of printf.
#pragma once

#include <string>

namespace ipet::text {

[[gnu::format(printf, 1, 2)]] std::string format(const char* pattern, ...);

}  // namespace ipet::text
