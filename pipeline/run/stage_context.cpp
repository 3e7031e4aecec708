#include "pipeline/run/stage_context.hpp"

#include <stdexcept>

namespace ipet::run {

void RunContext::progress(double fraction, std::string_view text) {
  if (quiet_) return;
  StageStats& stats = run_.stats[stage_];
  const std::lock_guard lock(stats.mutex);
  stats.fraction = fraction;
  stats.text = text;
}

void RunContext::resume_point(std::string_view text) {
  StageStats& stats = run_.stats[stage_];
  const std::lock_guard lock(stats.mutex);
  stats.resume_point = text;
}

bool RunContext::connected(std::string_view output) const {
  const auto& outputs = run_.plan.stages[stage_].description->outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i].name == output) return wanted_.contains(i);
  throw std::logic_error("no output '" + std::string(output) + "' is declared");
}

std::vector<ComponentInput> RunContext::component_inputs() const {
  std::vector<ComponentInput> out;
  for (const InputDescription& input : run_.plan.stages[stage_].description->inputs) {
    if (input.needed_by.empty()) continue;
    if (auto value = whole_payload(input.name, input.types.at(0)); value != nullptr)
      out.push_back({input.name, input.types.at(0), std::move(value)});
  }
  return out;
}

std::shared_ptr<const void> RunContext::whole_payload(std::string_view port, const TypeName& type) const {
  const auto& inputs = run_.plan.stages[stage_].description->inputs;
  std::size_t input = 0;
  while (input < inputs.size() && inputs[input].name != port) ++input;
  if (input == inputs.size() || !inputs[input].whole)
    throw std::logic_error("no whole input '" + std::string(port) + "' is declared");
  for (const plan::Edge& edge : run_.plan.edges) {
    if (edge.to != stage_ || edge.input != input) continue;
    const std::lock_guard lock(run_.values_mutex);
    const bool gathered = edge.kind == plan::EdgeKind::collected;
    const auto& values = gathered ? run_.collected : run_.wholes;
    const auto found = values.find(gathered ? std::pair(stage_, input) : std::pair(edge.from, edge.output));
    if (found == values.end())
      throw std::logic_error("the value of whole input '" + std::string(port) + "' is not there yet");
    const Message& value = found->second;
    if (*value.type != type)
      throw std::logic_error("whole input '" + std::string(port) + "' holds " + value.type->text() +
                             ", not " + type.text());
    return value.payload;
  }
  if (!inputs[input].optional)
    throw std::logic_error("whole input '" + std::string(port) + "' is not connected");
  return nullptr;
}

}  // namespace ipet::run
