// Reads one table of a TOML file: every key must be known and of its type, and errors name their place.
#pragma once

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/text/printable.hpp"
#include "pipeline/toml/document.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::traffic {

struct Range {
  double low = 0, high = 0;
};

/// Calls `read(root)` for the file's table; gives errors the file and the quoted line.
template <class Read>
auto read_toml(const std::filesystem::path& file, const Read& read,
               std::size_t most_bytes = toml_text::largest_file) {
  const toml_text::Document document = toml_text::read_document(file, most_bytes);
  try {
    return read(document.root);
  } catch (const toml_text::Refused& refused) {
    throw std::runtime_error(toml_text::text_of({refused.issue()}, document.shown, document.text));
  }
}

/// A TOML basic string.
inline std::string toml_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      constexpr const char* digits = "0123456789ABCDEF";
      out += std::string("\\u00") + digits[c >> 4] + digits[c & 15];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

class TableReader {
 public:
  /// `code` is that of the errors ("home-file"); `what` begins the messages: "device 'plug'".
  TableReader(const char* code, const toml::table& table, std::string what)
      : code_(code), table_(table), what_(std::move(what)) {}

  void rename(std::string what) { what_ = std::move(what); }
  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

  std::string text(std::string_view key) { return typed<std::string>(key, "a string"); }
  std::string text(std::string_view key, const std::string& fallback) {
    return has(key) ? text(key) : fallback;
  }
  bool flag(std::string_view key, bool fallback) {
    return has(key) ? typed<bool>(key, "true or false") : fallback;
  }
  double number(std::string_view key, double low, double high) { return number_of(get(key), key, low, high); }
  double number(std::string_view key, double low, double high, double fallback) {
    return has(key) ? number(key, low, high) : fallback;
  }
  /// A number, or [low, high].
  Range range(std::string_view key, double low, double high) { return range_of(get(key), key, low, high); }
  Range range(std::string_view key, double low, double high, Range fallback) {
    return has(key) ? range(key, low, high) : fallback;
  }
  /// [low, high], or several of them, apart from each other and ascending.
  std::vector<Range> ranges(std::string_view key, double low, double high) {
    const toml::array& all = array(key);
    if (!all.empty() && !all.get(0)->is_array()) return {range(key, low, high)};
    std::vector<Range> ranges;
    for (const toml::node& node : all) {
      ranges.push_back(range_of(node, key, low, high));
      if (ranges.size() > 1 && ranges.back().low <= ranges[ranges.size() - 2].high)
        fail(node, key, "must hold ranges in their order, none of which touches another");
    }
    return ranges;
  }
  const toml::table& table(std::string_view key) {
    const toml::node& node = get(key);
    if (!node.is_table()) fail(node, key, "must be a table");
    return *node.as_table();
  }
  const toml::array& array(std::string_view key) {
    const toml::node& node = get(key);
    if (!node.is_array()) fail(node, key, "must be an array");
    return *node.as_array();
  }
  /// The index of the name in `list` (elements with a `name`).
  template <class List>
  std::size_t reference(std::string_view key, const List& list, const std::string& kind) {
    const std::string name = text(key);
    std::string names;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].name == name) return i;
      names += (i == 0 ? "" : ", ") + list[i].name;
    }
    fail(get(key), key,
         "names no " + kind + ": '" + text::shown(name) + "'; there are: " + text::shortened(names, 400));
  }
  [[noreturn]] void fail(std::string_view key, const std::string& message) { fail(get(key), key, message); }
  /// Of the table at `position` of an array of tables under `key`.
  const toml::table& table_at(std::string_view key, std::size_t position) {
    const toml::node& node = *array(key).get(position);
    if (!node.is_table()) fail_at(node.source(), what_ + ": '" + std::string(key) + "' must hold tables");
    return *node.as_table();
  }
  [[noreturn]] void fail(const std::string& message) const {
    fail_at(table_.source(), what_ + ": " + message);
  }

  /// Call last: a key that nobody asked for is an error.
  void finish() const {
    for (const auto& [key, node] : table_)
      if (!used_.contains(std::string(key.str())))
        fail_at(key.source(), what_ + ": no key '" + text::shown(key.str()) + "'");
  }

 private:
  const toml::node& get(std::string_view key) {
    const toml::node* node = table_.get(key);
    if (node == nullptr) fail("key '" + std::string(key) + "' is missing");
    used_.insert(std::string(key));
    return *node;
  }
  template <class T>
  T typed(std::string_view key, const char* type) {
    const toml::node& node = get(key);
    const auto value = node.value_exact<T>();
    if (!value) fail(node, key, std::string("must be ") + type);
    return *value;
  }
  Range range_of(const toml::node& node, std::string_view key, double low, double high) {
    const toml::array* pair = node.as_array();
    if (pair == nullptr) {
      const double value = number_of(node, key, low, high);
      return {value, value};
    }
    if (pair->size() != 2) fail(node, key, "must be a number or [low, high]");
    const Range range{number_of(*pair->get(0), key, low, high), number_of(*pair->get(1), key, low, high)};
    if (range.low > range.high) fail(node, key, "must have its low end first");
    return range;
  }
  double number_of(const toml::node& node, std::string_view key, double low, double high) const {
    if (!node.is_number()) fail(node, key, "must be a number");
    const double value = node.value<double>().value_or(0);
    if (!(value >= low && value <= high))
      fail(node, key,
           "must lie in " + number_text(low) + " .. " + number_text(high) + ", not " + number_text(value));
    return value;
  }
  [[noreturn]] void fail(const toml::node& node, std::string_view key, const std::string& message) const {
    fail_at(node.source(), what_ + ": '" + std::string(key) + "' " + message);
  }

  [[noreturn]] void fail_at(const toml::source_region& where, const std::string& message) const {
    throw toml_text::Refused({code_, toml_text::where_of(where), message, {}});
  }

  const char* code_;
  const toml::table& table_;
  std::string what_;
  std::set<std::string> used_;
};

}  // namespace ipet::traffic
