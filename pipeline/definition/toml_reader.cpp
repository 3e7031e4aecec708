#include "pipeline/definition/toml_reader.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include <toml++/toml.h>

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

/// The last place before `end` at which `word` stands by itself.
std::size_t last_word(const std::string& line, const std::string& word, std::size_t end) {
  const auto part_of_key = [&](std::size_t at) {
    return at < line.size() &&
           (std::isalnum(static_cast<unsigned char>(line[at])) != 0 || line[at] == '_' || line[at] == '-');
  };
  std::size_t at = line.rfind(word, end);
  while (at != std::string::npos && (part_of_key(at + word.size()) || (at > 0 && part_of_key(at - 1)))) {
    at = at == 0 ? std::string::npos : line.rfind(word, at - 1);
  }
  return at;
}

/// toml++ notices a second definition only behind the key. Points at the key itself.
Problem duplicate_key(const std::string& text, std::string key, Place where) {
  const std::string line = line_of(text, where.line);
  const std::string last = key.substr(key.rfind('.') + 1);
  // The error stands behind a key, or in front of a table header.
  const bool header = line.find_first_not_of(" \t") == line.find('[');
  const std::size_t at = last_word(line, last, header ? line.size() : where.column - 1);
  if (at != std::string::npos) {
    where.column = static_cast<std::uint32_t>(at + 1);
    where.length = static_cast<std::uint32_t>(last.size());
  }
  return {"duplicate-key", where, "'" + key + "' is defined twice", "it already has a value above"};
}

Problem parse_problem(const toml::parse_error& error, const std::string& text, const File& file) {
  const Place where = place_of(file, error.source());
  const std::string description(error.description());
  if (description.find("cannot redefine") != std::string::npos) {
    const std::size_t begin = description.find('\''), end = description.rfind('\'');
    if (begin != std::string::npos && end > begin) {
      return duplicate_key(text, description.substr(begin + 1, end - begin - 1), where);
    }
  }
  return {"invalid-toml", where, description, {}};
}

}  // namespace

Place whole_file(const std::filesystem::path& file) {
  return {std::make_shared<const std::string>(file.string()), 0, 0, 1};
}

std::optional<Value> read_toml(const std::filesystem::path& path, Problems& problems) {
  const auto file = std::make_shared<const std::string>(path.string());
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    problems.push_back({"cannot-read", whole_file(path), "this is a folder, not a pipeline file", {}});
    return std::nullopt;
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  if (stream && stream.peek() != std::ifstream::traits_type::eof()) text << stream.rdbuf();
  if (!stream.is_open() || stream.bad()) {
    problems.push_back(
        {"cannot-read", whole_file(path), std::string("cannot be read: ") + std::strerror(errno), {}});
    return std::nullopt;
  }
  try {
    return convert(toml::parse(std::string_view(text.str()), std::string_view(*file)), file, problems);
  } catch (const toml::parse_error& failure) {
    problems.push_back(parse_problem(failure, text.str(), file));
    return std::nullopt;
  }
}

std::optional<Value> parse_toml_value(const std::string& text) {
  if (text.find('\n') != std::string::npos) return std::nullopt;
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
