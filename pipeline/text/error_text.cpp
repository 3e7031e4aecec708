#include "pipeline/text/error_text.hpp"

#include <algorithm>

#include "pipeline/text/printable.hpp"
#include "pipeline/text/utf8.hpp"

namespace ipet::text {
namespace {

constexpr std::size_t longest_place = 400, longest_message = 600, longest_hint = 2000;
constexpr std::size_t longest_quote = 120, before_place = 60;

/// A line as it is quoted, and where its marked part is then. Columns are characters; escapes are longer.
struct Quote {
  std::string text;
  std::size_t begin = 0, length = 1;
};

std::size_t character_length(std::string_view text, std::size_t at) {
  return std::max<std::size_t>(1, sequence_length(text, at));
}

Quote quote(std::string_view line, std::size_t column, std::size_t length) {
  Quote out;
  const std::size_t first = column > longest_quote - before_place ? column - before_place : 1;
  if (first > 1) out.text = "... ";
  std::size_t width = characters(out.text), at = 0, number = 1;
  std::optional<std::size_t> begin, end;
  for (; at < line.size(); ++number) {
    const std::size_t bytes = character_length(line, at);
    if (number == column) begin = width;
    if (number == column + length) end = width;
    if (number >= first) {
      if (number >= first + longest_quote) break;
      const std::string piece = line[at] == '\t' ? " " : printable(line.substr(at, bytes));
      out.text += piece;
      width += characters(piece);
    }
    at += bytes;
  }
  out.begin = begin.value_or(width);
  out.length = std::max<std::size_t>(1, std::max(end.value_or(width), out.begin) - out.begin);
  if (at < line.size()) out.text += " ...";
  return out;
}

std::string cut_lines(const std::string& text, std::size_t most) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out += (at == 0 ? "" : "\n") + shortened(std::string_view(text).substr(at, end - at), most);
    at = end + 1;
  }
  return out;
}

/// The lines of a hint, all behind the bar, so that none can pass for an error of ours.
std::string behind_bar(std::string_view hint, std::size_t width) {
  std::string out;
  for (std::size_t at = 0; at <= hint.size();) {
    const std::size_t end = std::min(hint.find('\n', at), hint.size());
    if (at > 0) out += "\n" + std::string(width, ' ') + " | ";
    out += shortened(printable(hint.substr(at, end - at)), longest_hint);
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string error_text(const ErrorText& error) {
  std::string out;
  if (!error.place.empty()) out += shortened(printable(error.place), longest_place) + ": ";
  out += std::string(error.severity) + "[" + error.code +
         "]: " + cut_lines(printable_lines(error.message, 2), longest_message) + "\n";
  const std::string number = std::to_string(error.number);
  const std::size_t width = std::max<std::size_t>(5, number.size());
  const std::string hint = behind_bar(error.hint, error.line ? width : 5);
  if (error.line) {
    const Quote quoted = quote(*error.line, std::max<std::uint32_t>(error.column, 1), error.length);
    out += std::string(width - number.size(), ' ') + number + " | " + quoted.text + "\n";
    out += std::string(width, ' ') + " | " + std::string(quoted.begin, ' ') +
           std::string(quoted.length, '^') + (hint.empty() ? "" : " " + hint) + "\n";
  } else if (!hint.empty()) {
    out += std::string(5, ' ') + " | " + hint + "\n";
  }
  return out;
}

std::string more_text(std::size_t count, std::string_view severity) {
  if (count <= most_shown) return {};
  const std::size_t more = count - most_shown;
  return "and " + std::to_string(more) + " more " + std::string(severity) + (more == 1 ? "" : "s") + "\n";
}

std::optional<std::string> line_of(std::string_view text, std::uint32_t number) {
  if (number == 0) return std::nullopt;
  for (; number > 1; --number) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return std::string(line);
}

}  // namespace ipet::text
