// Pieces of the tables.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include "pipeline/text/numbers.hpp"
#include "pipeline/text/wrapping.hpp"
#include "stages/report/report.hpp"

namespace ipet::evaluation {

using text::format;

inline std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

/// Three digits that count, no zeros at the end: "66.6", "0.25", "1234".
inline std::string short_number(double number) {
  return format(std::abs(number) < 999.5 ? "%.3g" : "%.0f", number);
}

/// A note below a table, in lines of a terminal's width.
inline std::string note_lines(const std::string& note) {
  return text::wrapped("  " + note, 118, 4) + "\n";
}

/// What `table` gives for comparisons.
std::string comparison_table(const EvaluationReport& report);

}  // namespace ipet::evaluation
