// Which stages and edges are at work in which pass.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "pipeline/plan/plan.hpp"

namespace ipet::run {

struct PassSchedule {
  std::vector<std::size_t> own;     ///< stages whose pass this is, without sinks, in topological order
  std::vector<std::size_t> again;   ///< stream ancestors of those from earlier passes, run once more
  std::vector<std::size_t> sinks;   ///< sinks that receive messages
  std::vector<std::size_t> edges;   ///< indices of the stream and collected edges that carry messages
  std::vector<std::size_t> values;  ///< indices of the value edges whose producer is an own stage
};

/// One entry per pass. A stage that runs again sends only to what this pass needs; sinks and collectors
/// receive in the producer's own pass alone.
std::vector<PassSchedule> make_schedule(const plan::Plan& plan);

/// The outputs of `stage` that something takes in this pass.
std::set<std::size_t> wanted_outputs(const plan::Plan& plan, const PassSchedule& pass, std::size_t stage);

/// Last pass that reads the value on this edge; `passes` when it must live until the sinks commit.
std::size_t last_use(const plan::Plan& plan, const std::vector<PassSchedule>& schedule,
                     const plan::Edge& edge);

/// How often what `source` reads is read: once a pass in which it is at work, and once by each sink below it
/// that reads the inputs again.
std::size_t readings_of(const plan::Plan& plan, std::size_t source);

/// What tells the lanes of one edge from those of the `count` that meet: "" for a single one, else "0/", "1/"
/// ..., padded so that they sort.
std::string lane_prefix(std::size_t index, std::size_t count);
/// The same for a stream edge among those of its consumer.
std::string lane_prefix(const plan::Plan& plan, std::size_t edge);

}  // namespace ipet::run
