#include "pipeline/definition/diagnostics.hpp"

#include <algorithm>
#include <optional>

#include "pipeline/definition/definition.hpp"
#include "pipeline/definition/source.hpp"
#include "pipeline/text/error_text.hpp"
#include "pipeline/toml/document.hpp"

namespace ipet::definition {
namespace {

/// The line of the file that a place points at.
std::optional<std::string> source_line(const Place& place) {
  if (!place.file || place.line == 0) return std::nullopt;
  try {
    return text::line_of(source_text(*place.file), place.line);
  } catch (const toml_text::Refused&) {
    return std::nullopt;  // gone meanwhile
  }
}

}  // namespace

std::string format_problem(const Problem& problem, std::string_view severity) {
  text::ErrorText out{problem.where.file ? problem.where.text() : "",
                      severity,
                      problem.code,
                      problem.message,
                      problem.hint,
                      source_line(problem.where),
                      problem.where.line,
                      problem.where.column,
                      problem.where.length};
  return text::error_text(out);
}

std::string format_problems(const Problems& problems, std::string_view severity) {
  std::string out;
  for (std::size_t i = 0; i < std::min(problems.size(), text::most_shown); ++i)
    out += format_problem(problems[i], severity);
  return out + text::more_text(problems.size(), severity);
}

DefinitionError::DefinitionError(Problems problems)
    : std::runtime_error(format_problems(problems, "error")), problems_(std::move(problems)) {}

}  // namespace ipet::definition
