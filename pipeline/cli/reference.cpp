#include "pipeline/cli/reference.hpp"

#include <algorithm>

#include "pipeline/cli/table.hpp"
#include "pipeline/plan/needs.hpp"
#include "pipeline/text/lists.hpp"

namespace ipet::cli {

std::string Subject::kind() const {
  if (component != nullptr) return component->interface.name;
  return "stage (" + std::string(form_text(stage->form)) + ")";
}

std::vector<Subject> subjects(const catalog::PluginCatalog& catalog, const std::optional<std::string>& name) {
  std::vector<Subject> out;
  for (const StageDescription& stage : catalog.registry().stages()) {
    if (!name || stage.name == *name) out.push_back({&stage, nullptr, catalog.library_of(stage.name)});
  }
  for (const ComponentDescription& component : catalog.registry().components()) {
    if (!name || component.name == *name)
      out.push_back({nullptr, &component, catalog.library_of(component.name)});
  }
  std::sort(out.begin(), out.end(), [](const Subject& a, const Subject& b) {
    const bool component_a = a.component != nullptr, component_b = b.component != nullptr;
    return component_a != component_b ? component_b : a.name() < b.name();
  });
  return out;
}

std::string limits_text(const OptionDescription& option) {
  if (!option.choices.empty()) return "one of: " + text::joined(option.choices);
  const bool whole = option.type == "int";
  const auto number = [&](double value) {
    return whole ? Value(Value::Data(static_cast<std::int64_t>(value))).toml()
                 : Value(Value::Data(value)).toml();
  };
  if (option.minimum && option.maximum) return number(*option.minimum) + " to " + number(*option.maximum);
  if (option.minimum) return "at least " + number(*option.minimum);
  if (option.maximum) return "at most " + number(*option.maximum);
  return {};
}

std::string types_text(const InputDescription& input) {
  return text::joined(input.types, " or ", &TypeName::text);
}

std::string default_text(const OptionDescription& option) {
  return option.required ? "required" : option.fallback.toml();
}

namespace {

std::string shape_text(const InputDescription& input) {
  std::string out = input.whole ? "one whole value" : "stream";
  if (input.collector) out += ", gathered from " + input.collector->element.text();
  if (input.optional) out += ", optional";
  return out;
}

struct Ports {
  std::string title;  ///< of the list
  std::string head;   ///< of the names in a table
  std::string verb;
  Rows rows;  ///< name, type, shape, about
};

/// Inputs and outputs of a stage; what a component needs, as inputs of the stage that has it.
std::vector<Ports> ports_of(const Subject& subject) {
  using Row = Rows::value_type;
  const auto input = [](const InputDescription& each) {
    return Row{each.name, types_text(each), shape_text(each), each.about};
  };
  const auto output = [](const OutputDescription& each) {
    return Row{each.name, each.type.text(), each.whole ? "one whole value" : "stream", each.about};
  };
  if (subject.stage == nullptr)
    return {{"needs inputs of its stage", "needs the input", "takes",
             text::mapped(subject.component->needs, input)}};
  return {{"inputs", "input", "takes", text::mapped(subject.stage->inputs, input)},
          {"outputs", "output", "gives", text::mapped(subject.stage->outputs, output)}};
}

bool passes_needs(const Subject& subject, const Ports& ports) {
  return ports.title == "inputs" && plan::passes_needs(subject.stage->options);
}

}  // namespace

std::string text_reference(const Subject& subject) {
  std::string out = subject.name() + "  " + subject.kind() + "\n";
  if (!subject.about().empty()) out += "  " + subject.about() + "\n";
  for (const Ports& ports : ports_of(subject)) {
    if (ports.rows.empty()) continue;
    out += "\n" + ports.title + "\n" + aligned(ports.rows, 2);
    if (passes_needs(subject, ports)) out += "  and what its components need\n";
  }
  if (!subject.options().options.empty()) {
    Rows rows;
    for (const OptionDescription& option : subject.options().options) {
      rows.push_back({option.name, option.type, option.required ? "required" : "= " + default_text(option),
                      option.unit, limits_text(option), option.about});
    }
    out += "\noptions\n" + aligned(rows, 2);
  } else {
    out += "\nno options\n";
  }
  if (subject.library != nullptr) {
    out += "\nplugin " + subject.library->name + " " + subject.library->version + ", " +
           subject.library->path.string() + "\n";
  }
  return out;
}

namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(const std::string& text) {
  return text.empty() ? "" : std::string("`").append(escaped(text)).append("`");
}

std::string markdown_table(const std::vector<std::string>& header, const Rows& rows) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string out = "|";
    for (const std::string& cell : cells) out.append(" ").append(cell).append(cell.empty() ? "|" : " |");
    return out + "\n";
  };
  std::string out = "\n";
  out += line(header);
  out += line(std::vector<std::string>(header.size(), "---"));
  for (const auto& row : rows) out += line(row);
  return out;
}

}  // namespace

std::string markdown_reference(const Subject& subject) {
  std::string out = "## " + subject.name() + "\n\n*" + subject.kind() + "*\n";
  if (!subject.about().empty()) out += "\n" + subject.about() + "\n";
  for (Ports& ports : ports_of(subject)) {
    for (Rows::value_type& row : ports.rows)
      row = {code(row[0]), code(row[1]), escaped(row[2]), escaped(row[3])};
    if (!ports.rows.empty()) out += markdown_table({ports.head, "type", ports.verb, ""}, ports.rows);
    if (passes_needs(subject, ports)) out += "\nIt also has the inputs that its components need.\n";
  }
  Rows rows;
  for (const OptionDescription& option : subject.options().options) {
    rows.push_back({code(option.name), option.type, option.required ? "required" : code(default_text(option)),
                    option.unit, escaped(limits_text(option)), escaped(option.about)});
  }
  if (!rows.empty()) out += markdown_table({"option", "type", "default", "unit", "range", ""}, rows);
  return out;
}

}  // namespace ipet::cli
