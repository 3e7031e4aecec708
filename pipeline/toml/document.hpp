// The one way from a file or an argument to TOML (pipeline/text/README.md). Only here is toml++ asked to
// parse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "pipeline/toml/depth.hpp"

namespace ipet::toml_text {

/// Larger files are refused. A devices file of 65,535 devices has about 6 MB.
inline constexpr std::size_t largest_file = std::size_t{16} << 20U;

/// One thing wrong.
struct Issue {
  std::string code;  ///< "cannot-read", "too-large", "not-text", "too-deep", "duplicate-key", "invalid-toml"
  Where where;
  std::string message;  ///< one line; may hold what others wrote, as it is
  std::string hint;     ///< may be empty
};

/// The text of a regular file of at most `most` bytes. A pipe is not waited for. Throws Refused with the code
/// "cannot-read" or "too-large" and no place.
std::string read_text(const std::filesystem::path& file, std::size_t most = largest_file);

/// Which pipe a path names, where it is one without a name: what a shell makes of `<(...)` and `|`. Others
/// must be waited for until somebody opens them.
std::optional<std::pair<std::uint64_t, std::uint64_t>> unnamed_pipe(const std::filesystem::path& file);
/// What comes through it until its end, which is waited for. It can be read once. Throws as read_text.
std::string read_unnamed_pipe(const std::filesystem::path& file, std::size_t most = largest_file);

/// Parses UTF-8 text without NUL that nests at most `deepest` levels, those of a header and those below it
/// counted apart. Throws Refused, with the place.
toml::table parse(std::string_view text);

/// Parses the right-hand side of `key = value` (one line). Throws Refused, with the place in `value = ...`.
toml::table parse_value(std::string_view text);

class Refused : public std::runtime_error {
 public:
  explicit Refused(Issue issue) : std::runtime_error(issue.message), issue_(std::move(issue)) {}
  [[nodiscard]] const Issue& issue() const { return issue_; }

 private:
  Issue issue_;
};

/// Where toml++ found something; `length` is 1 where it goes over several lines.
Where where_of(const toml::source_region& region);

/// The issues of one text as error_text() has them, sorted by place: the first twenty, then how many more
/// there are. `shown` is the file in messages. Without a newline at the end.
std::string text_of(std::vector<Issue> issues, std::string_view shown, std::string_view text);

/// A file with its text, for messages that quote it.
struct Document {
  std::string shown;  ///< its path in messages
  std::string text;
  toml::table root;
};

/// Reads and parses. Throws std::runtime_error, what() being text_of().
Document read_document(const std::filesystem::path& file, std::size_t most = largest_file);

}  // namespace ipet::toml_text
