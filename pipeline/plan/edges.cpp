#include "pipeline/plan/edges.hpp"

#include <algorithm>

namespace ipet::plan {
namespace {

bool same_name(const TypeName& a, const TypeName& b) {
  return a.name == b.name && a.version == b.version;
}

bool takes(const InputDescription& input, const TypeName& type) {
  return std::find(input.types.begin(), input.types.end(), type) != input.types.end();
}

}  // namespace

std::optional<EdgeKind> edge_kind(const OutputDescription& output, const InputDescription& input,
                                  Form consumer) {
  if (!output.whole && !input.whole && takes(input, output.type)) return EdgeKind::stream;
  if (!output.whole && input.whole && input.collector_of(output.type) != nullptr) return EdgeKind::collected;
  if (output.whole && input.whole && takes(input, output.type)) return EdgeKind::whole;
  if (output.whole && !input.whole && consumer == Form::sink && takes(input, output.type)) {
    return EdgeKind::value;
  }
  return std::nullopt;
}

bool layouts_differ(const OutputDescription& output, const InputDescription& input) {
  const auto differs = [&](const TypeName& type) {
    return same_name(type, output.type) && type.layout != output.type.layout;
  };
  return std::any_of(input.types.begin(), input.types.end(), differs) ||
         (input.collector && differs(input.collector->element));
}

std::string takes_text(const InputDescription& input) {
  std::string out;
  for (const TypeName& type : input.types) {
    if (!out.empty()) out += " or ";
    out += type.text();
  }
  if (input.collector) out += " or a stream of " + input.collector->element.text();
  return out;
}

bool same_type(const OutputDescription& output, const InputDescription& input) {
  return takes(input, output.type);
}

}  // namespace ipet::plan
