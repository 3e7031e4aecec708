#include "pipeline/definition/toml_reader.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/definition/source.hpp"
#include "pipeline/toml/document.hpp"

namespace ipet::definition {
namespace {

using File = std::shared_ptr<const std::string>;

Place place_of(const File& file, const toml_text::Where& where) {
  return {file, where.line, where.column, where.length};
}

Value convert(const toml::node& node, const File& file, Problems& problems);

Value convert_table(const toml::table& table, const File& file, Problems& problems) {
  Value out;
  for (const auto& [key, node] : table) {
    out.table()->push_back({std::string(key.str()), place_of(file, toml_text::where_of(key.source())),
                            convert(node, file, problems)});
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
  report(problems, "unsupported-value", place_of(file, toml_text::where_of(node.source())),
         "dates and times are not used in pipeline files", "write it as a string");
  return Value(Value::Data(std::string()));
}

Value convert(const toml::node& node, const File& file, Problems& problems) {
  Value out = node.is_table()   ? convert_table(*node.as_table(), file, problems)
              : node.is_array() ? convert_array(*node.as_array(), file, problems)
                                : convert_scalar(node, file, problems);
  out.where = place_of(file, toml_text::where_of(node.source()));
  return out;
}

}  // namespace

Place whole_file(const std::filesystem::path& file) {
  return {std::make_shared<const std::string>(file.string()), 0, 0, 1};
}

std::optional<Value> read_toml(const std::filesystem::path& path, Problems& problems,
                               const Place* included_at) {
  const auto file = std::make_shared<const std::string>(path.string());
  try {
    return convert(toml_text::parse(source_text(path)), file, problems);
  } catch (const toml_text::Refused& refused) {
    const toml_text::Issue& issue = refused.issue();
    if (included_at != nullptr && issue.where.line == 0)
      report(problems, "include", *included_at, "included file '" + *file + "' " + issue.message, issue.hint);
    else
      report(problems, issue.code, place_of(file, issue.where), issue.message, issue.hint);
    return std::nullopt;
  }
}

std::optional<Value> parse_toml(const std::string& text) {
  try {
    Problems problems;
    Value value = convert(toml_text::parse(text), nullptr, problems);
    return problems.empty() ? std::optional(std::move(value)) : std::nullopt;
  } catch (const toml_text::Refused&) {
    return std::nullopt;
  }
}

std::optional<Value> parse_toml_value(const std::string& text) {
  if (text.find('\n') != std::string::npos) return std::nullopt;
  const std::optional<Value> table = parse_toml("value = " + text);
  const Entry* entry = table && table->table()->size() == 1 ? table->find("value") : nullptr;
  return entry != nullptr ? std::optional(entry->value) : std::nullopt;
}

}  // namespace ipet::definition
