#include "pipeline/plan/graph.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include <sys/wait.h>
#include <unistd.h>

#include "pipeline/text/printable.hpp"

namespace ipet::plan {
namespace {

const OutputDescription& output_of(const Plan& plan, const Edge& edge) {
  return plan.stages[edge.from].description->outputs[edge.output];
}

bool is_whole(const Edge& edge) {
  return edge.kind != EdgeKind::stream;
}

std::string type_label(const Plan& plan, const Edge& edge) {
  const std::string type = output_of(plan, edge).type.text();
  return edge.kind == EdgeKind::collected ? type + ", gathered" : type;
}

template <class Write>
void for_pass(const Plan& plan, std::size_t pass, Write write) {
  for (const PlannedStage& stage : plan.stages) {
    if (stage.pass == pass) write(stage);
  }
}

/// How a stage is drawn: what stands around its text in Mermaid, and its shape in Graphviz. Round for
/// sources, a database for sinks, double borders for tasks.
struct Shape {
  const char *begin, *end, *dot;
};

Shape shape_of(const PlannedStage& stage) {
  const Form form = stage.description->form;
  if (form == Form::source) return {"([", "])", "ellipse"};
  if (form == Form::sink) return {"[(", ")]", "cylinder"};
  if (form == Form::task) return {"[[", "]]", "box3d"};
  return {"[", "]", "box"};
}

std::string mermaid_node(const PlannedStage& stage) {
  const Shape shape = shape_of(stage);
  return "stage_" + stage.id +  // a bare `end` would close the frame
         shape.begin + "\"" + stage.id + "<br/><i>" + stage.description->name + "</i>\"" + shape.end;
}

std::string dot_quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

bool program_exists(const std::string& name) {
  const char* variable = std::getenv("PATH");
  std::string path = variable == nullptr ? "" : variable;
  while (!path.empty()) {
    const std::size_t colon = path.find(':');
    const std::string folder = path.substr(0, colon);
    if (::access((folder + "/" + name).c_str(), X_OK) == 0) return true;
    path = colon == std::string::npos ? "" : path.substr(colon + 1);
  }
  return false;
}

/// A file that is gone when the scope ends.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int descriptor = ::mkstemp(name_.data());
    if (descriptor < 0) throw std::runtime_error("cannot write to /tmp");
    const bool good = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(descriptor);
    if (!good) throw std::runtime_error("cannot write to /tmp");
  }
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() { ::unlink(name_.c_str()); }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_ = "/tmp/ipet-graph-XXXXXX";
};

std::string inputs_text(const Plan& plan, std::size_t stage) {
  std::string out;
  for (const Edge& edge : plan.edges) {
    if (edge.to != stage) continue;
    out += out.empty() ? " <- " : ", ";
    out += plan.stages[edge.from].id;
    if (plan.stages[edge.from].description->outputs.size() > 1) out += "." + output_of(plan, edge).name;
    out += " (" + type_label(plan, edge) + ")";
  }
  return out;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

}  // namespace

std::string mermaid(const Plan& plan) {
  std::string out = "flowchart LR\n";
  for (std::size_t pass = 0; pass < plan.passes; ++pass) {
    const std::string number = std::to_string(pass + 1);
    out += "  subgraph pass" + number + "[\"pass " + number + "\"]\n";
    for_pass(plan, pass, [&](const PlannedStage& stage) { out += "    " + mermaid_node(stage) + "\n"; });
    out += "  end\n";
  }
  for (const Edge& edge : plan.edges) {
    out += "  stage_" + plan.stages[edge.from].id + (is_whole(edge) ? " ==>|\"" : " -->|\"");
    out += type_label(plan, edge) + "\"| stage_" + plan.stages[edge.to].id + "\n";
  }
  return out;
}

std::string dot(const Plan& plan) {
  std::string out = "digraph " + dot_quoted(plan.name) + " {\n  rankdir=LR;\n  fontname=\"sans-serif\";\n";
  out += "  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n";
  for (std::size_t pass = 0; pass < plan.passes; ++pass) {
    const std::string number = std::to_string(pass + 1);
    out += "  subgraph cluster_" + number + " {\n    label=\"pass " + number + "\";\n    style=dashed;\n";
    for_pass(plan, pass, [&](const PlannedStage& stage) {
      // Quoted everywhere: `node`, `edge`, `graph` and `strict` are good ids, but keywords of DOT.
      out += "    " + dot_quoted(stage.id) + " [shape=" + shape_of(stage).dot + ", label=\"" + stage.id +
             "\\n" + stage.description->name + "\"];\n";
    });
    out += "  }\n";
  }
  for (const Edge& edge : plan.edges) {
    out += "  " + dot_quoted(plan.stages[edge.from].id) + " -> " + dot_quoted(plan.stages[edge.to].id) +
           " [label=";
    out += dot_quoted(type_label(plan, edge)) + (is_whole(edge) ? ", style=bold];\n" : "];\n");
  }
  return out + "}\n";
}

std::string svg(const Plan& plan) {
  if (!program_exists("dot")) {
    throw std::runtime_error(
        "svg needs the program 'dot' of Graphviz (Debian package graphviz); mermaid and dot do not");
  }
  const TemporaryFile file(dot(plan));
  FILE* pipe = ::popen(("dot -Tsvg " + file.name()).c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run dot");
  std::string out;
  std::array<char, 4096> buffer;
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
    out.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("dot failed");
  return out;
}

std::string plan_text(const Plan& plan) {
  const auto counted = [](std::size_t n, const std::string& word, const std::string& many) {
    return std::to_string(n) + " " + (n == 1 ? word : many);
  };
  std::string out = plan.name + ": " + counted(plan.stages.size(), "stage", "stages") + " in " +
                    counted(plan.passes, "pass", "passes") + ", results in " +
                    text::printable(plan.run.output.string()) + "\n";
  std::size_t id_width = 0, name_width = 0;
  for (const PlannedStage& stage : plan.stages) {
    id_width = std::max(id_width, stage.id.size());
    name_width = std::max(name_width, stage.description->name.size());
  }
  for (std::size_t pass = 0; pass < plan.passes; ++pass) {
    out += "\npass " + std::to_string(pass + 1) + "\n";
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
      const PlannedStage& stage = plan.stages[i];
      if (stage.pass != pass) continue;
      out += "  " + padded(stage.id, id_width) + "  " + padded(stage.description->name, name_width) + "  " +
             padded(std::string(form_text(stage.description->form)), 6) + "  will run" +
             inputs_text(plan, i) + "\n";
    }
  }
  return out;
}

}  // namespace ipet::plan
