#include "pipeline/plan/wiring.hpp"

#include <algorithm>
#include <map>

#include "pipeline/catalog/registry.hpp"
#include "pipeline/plan/edges.hpp"
#include "pipeline/text/lists.hpp"

namespace ipet::plan {
namespace {

using definition::InputReference;

template <class Ports>
std::optional<std::size_t> port_index(const Ports& ports, const std::string& name) {
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (ports[i].name == name) return i;
  }
  return std::nullopt;
}

/// Wires the inputs of one stage.
class StageWirer {
 public:
  StageWirer(const std::vector<Resolved>& stages, std::size_t self, Problems& problems)
      : stages_(stages), self_(self), here_(stages[self]), problems_(problems) {}

  void wire(Wiring& out) {
    for (const InputReference& reference : here_.stage->inputs) wire_reference(reference);
    if (here_.description != nullptr) check_ports();
    std::ranges::stable_sort(edges_, [](const Edge& a, const Edge& b) { return a.input < b.input; });
    out.edges.insert(out.edges.end(), edges_.begin(), edges_.end());
    for (const InputReference* reference : unused_) out.unused.push_back({self_, reference});
  }

 private:
  [[nodiscard]] const std::vector<InputDescription>& inputs() const { return here_.description->inputs; }
  [[nodiscard]] std::string owner() const { return "stage '" + here_.stage->id + "'"; }
  [[nodiscard]] std::string input_name(std::size_t input) const {
    return "'" + here_.stage->id + "." + inputs()[input].name + "'";
  }

  void wire_reference(const InputReference& reference) {
    const std::optional<std::size_t> from = find_producer(reference);
    if (here_.description == nullptr) return;
    const std::optional<std::size_t> input = find_input(reference);
    if (!input) return;
    ++given_[*input];
    if (!from || stages_[*from].description == nullptr) return;
    connect(reference, *from, *input);
  }

  std::optional<std::size_t> find_producer(const InputReference& reference) {
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      if (stages_[i].stage->id == reference.stage) return i;
      ids.push_back(stages_[i].stage->id);
    }
    report(problems_, "unknown-stage", reference.where, owner() + ": no stage '" + reference.stage + "'",
           catalog::misspelt_hint(reference.stage, ids, "stages: "));
    return std::nullopt;
  }

  std::optional<std::size_t> find_input(const InputReference& reference) {
    if (inputs().empty()) {
      // Once is enough, however many references there are.
      if (&reference == &here_.stage->inputs.front()) {
        report(problems_, "no-inputs", here_.stage->inputs_where,
               owner() + " takes no inputs, " + here_.description->name + " is a " +
                   std::string(form_text(here_.description->form)));
      }
      return std::nullopt;
    }
    const std::string list = text::joined(text::mapped(inputs(), &InputDescription::name));
    if (reference.port.empty()) {
      if (inputs().size() == 1) return 0;
      report(problems_, "ambiguous-input", reference.where,
             owner() + " has several inputs, so each must be named",
             "write inputs." + inputs()[0].name + " = \"" + reference.stage + "\" or another of: " + list);
      mark_all_given();
      return std::nullopt;
    }
    if (const auto found = port_index(inputs(), reference.port)) return found;
    if (here_.needs.unknown) return std::nullopt;  // nobody can say which inputs there are
    if (here_.passes_needs() &&
        nearest(reference.port, text::mapped(inputs(), &InputDescription::name)).empty()) {
      unused_.push_back(&reference);
      return std::nullopt;
    }
    report(problems_, "unknown-port", reference.port_where, owner() + ": no input '" + reference.port + "'",
           catalog::misspelt_hint(reference.port, text::mapped(inputs(), &InputDescription::name),
                                  here_.description->name + " has: "));
    return std::nullopt;
  }

  /// After an unnamed reference nobody can say which inputs are missing.
  void mark_all_given() {
    for (std::size_t i = 0; i < inputs().size(); ++i) ++given_[i];
  }

  void connect(const InputReference& reference, std::size_t from, std::size_t input) {
    const StageDescription& producer = *stages_[from].description;
    if (producer.outputs.empty()) {
      report(problems_, "no-outputs", reference.where,
             owner() + ": '" + reference.stage + "' has no outputs, " + producer.name + " is a " +
                 std::string(form_text(producer.form)));
      return;
    }
    const std::optional<std::size_t> output = reference.output.empty()
                                                  ? pick_output(reference, producer, input)
                                                  : named_output(reference, producer);
    if (!output) return;
    const auto kind = edge_kind(producer.outputs[*output], inputs()[input], here_.description->form);
    if (!kind) {
      report_mismatch(reference, {producer.outputs[*output]}, producer.outputs.size() > 1, input);
      return;
    }
    for (const Edge& edge : edges_) {
      if (edge.from != from || edge.output != *output || edge.input != input) continue;
      report(problems_, "duplicate-input", reference.where,
             owner() + ": '" + reference.stage + "." + producer.outputs[*output].name +
                 "' is given twice to input '" + inputs()[input].name + "'",
             "every message would come twice; remove one");
      return;
    }
    edges_.push_back({from, *output, self_, input, *kind, reference.where});
  }

  std::optional<std::size_t> named_output(const InputReference& reference, const StageDescription& producer) {
    if (const auto found = port_index(producer.outputs, reference.output)) return found;
    report(problems_, "unknown-port", reference.where,
           "stage '" + reference.stage + "': no output '" + reference.output + "'",
           catalog::misspelt_hint(reference.output, text::mapped(producer.outputs, &OutputDescription::name),
                                  producer.name + " has: "));
    return std::nullopt;
  }

