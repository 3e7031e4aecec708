// Which output port fits which input port, and how the value crosses the edge.
#pragma once

#include <optional>
#include <string>

#include "pipeline/plan/plan.hpp"

namespace ipet::plan {

/// How `output` reaches `input` of a stage of form `consumer`; nothing when it does not fit:
///   stream -> stream  equal types                      stream
///   stream -> whole   the port gathers this type       collected
///   stream -> whole   equal types (carries one value)  collected
///   whole  -> whole   equal types                      whole
///   whole  -> stream  equal types, consumer is a sink  value
std::optional<EdgeKind> edge_kind(const OutputDescription& output, const InputDescription& input,
                                  Form consumer);

/// Whether both ends name one type but disagree on its layout: they were built against different headers.
bool layouts_differ(const OutputDescription& output, const InputDescription& input);

/// "packet_batch/1", or "window_set/1 or a stream of window_batch/1" for a port that gathers.
std::string takes_text(const InputDescription& input);

/// Whether the port takes the output's type; when it does not fit all the same, one end is a stream and the
/// other one whole value.
bool takes(const InputDescription& input, const TypeName& type);

}  // namespace ipet::plan
