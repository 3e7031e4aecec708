// One pass: a flow graph, run to its end and drained wave by wave.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tbb/flow_graph.h>
#include <tbb/task_group.h>

#include "pipeline/run/forms.hpp"
#include "pipeline/run/run_state.hpp"
#include "pipeline/run/schedule.hpp"
#include "pipeline/run/stage_context.hpp"

namespace ipet::run {

/// An implicit collector: streams gathered into one value. Shared by all ports that want the same.
struct Gathering {
  const Collector* collector = nullptr;
  std::vector<std::pair<std::size_t, std::size_t>> producers;  ///< (stage, output), in edge order
  std::vector<std::pair<std::size_t, std::size_t>> consumers;  ///< (stage, input)
  std::size_t last_pass = 0;                                   ///< in which the last producer runs
  std::map<std::string, std::unique_ptr<Partial>> partials;    ///< by lane, of the passes so far
};
std::vector<Gathering> make_gatherings(const plan::Plan& plan);

/// The sinks of a run by stage index; null for other stages.
using Sinks = std::vector<std::unique_ptr<SinkStage>>;

class Pass {
 public:
  Pass(RunState& run, std::size_t number, const PassSchedule& schedule, std::vector<Gathering>& gatherings,
       const Sinks& sinks);
  Pass& operator=(Pass&&) = delete;
  ~Pass();

  /// Errors are recorded in the run's state. False when a stage was not even made, because of an error or a
  /// stop request: then nothing of this pass was sent.
  bool run();

 private:
  void create_stage(std::size_t stage, bool again);
  void create_node(std::size_t stage, bool again);
  void create_gather_nodes();
  void connect_streams();
  void start_tasks();
  void check_starved(const Pump& pump, const std::string& what);
  void finish_sources();
  void end_keys();
  void finish_folds();
  void finish_gatherings();
  void write_values();
  void check_settled();
  [[nodiscard]] bool complete(std::size_t stage) const;
  template <class Form>
  Form& stage_as(std::size_t stage) {
    return static_cast<Form&>(*stages_[stage]);
  }

  RunState& run_;
  const std::size_t number_;
  const PassSchedule& schedule_;
  std::vector<Gathering>& gatherings_;
  const Sinks& sinks_;
  std::vector<std::unique_ptr<RunContext>> contexts_;
  std::vector<std::unique_ptr<Stage>> stages_;  ///< by stage index
  tbb::flow::graph graph_;
  Pump pump_;
  std::vector<std::unique_ptr<Node>> nodes_;  ///< by stage index
  std::map<std::size_t, GatherNode*> folds_;
  std::map<std::size_t, std::unique_ptr<ValueNode>> values_;
  std::map<std::size_t, std::unique_ptr<GatherNode>> gather_nodes_;  ///< by index of the gathering
  tbb::task_group tasks_;
  bool stopped_at_start_ = false;
};

}  // namespace ipet::run
