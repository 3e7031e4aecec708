#include "stages/perturbation/vectors.hpp"

#include <cmath>

#include "stages/traffic/day.hpp"

namespace ipet::defence {

VectorSequence::VectorSequence(std::shared_ptr<const Perturbations> perturbations, std::string device,
                               std::uint64_t capture, double day_offset_hours)
    : perturbations_(std::move(perturbations)),
      device_(std::move(device)),
      device_index_(perturbations_->device_index(device_)),
      capture_(capture),
      day_offset_hours_(day_offset_hours),
      slots_(perturbations_->slots()),
      omega_(std::llround(perturbations_->omega() * static_cast<double>(traffic::second))),
      vector_(std::size_t{slots_} * 4) {}

void VectorSequence::draw(traffic::Nanoseconds time) {
  const std::int64_t day = traffic::day_of(time, day_offset_hours_);
  if (day != day_) vectors_of_day_ = 0;
  day_ = day;
  window_ = vectors_of_day_++;
  perturbations_->for_window(device_index_, capture_, day_, window_, vector_);
}

traffic::Random VectorSequence::random() const {
  return traffic::Random(traffic::StreamKey(perturbations_->seed)
                             .with("mixer")
                             .with(device_)
                             .with(capture_)
                             .with(static_cast<std::uint64_t>(day_))
                             .with(window_));
}

}  // namespace ipet::defence
