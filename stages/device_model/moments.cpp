#include "stages/device_model/moments.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace ipet::device_model {

using traffic::Nanoseconds;

Repertoire::Repertoire(std::vector<DeviceModel> models) : models_(std::move(models)) {
  for (const DeviceModel& model : models_) players_.emplace_back(model);
}

std::shared_ptr<const Repertoire> Repertoire::of_events(std::vector<DeviceModel> models, double per_day,
                                                        double per_event) {
  std::shared_ptr<Repertoire> made(new Repertoire(std::move(models)));
  made->gather([](const Burst& burst) { return burst.event; });
  Rates wanted = made->rates();
  for (double& rate : wanted) rate = per_day + per_event * rate;
  made->let_parts_come_alone();
  made->scale_to(wanted);
  made->sum_up();
  return made;
}

std::shared_ptr<const Repertoire> Repertoire::of_rest(DeviceModel model) {
  std::vector<DeviceModel> models;
  models.push_back(std::move(model));
  std::shared_ptr<Repertoire> made(new Repertoire(std::move(models)));
  made->gather([](const Burst& burst) { return !burst.timer; });
  made->sum_up();
  return made;
}

template <class Wanted>
void Repertoire::gather(const Wanted& wanted) {
  std::vector<std::tuple<Nanoseconds, std::size_t, std::size_t>> found;
  for (std::size_t model = 0; model < models_.size(); ++model)
    for (std::size_t burst = 0; burst < models_[model].bursts.size(); ++burst)
      if (wanted(models_[model].bursts[burst]))
        found.emplace_back(models_[model].bursts[burst].time, model, burst);
  std::ranges::sort(found);
  Nanoseconds end = 0;
  for (const auto& [time, model, burst] : found) {
    if (moments_.empty() || time > end + together) {
      const auto days = std::max<std::size_t>(1, models_[model].days_recorded_at(time));
      moments_.push_back({time, {}, models_[model].times / static_cast<double>(days)});
      end = time;
    }
    moments_.back().parts.push_back({model, burst, time - moments_.back().time});
    end = std::max(end, models_[model].bursts[burst].end());
  }
}

void Repertoire::let_parts_come_alone() {
  const std::size_t joint = moments_.size();
  for (std::size_t m = 0; m < joint; ++m)
    for (std::size_t model = 0; model < models_.size(); ++model) {
      Moment alone{moments_[m].time, {}, moments_[m].per_day / 100};
      for (const Moment::Part& part : moments_[m].parts)
        if (part.model == model) alone.parts.push_back(part);
      if (!alone.parts.empty() && alone.parts.size() < moments_[m].parts.size())
        moments_.push_back(std::move(alone));
    }
}

Repertoire::Rates Repertoire::rates() const {
  Rates rates(models_.size());
  for (const Moment& moment : moments_)
    for (const Moment::Part& part : moment.parts) rates[part.model] += moment.per_day;
  return rates;
}

void Repertoire::scale_to(const Rates& wanted) {
  std::vector<std::vector<double>> counts(models_.size(), std::vector<double>(moments_.size()));
  for (std::size_t m = 0; m < moments_.size(); ++m)
    for (const Moment::Part& part : moments_[m].parts) ++counts[part.model][m];
  double worst = 1;
  for (int round = 0; worst > 1e-6 && round < 10'000; ++round) {
    worst = 0;
    for (std::size_t model = 0; model < models_.size(); ++model) {
      const double now = rates()[model];
      if (now == 0) continue;
      const double step = std::log(wanted[model] / now), most = std::ranges::max(counts[model]);
      worst = std::max(worst, std::abs(step));
      for (std::size_t m = 0; m < moments_.size(); ++m)
        moments_[m].per_day *= std::exp(step * counts[model][m] / most);
    }
  }
}

void Repertoire::sum_up() {
  double sum = 0;
  for (const Moment& moment : moments_) sums_.push_back(sum += moment.per_day);
}

const Moment& Repertoire::draw(traffic::Random& random) const {
  const auto found = std::ranges::upper_bound(sums_, random.uniform() * per_day());
  return moments_[std::min(moments_.size() - 1, static_cast<std::size_t>(found - sums_.begin()))];
}

}  // namespace ipet::device_model
