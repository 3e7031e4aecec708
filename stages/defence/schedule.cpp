#include "stages/defence/schedule.hpp"

#include "stages/defence/continuous.hpp"
#include "stages/defence/ticks.hpp"

namespace ipet::defence {

std::unique_ptr<Schedule> make_schedule(const ScheduleOptions& options, VectorSequence vectors) {
  if (options.kind == ScheduleKind::ticks) return std::make_unique<Ticks>(options, std::move(vectors));
  return std::make_unique<Continuous>(options, std::move(vectors));
}

}  // namespace ipet::defence
