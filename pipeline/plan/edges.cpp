#include "pipeline/plan/edges.hpp"

#include <algorithm>

#include "pipeline/text/lists.hpp"

namespace ipet::plan {
namespace {

bool same_name(const TypeName& a, const TypeName& b) {
  return a.name == b.name && a.version == b.version;
}

}  // namespace

bool takes(const InputDescription& input, const TypeName& type) {
  return std::ranges::find(input.types, type) != input.types.end();
}

std::optional<EdgeKind> edge_kind(const OutputDescription& output, const InputDescription& input,
                                  Form consumer) {
  if (!output.whole && !input.whole && takes(input, output.type)) return EdgeKind::stream;
  if (!output.whole && input.whole && input.collector_of(output.type) != nullptr) return EdgeKind::collected;
  if (output.whole && input.whole && takes(input, output.type)) return EdgeKind::whole;
  if (output.whole && !input.whole && consumer == Form::sink && takes(input, output.type))
    return EdgeKind::value;
  return std::nullopt;
}

bool layouts_differ(const OutputDescription& output, const InputDescription& input) {
  const auto differs = [&](const TypeName& type) {
    return same_name(type, output.type) && type.layout != output.type.layout;
  };
  return std::ranges::any_of(input.types, differs) || (input.collector && differs(input.collector->element));
}

std::string takes_text(const InputDescription& input) {
  std::string out = text::joined(input.types, " or ", &TypeName::text);
  if (input.collector) out += " or a stream of " + input.collector->element.text();
  return out;
}

}  // namespace ipet::plan
