#include "pipeline/sdk/value.hpp"

#include <cctype>
#include <charconv>
#include <cmath>

namespace ipet {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      static constexpr char digits[] = "0123456789ABCDEF";
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
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
  return bare ? key : quoted(key);
}

}  // namespace

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
  if (const auto* string = get_if<std::string>()) return quoted(*string);
  std::string out;
  if (const auto* array = get_if<Array>()) {
    for (const Value& element : *array) out += (out.empty() ? "" : ", ") + element.toml();
    return "[" + out + "]";
  }
  for (const Entry& entry : *table()) {
    out += (out.empty() ? " " : ", ") + key_text(entry.key) + " = " + entry.value.toml();
  }
  return out.empty() ? "{}" : "{" + out + " }";
}

Value Value::clone() const {
  Value copy = *this;
  if (const auto* array = get_if<Array>()) {
    Array elements;
    for (const Value& element : *array) elements.push_back(element.clone());
    copy.data = std::move(elements);
  } else if (const Table* entries = table()) {
    auto cloned = std::make_shared<Table>();
    for (const Entry& entry : *entries) cloned->push_back({entry.key, entry.where, entry.value.clone()});
    copy.data = std::move(cloned);
  }
  return copy;
}

}  // namespace ipet
