// Pieces of the tables.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>

#include "stages/evaluation/report.hpp"

namespace ipet::evaluation {

template <class... Numbers>
std::string format(const char* pattern, Numbers... numbers) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, numbers...);
  return text;
}

inline std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

/// One line, "" where nothing was delayed and all was sent.
std::string delay_line(const defence::Overhead& overhead);

/// What `table` gives for comparisons.
std::string comparison_table(const EvaluationReport& report);

}  // namespace ipet::evaluation
