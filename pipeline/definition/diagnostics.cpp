#include "pipeline/definition/diagnostics.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

#include "pipeline/definition/definition.hpp"

namespace ipet::definition {
namespace {

/// The line of the file that a place points at, tabs shown as single blanks so that carets stay below.
std::optional<std::string> source_line(const Place& place) {
  if (!place.file || place.line == 0) return std::nullopt;
  std::ifstream file(*place.file);
  std::string line;
  for (std::uint32_t i = 0; i < place.line; ++i) {
    if (!std::getline(file, line)) return std::nullopt;
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  std::replace(line.begin(), line.end(), '\t', ' ');
  // Enough to see the place; a line may be as long as the file.
  const std::size_t enough = place.column * std::size_t{4} + 400;
  if (line.size() > enough) {
    line.resize(enough);
    while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0x80) != 0) line.pop_back();
    line += " ...";
  }
  return line;
}

/// Columns count characters, not bytes.
std::size_t characters(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string underline(const Place& place, const std::string& line) {
  const std::size_t column = std::max<std::uint32_t>(place.column, 1);
  const std::size_t width = characters(line);
  const std::size_t room = width >= column ? width - column + 1 : 1;
  return std::string(column - 1, ' ') + std::string(std::clamp<std::size_t>(place.length, 1, room), '^');
}

/// The lines of a hint, each behind the bar.
std::string below(const std::string& hint, std::size_t width) {
  std::string out;
  for (const char c : hint) {
    out += c;
    if (c == '\n') out += std::string(width, ' ') + " | ";
  }
  return out;
}

}  // namespace

std::string format_problem(const Problem& problem, std::string_view severity) {
  std::string out;
  if (problem.where.file) out += problem.where.text() + ": ";
  out += std::string(severity) + "[" + problem.code + "]: " + problem.message + "\n";
  if (const auto line = source_line(problem.where)) {
    const std::string number = std::to_string(problem.where.line);
    const std::size_t width = std::max<std::size_t>(5, number.size());
    out += std::string(width - number.size(), ' ') + number + " | " + *line + "\n";
    out += std::string(width, ' ') + " | " + underline(problem.where, *line);
    out += (problem.hint.empty() ? "" : " " + below(problem.hint, width)) + "\n";
  } else if (!problem.hint.empty()) {
    out += "      | " + below(problem.hint, 5) + "\n";
  }
  return out;
}

std::string format_problems(const Problems& problems, std::string_view severity) {
  std::string out;
  for (const Problem& problem : problems) out += format_problem(problem, severity);
  return out;
}

DefinitionError::DefinitionError(Problems problems)
    : std::runtime_error(format_problems(problems, "error")), problems_(std::move(problems)) {}

}  // namespace ipet::definition
