#include "pipeline/definition/toml_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include <toml++/toml.h>

#include "pipeline/definition/toml_keys.hpp"

namespace ipet::definition {
namespace {

using File = std::shared_ptr<const std::string>;

Place place_of(const File& file, const toml::source_region& region) {
  Place place{file, region.begin.line, region.begin.column, 1};
  if (region.end.line == region.begin.line && region.end.column > region.begin.column) {
    place.length = region.end.column - region.begin.column;
  }
  return place;
}

Value convert(const toml::node& node, const File& file, Problems& problems);

Value convert_table(const toml::table& table, const File& file, Problems& problems) {
  Value out;
  for (const auto& [key, node] : table) {
    out.table()->push_back(
        {std::string(key.str()), place_of(file, key.source()), convert(node, file, problems)});
  }
  // toml++ sorts by key; pipelines keep the order of the file.
  std::stable_sort(out.table()->begin(), out.table()->end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
  });
  return out;
}

Value convert_array(const toml::array& array, const File& file, Problems& problems) {
  Array out;
  for (const toml::node& element : array) out.push_back(convert(element, file, problems));
  return Value(Value::Data(std::move(out)));
}

Value convert_scalar(const toml::node& node, const File& file, Problems& problems) {
  if (const auto* flag = node.as_boolean()) return Value(Value::Data(flag->get()));
  if (const auto* integer = node.as_integer()) return Value(Value::Data(integer->get()));
  if (const auto* number = node.as_floating_point()) return Value(Value::Data(number->get()));
  if (const auto* text = node.as_string()) return Value(Value::Data(text->get()));
  problems.push_back({"unsupported-value", place_of(file, node.source()),
                      "dates and times are not used in pipeline files", "write it as a string"});
  return Value(Value::Data(std::string()));
}

Value convert(const toml::node& node, const File& file, Problems& problems) {
  Value out = node.is_table()   ? convert_table(*node.as_table(), file, problems)
              : node.is_array() ? convert_array(*node.as_array(), file, problems)
                                : convert_scalar(node, file, problems);
  out.where = place_of(file, node.source());
  return out;
}

std::string line_of(const std::string& text, std::uint32_t number) {
  std::istringstream lines(text);
  std::string line;
  for (std::uint32_t i = 0; i < number; ++i) std::getline(lines, line);
  return line;
}

/// toml++ notices a second definition only behind the key, and quotes quoted keys once more. Reads the key in
/// the text instead.
std::optional<Problem> duplicate_key(const std::string& text, Place where) {
  const auto key = key_at(line_of(text, where.line), where.column);
  if (!key) return std::nullopt;
  where.column = key->column;
  where.length = key->length;
  return Problem{"duplicate-key", where, "'" + key->text + "' is defined twice",
                 "it already has a value above"};
}

Problem parse_problem(const toml::parse_error& error, const std::string& text, const File& file) {
  const Place where = place_of(file, error.source());
  const std::string description(error.description());
  if (description.find("cannot redefine") != std::string::npos &&
      description.find('\'') != std::string::npos) {
    if (auto problem = duplicate_key(text, where)) return *std::move(problem);
  }
  return {"invalid-toml", where, description, {}};
}

/// Nothing, and the reason, when the file cannot be read.
std::optional<std::string> read_text(const std::filesystem::path& path, bool regular_only,
                                     std::string& reason) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) {
    reason = "it is a folder";
    return std::nullopt;
  }
  if (regular_only && std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    reason = "it is no regular file";
    return std::nullopt;
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  if (stream && stream.peek() != std::ifstream::traits_type::eof()) text << stream.rdbuf();
  if (stream.is_open() && !stream.bad() && !text.bad()) return text.str();
  reason = std::strerror(errno != 0 ? errno : EIO);
  return std::nullopt;
}

}  // namespace

Place whole_file(const std::filesystem::path& file) {
  return {std::make_shared<const std::string>(file.string()), 0, 0, 1};
}

std::optional<Value> read_toml(const std::filesystem::path& path, Problems& problems,
                               const Place* included_at) {
  const auto file = std::make_shared<const std::string>(path.string());
  std::string reason;
  const std::optional<std::string> text = read_text(path, included_at != nullptr, reason);
  if (!text && included_at != nullptr) {
    problems.push_back(
        {"include", *included_at, "included file '" + *file + "' cannot be read: " + reason, {}});
  } else if (!text) {
    problems.push_back({"cannot-read", whole_file(path), "cannot be read: " + reason, {}});
  }
  if (!text) return std::nullopt;
  if (const auto deep = too_deep(*text)) {
    problems.push_back({"too-deep",
                        Place{file, deep->line, deep->column, 1},
                        "keys and values more than " + std::to_string(deepest) + " levels deep",
                        {}});
    return std::nullopt;
  }
  try {
    return convert(toml::parse(std::string_view(*text), std::string_view(*file)), file, problems);
  } catch (const toml::parse_error& failure) {
    problems.push_back(parse_problem(failure, *text, file));
    return std::nullopt;
  }
}

std::optional<Value> parse_toml_value(const std::string& text) {
  if (text.find('\n') != std::string::npos || too_deep(text)) return std::nullopt;
  try {
    const toml::table table = toml::parse(std::string_view("value = " + text));
    Problems problems;
    Value value = convert(*table.get("value"), nullptr, problems);
    if (!problems.empty()) return std::nullopt;
    return value;
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

}  // namespace ipet::definition