  /// A bare stage name stands for the one output that fits.
  std::optional<std::size_t> pick_output(const InputReference& reference, const StageDescription& producer,
                                         std::size_t input) {
    if (producer.outputs.size() == 1) return 0;
    std::vector<std::size_t> fitting;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < producer.outputs.size(); ++i) {
      if (!edge_kind(producer.outputs[i], inputs()[input], here_.description->form)) continue;
      fitting.push_back(i);
      names.push_back("\"" + reference.stage + "." + producer.outputs[i].name + "\"");
    }
    if (fitting.size() == 1) return fitting[0];
    if (fitting.empty()) {
      report_mismatch(reference, producer.outputs, true, input);
    } else {
      report(problems_, "ambiguous-output", reference.where,
             "several outputs of '" + reference.stage + "' fit " + input_name(input),
             "write one of: " + text::joined(names));
    }
    return std::nullopt;
  }

  /// `several`: the producer has more outputs than one, so the port must be named.
  void report_mismatch(const InputReference& reference, const std::vector<OutputDescription>& outputs,
                       bool several, std::size_t input) {
    const InputDescription& port = inputs()[input];
    for (const OutputDescription& output : outputs) {
      if (!layouts_differ(output, port)) continue;
      report(problems_, "port-layout", reference.where,
             "'" + reference.stage + "." + output.name + "' and " + input_name(input) +
                 " were built against different headers of " + output.type.text(),
             "rebuild both plugins");
      return;
    }
    std::vector<std::string> gives;
    for (const OutputDescription& output : outputs) {
      std::string text = output.type.text();
      if (outputs.size() > 1) text += " (" + output.name + ")";
      gives.push_back(std::move(text));
    }
    const bool named = several && outputs.size() == 1;
    std::string from = reference.stage;
    if (named) from += "." + outputs[0].name;
    report(problems_, "port-type", reference.where,
           "'" + from + "' gives " + text::joined(gives) + ", " + input_name(input) + " takes " +
               takes_text(port),
           shape_hint(outputs, port));
  }

  /// Says what differs when the types do not.
  [[nodiscard]] std::string shape_hint(const std::vector<OutputDescription>& outputs,
                                       const InputDescription& port) const {
    for (const OutputDescription& output : outputs) {
      if (!takes(port, output.type)) continue;
      return output.whole ? "the output is one whole value, the input a stream"
                          : "the output is a stream, the input one whole value";
    }
    return {};
  }

  void check_ports() {
    if (here_.stage->inputs_broken) return;  // nobody can say what is missing
    for (std::size_t i = 0; i < inputs().size(); ++i) {
      const std::size_t count = given_[i];
      if (count == 0 && !inputs()[i].optional && !inputs()[i].needed_by.empty()) {
        report_need(inputs()[i]);
      } else if (count == 0 && !inputs()[i].optional) {
        report(problems_, "unconnected-input", here_.stage->inputs_where,
               owner() + ": input '" + inputs()[i].name + "' is not connected",
               "it takes " + takes_text(inputs()[i]));
      }
      if (count > 1 && inputs()[i].whole && !here_.stage->inputs.empty() && !unnamed()) {
        report(problems_, "input-count", here_.stage->inputs_where,
               owner() + ": input '" + inputs()[i].name + "' takes one whole value, not " +
                   std::to_string(count));
      }
    }
  }

  /// What in this file gives it: the value itself rather than a stream that is gathered.
  [[nodiscard]] std::string maker_of(const InputDescription& need) const {
    std::string gathered = "STAGE";
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      if (i == self_ || stages_[i].description == nullptr) continue;
      for (const OutputDescription& output : stages_[i].description->outputs) {
        if (!edge_kind(output, need, here_.description->form)) continue;
        const std::string name = stages_[i].stage->id + "." + output.name;
        if (takes(need, output.type)) return name;
        if (gathered == "STAGE") gathered = name;
      }
    }
    return gathered;
  }

  /// A component lacks its input.
  void report_need(const InputDescription& need) {
    report(problems_, "unconnected-need", here_.stage->inputs_where,
           owner() + ": the " + need.needed_by + " needs the input '" + need.name + "' (" + takes_text(need) +
               "), which is not connected",
           "connect " + (need.about.empty() ? "it" : need.about) + ": inputs." + need.name + " = \"" +
               maker_of(need) + "\"");
  }

  /// Whether references without a port were given to a stage with several.
  [[nodiscard]] bool unnamed() const {
    return inputs().size() > 1 && std::any_of(here_.stage->inputs.begin(), here_.stage->inputs.end(),
                                              [](const InputReference& r) { return r.port.empty(); });
  }

  const std::vector<Resolved>& stages_;
  std::size_t self_;
  const Resolved& here_;
  Problems& problems_;
  std::vector<Edge> edges_;
  std::vector<const InputReference*> unused_;
  std::map<std::size_t, std::size_t> given_;  ///< references per input, also those that do not fit
};

}  // namespace

Wiring wire(const std::vector<Resolved>& stages, Problems& problems) {
  Wiring out;
  for (std::size_t i = 0; i < stages.size(); ++i) StageWirer(stages, i, problems).wire(out);
  return out;
}

}  // namespace ipet::plan
