// What messages advise that the runtime and the stages both have.
#pragma once

namespace ipet::text {

/// The next step where a place cannot be written.
inline constexpr const char* write_elsewhere =
    "let this run write elsewhere (--output, or the stage's option)";

}  // namespace ipet::text
