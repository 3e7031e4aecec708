#include "pipeline/cli/stage_table.hpp"

#include "pipeline/cli/progress.hpp"
#include "pipeline/cli/table.hpp"

namespace ipet::cli {

std::string stage_table(const std::vector<run::StageCounters>& stages) {
  if (stages.empty()) return {};
  Rows rows{{"stage", "at work", "processor", "most waiting", "messages", "items"}};
  for (const run::StageCounters& stage : stages)
    rows.push_back({stage.stage, duration_text(stage.seconds), duration_text(stage.cpu_seconds),
                    bytes_text(stage.peak_bytes), count_text(static_cast<double>(stage.messages)),
                    count_text(static_cast<double>(stage.items))});
  return aligned(rows, 0);
}

}  // namespace ipet::cli
