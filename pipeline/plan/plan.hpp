// A validated pipeline: stages in topological order, resolved edges, passes. Made by plan::make_plan from a
// definition, drawn by plan::graph, executed by run::execute.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/definition/definition.hpp"
#include "pipeline/sdk/description.hpp"

namespace ipet::plan {

/// How a value crosses an edge.
enum class EdgeKind {
  stream,     ///< messages as they come, in the pass of the consumer
  collected,  ///< a stream gathered by the consumer port's Collector; complete when the producer's pass ends
  whole,      ///< one complete value from a task or fold
  value       ///< one complete value delivered to a sink's stream port, as one message
};

struct Edge {
  std::size_t from = 0, output = 0;  ///< stage index, port index
  std::size_t to = 0, input = 0;
  EdgeKind kind = EdgeKind::stream;
  Place where;  ///< of the reference in the file
};

struct PlannedStage {
  std::string id;
  /// Owned by the catalog, which lives as long as the program, or below.
  const StageDescription* description = nullptr;
  /// With the inputs that components of the options need; null: there are no components.
  std::shared_ptr<const StageDescription> with_needs = nullptr;
  Options options;
  Value options_table;  ///< as given, resolved; for provenance
  Place where;          ///< of the stage's table
  /// max(pass of stream producers, 1 + pass of whole and collected producers), 0 without inputs; that of the
  /// first consumer for a stream stage that only later passes read.
  /// Sinks are not bound to one pass: they receive in the pass of each producer; theirs is the last of these.
  std::size_t pass = 0;
  /// What its options name, and what these name, by "defence 'front'" as the file writes it.
  std::map<std::string, const ComponentDescription*> components = {};
};

using RunSettings = definition::RunSettings;

struct Plan {
  std::string name;
  RunSettings run;
  std::vector<PlannedStage> stages;  ///< topological order; ties in file order
  std::vector<Edge> edges;           ///< sorted by (to, input, order in the file)
  std::size_t passes = 1;
  std::string resolved;                ///< the definition as TOML after include, --set and ${...}
  Problems warnings;                   ///< unconnected outputs, inputs that nothing takes
  std::vector<std::string> idle = {};  ///< stages of the file that do not run: nothing takes what they make
};

}  // namespace ipet::plan
