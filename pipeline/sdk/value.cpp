#include "pipeline/sdk/value.hpp"

#include <charconv>
#include <cmath>

#include "pipeline/text/lists.hpp"
#include "pipeline/text/numbers.hpp"
#include "pipeline/text/percent.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/text/utf8.hpp"

namespace ipet {
namespace {

/// TOML is UTF-8, which an argument of the command line need not be: such a text is percent-escaped.
std::string in_quotes(std::string_view given) {
  const std::string text = text::is_utf8(given) ? std::string(given) : text::percent_encoded(given);
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = text::sequence_length(text, at);
    const char32_t point = text::code_point(text, at);
    if (point == '"' || point == '\\') {
      out += {'\\', text[at]};
    } else if (point == '\n') {
      out += "\\n";
    } else if (point == '\t') {
      out += "\\t";
    } else if (text::is_control(point)) {
      out += text::format(point < 0x10000 ? "\\u%04X" : "\\U%08X", static_cast<unsigned>(point));
    } else {
      out += text.substr(at, length);
    }
    at += length;
  }
  return out + '"';
}

std::string float_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string key_text(const std::string& key) {
  const bool bare = !key.empty() && key.find_first_not_of(
                                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                                        std::string::npos;
  return bare ? key : in_quotes(key);
}

}  // namespace

Value::Value() : data(std::make_shared<Table>()) {}
Value::Value(Data data_in, Place where_in) : data(std::move(data_in)), where(std::move(where_in)) {}
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;

const Table* Value::table() const {
  const auto* pointer = get_if<std::shared_ptr<Table>>();
  return pointer != nullptr ? pointer->get() : nullptr;
}

Table* Value::table() {
  auto* pointer = std::get_if<std::shared_ptr<Table>>(&data);
  return pointer != nullptr ? pointer->get() : nullptr;
}

const Entry* Value::find(std::string_view key) const {
  if (const Table* entries = table()) {
    for (const Entry& entry : *entries) {
      if (entry.key == key) return &entry;
    }
  }
  return nullptr;
}

Entry* Value::find(std::string_view key) {
  if (Table* entries = table()) {
    for (Entry& entry : *entries) {
      if (entry.key == key) return &entry;
    }
  }
  return nullptr;
}

std::string_view Value::type_text() const {
  static constexpr std::string_view names[] = {"boolean", "integer", "float", "string", "array", "table"};
  return names[data.index()];
}

std::string Value::toml() const {
  if (const auto* flag = get_if<bool>()) return *flag ? "true" : "false";
  if (const auto* integer = get_if<std::int64_t>()) return std::to_string(*integer);
  if (const auto* number = get_if<double>()) return float_text(*number);
  if (const auto* string = get_if<std::string>()) return in_quotes(*string);
  if (const auto* array = get_if<Array>()) return "[" + text::joined(*array, ", ", &Value::toml) + "]";
  if (table()->empty()) return "{}";
  const auto entry = [](const Entry& each) { return key_text(each.key) + " = " + each.value.toml(); };
  return "{ " + text::joined(*table(), ", ", entry) + " }";
}

Value Value::clone() const {
  // Lists are not copied first: with lists in lists, that would be once for each level.
  Value copy(Data(false), where);
  if (const auto* array = get_if<Array>()) {
    Array elements;
    for (const Value& element : *array) elements.push_back(element.clone());
    copy.data = std::move(elements);
  } else if (const Table* entries = table()) {
    auto cloned = std::make_shared<Table>();
    for (const Entry& entry : *entries) cloned->push_back({entry.key, entry.where, entry.value.clone()});
    copy.data = std::move(cloned);
  } else {
    copy.data = data;
  }
  return copy;
}

}  // namespace ipet
