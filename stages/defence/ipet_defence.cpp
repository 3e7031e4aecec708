#include "stages/defence/ipet_defence.hpp"

#include <stdexcept>

#include "stages/defence/continuous.hpp"
#include "stages/defence/ticks.hpp"

namespace ipet::defence {

std::unique_ptr<Schedule> make_schedule(const IpetOptions& options, VectorSequence vectors) {
  if (options.schedule == "ticks") return std::make_unique<Ticks>(options, std::move(vectors));
  return std::make_unique<Continuous>(options, std::move(vectors));
}

void IpetDefence::check(const Resources& resources) const {
  if (resources.perturbations == nullptr)
    throw std::runtime_error(
        "defence 'ipet' needs trained generators: connect the input 'perturbations' to a stage of plugin "
        "'predictor'");
  resources.perturbations->check();
}

std::shared_ptr<const std::vector<std::string>> IpetDefence::devices(const Resources& resources) const {
  auto covered = std::make_shared<std::vector<std::string>>();
  for (const std::string& device : resources.perturbations->devices())
    if (resources.perturbations->covers(device)) covered->push_back(device);
  return covered;
}

std::unique_ptr<Schedule> IpetDefence::schedule(const Resources& resources, const Line& line) const {
  return make_schedule(options_, VectorSequence(resources.perturbations, line.device, line.capture,
                                                options_.day_offset_hours));
}

}  // namespace ipet::defence
