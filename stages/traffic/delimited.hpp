// Lines of tab or comma separated values.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ipet::traffic {

/// Tab where the header line has one, comma otherwise.
char separator_of(std::string_view header);

/// The line without a carriage return at its end.
std::string_view without_return(std::string_view line);
/// The text without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);
/// The text after a UTF-8 byte order mark, if it begins with one.
std::string_view without_mark(std::string_view text);

/// Splits lines into cells. A cell may be quoted ("a,b"; a quote within is written twice). Reused, so that a
/// line allocates nothing.
class CellSplitter {
 public:
  explicit CellSplitter(char separator) : separator_(separator) {}
  /// Valid while the line lives and until the next call. Null when a quoted cell does not end, or goes on
  /// after its quote.
  std::optional<std::span<const std::string_view>> split(std::string_view line);

 private:
  /// Takes the quoted cell that begins at `at`; false when it is malformed.
  bool quoted(std::string_view line, std::size_t& at);

  char separator_;
  std::vector<std::string_view> cells_;
  std::deque<std::string> unescaped_;  ///< cells with quotes within
};

}  // namespace ipet::traffic
