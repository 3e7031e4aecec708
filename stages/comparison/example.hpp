// A stretch of a line before and after, for a picture.
#pragma once

#include "stages/comparison/comparison_inputs.hpp"
#include "stages/comparison/lines.hpp"

namespace ipet::comparison {

/// The busiest half hour of a test line: of the device with the median number of packets, under the defence
/// of options.example_defence, or the last one.
evaluation::LineExample draw_example(const ComparisonInputs& inputs, const ComparisonOptions& options,
                                     const Lines& lines, const defence::Resources& resources);

}  // namespace ipet::comparison
