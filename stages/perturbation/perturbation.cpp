#include "stages/perturbation/perturbation.hpp"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "stages/defence/none.hpp"
#include "stages/defence/superposition.hpp"
#include "stages/perturbation/continuous.hpp"
#include "stages/perturbation/ticks.hpp"

namespace ipet::defence {

std::unique_ptr<CoverSchedule> make_schedule(const PerturbationOptions& options, VectorSequence vectors) {
  if (options.schedule == ScheduleKind::ticks) return std::make_unique<Ticks>(options, std::move(vectors));
  return std::make_unique<Continuous>(options, std::move(vectors));
}

namespace {

std::shared_ptr<const Perturbations> perturbations_of(const Resources& resources) {
  auto given = resources.get<Perturbations>("perturbations");
  if (given == nullptr)
    throw std::runtime_error(
        "the defence 'perturbation' needs perturbations: the input 'perturbations' has none");
  if (!resources.repeated) return given;
  auto again = std::make_shared<Perturbations>(*given);
  again->seed = resources.seed;
  return again;
}

}  // namespace

void Perturbation::check(const Resources& resources) const {
  perturbations_of(resources)->check();
}

std::shared_ptr<const std::vector<std::string>> Perturbation::devices(const Resources& resources) const {
  auto covered = std::make_shared<std::vector<std::string>>();
  const auto perturbations = perturbations_of(resources);
  for (const std::string& device : perturbations->devices())
    if (perturbations->covers(device)) covered->push_back(device);
  return covered;
}

std::unique_ptr<CoverSchedule> Perturbation::schedule(const Resources& resources, const Line& line) const {
  const traffic::StreamKey key = line.key(resources, "ipet");
  const std::uint64_t stream = line.up ? key.word() : line.capture;
  const auto perturbations = perturbations_of(resources);
  const auto play = [&](std::uint64_t of) {
    return make_schedule(options_, VectorSequence(perturbations, line.device, of, options_.day_offset_hours));
  };
  if (intensity_ == 1) return play(stream);
  const double whole = std::ceil(intensity_);
  std::vector<std::unique_ptr<CoverSchedule>> parts;
  for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(whole); ++i)
    parts.push_back(play(i == 0 ? stream : traffic::StreamKey(stream).with("part").with(i).word()));
  return std::make_unique<Superposition>(std::move(parts), 1 - (whole - intensity_), key.with("thinning"));
}

std::shared_ptr<const Defence> Perturbation::at_intensity(double intensity) const {
  if (intensity <= 0) return std::make_shared<None>();
  auto scaled = std::make_shared<Perturbation>(options_);
  scaled->intensity_ = intensity_ * intensity;
  return scaled;
}

}  // namespace ipet::defence
