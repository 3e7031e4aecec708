// In which floating-point numbers a network computes.
#pragma once

#include "pipeline/text/words.hpp"

namespace ipet::fingerprint {

enum class Precision { float32, float64 };
inline constexpr text::Word<Precision> precisions[] = {{"float32", Precision::float32},
                                                       {"float64", Precision::float64}};

}  // namespace ipet::fingerprint
