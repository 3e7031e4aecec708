// A value of a pipeline file. Every value, also deep inside arrays and tables, keeps the place it came from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ipet {

/// A place in a pipeline file. Line and column count from 1; line 0 means "no file" (a default, the command
/// line).
struct Place {
  std::shared_ptr<const std::string> file;  ///< path as the user gave it; null for defaults
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 1;  ///< characters to underline

  /// "file:line:column", or the file alone ("--set omega=1" for the command line), or "(default)".
  [[nodiscard]] std::string text() const;
};

class Value;
using Array = std::vector<Value>;

/// A table entry: the place of its key and its value.
struct Entry;
/// Entries in the order of the file.
using Table = std::vector<Entry>;

/// One TOML value: boolean, integer, float, string, array or table (dates are refused by the parser).
class Value {
 public:
  using Data = std::variant<bool, std::int64_t, double, std::string, Array, std::shared_ptr<Table>>;

  Value();
  explicit Value(Data data_in, Place where_in = {});
  // In value.cpp, since every plugin copies values and would compile the variant's.
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();

  template <class T>
  [[nodiscard]] const T* get_if() const {
    return std::get_if<T>(&data);
  }
  [[nodiscard]] const Table* table() const;
  [[nodiscard]] Table* table();
  /// The entry of a table with this key, or null.
  [[nodiscard]] const Entry* find(std::string_view key) const;
  [[nodiscard]] Entry* find(std::string_view key);
  /// "boolean", "integer", "float", "string", "array" or "table".
  [[nodiscard]] std::string_view type_text() const;
  /// The value as TOML text on one line.
  [[nodiscard]] std::string toml() const;
  /// A copy that shares no table with this value.
  [[nodiscard]] Value clone() const;

  Data data;
  Place where;
};

struct Entry {
  std::string key;
  Place where;  ///< of the key
  Value value;
};

/// One thing wrong with a definition. Checks collect them all before anything is thrown.
struct Problem {
  std::string code;  ///< short and stable, for example "unknown-option"
  Place where;
  std::string message;  ///< "stage 'windows': no option 'omga'"
  std::string hint;     ///< shown under the quoted line; may be empty
};
using Problems = std::vector<Problem>;

inline void report(Problems& problems, std::string code, Place where, std::string message,
                   std::string hint = {}) {
  problems.push_back({std::move(code), std::move(where), std::move(message), std::move(hint)});
}

/// The candidate nearest to `word` by edit distance, or "" when none is near enough to be a misspelling.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace ipet
