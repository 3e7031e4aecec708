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
    if (!name || component.name == *name) {
      out.push_back({nullptr, &component, catalog.library_of(component.name)});
    }
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

/// What a component needs, as inputs of the stage that has it.
void add_needs(const ComponentDescription& component, std::string& out) {
  if (component.needs.empty()) return;
  Rows rows;
  for (const InputDescription& need : component.needs)
    rows.push_back({need.name, types_text(need), shape_text(need), need.about});
  out += "\nneeds inputs of its stage\n" + aligned(rows, 2);
}

void add_ports(const StageDescription& stage, std::string& out) {
  if (!stage.inputs.empty()) {
    Rows rows;
    for (const InputDescription& input : stage.inputs) {
      rows.push_back({input.name, types_text(input), shape_text(input), input.about});
    }
    out += "\ninputs\n" + aligned(rows, 2);
    if (plan::passes_needs(stage.options)) out += "  and what its components need\n";
  }
  if (!stage.outputs.empty()) {
    Rows rows;
    for (const OutputDescription& output : stage.outputs) {
      rows.push_back(
          {output.name, output.type.text(), output.whole ? "one whole value" : "stream", output.about});
    }
    out += "\noutputs\n" + aligned(rows, 2);
  }
}

}  // namespace

std::string text_reference(const Subject& subject) {
  std::string out = subject.name() + "  " + subject.kind() + "\n";
  if (!subject.about().empty()) out += "  " + subject.about() + "\n";
  if (subject.stage != nullptr) add_ports(*subject.stage, out);
  if (subject.component != nullptr) add_needs(*subject.component, out);
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
  Rows rows;
  if (subject.stage != nullptr) {
    for (const InputDescription& input : subject.stage->inputs) {
      rows.push_back(
          {code(input.name), code(types_text(input)), escaped(shape_text(input)), escaped(input.about)});
    }
    if (!rows.empty()) out += markdown_table({"input", "type", "takes", ""}, rows);
    if (plan::passes_needs(subject.stage->options))
      out += "\nIt also has the inputs that its components need.\n";
    rows.clear();
    for (const OutputDescription& output : subject.stage->outputs) {
      rows.push_back({code(output.name), code(output.type.text()),
                      output.whole ? "one whole value" : "stream", escaped(output.about)});
    }
    if (!rows.empty()) out += markdown_table({"output", "type", "gives", ""}, rows);
    rows.clear();
  }
  if (subject.component != nullptr) {
    for (const InputDescription& need : subject.component->needs)
      rows.push_back(
          {code(need.name), code(types_text(need)), escaped(shape_text(need)), escaped(need.about)});
    if (!rows.empty()) out += markdown_table({"needs the input", "type", "takes", ""}, rows);
    rows.clear();
  }
  for (const OptionDescription& option : subject.options().options) {
    rows.push_back({code(option.name), option.type, option.required ? "required" : code(default_text(option)),
                    option.unit, escaped(limits_text(option)), escaped(option.about)});
  }
  if (!rows.empty()) out += markdown_table({"option", "type", "default", "unit", "range", ""}, rows);
  return out;
}

}  // namespace ipet::cli
