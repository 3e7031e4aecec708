#include "stages/comparison/costs.hpp"

#include <algorithm>
#include <cmath>

namespace ipet::comparison {

using defence::Count;
using defence::Overhead;

namespace {

/// What left less what came, per second.
double added(const Overhead::Row& row, std::uint64_t Count::*what) {
  double sum = 0;
  for (const Count& count : row.sent) sum += static_cast<double>(count.*what);
  for (const Count& count : row.user) sum -= static_cast<double>(count.*what);
  return row.seconds > 0 ? sum / row.seconds : 0;
}

double sum_of(const Overhead& overhead, const Count (Overhead::Row::*counts)[2]) {
  double sum = 0;
  for (const Overhead::Row& row : overhead.rows)
    for (const Count& count : row.*counts) sum += static_cast<double>(count.wire_bytes);
  return sum;
}

}  // namespace

CostSum::CostSum(std::string defence, std::string variant, double intensity) {
  cost_.defence = std::move(defence);
  cost_.variant = std::move(variant);
  cost_.intensity = intensity;
}

void CostSum::add(std::span<const defence::MixSummary> lines) {
  for (const defence::MixSummary& line : lines) {
    cost_.overhead.add(line);
    cost_.peak_second = std::max(cost_.peak_second, static_cast<double>(line.peak_second));
  }
}

evaluation::Cost CostSum::result(double budget) const {
  evaluation::Cost cost = cost_;
  cost.overhead.finish();
  const auto devices = static_cast<double>(std::max<std::size_t>(1, cost.overhead.rows.size()));
  for (const Overhead::Row& row : cost.overhead.rows) {
    const double payload = added(row, &Count::payload_bytes);
    cost.wire_bytes_per_second += added(row, &Count::wire_bytes) / devices;
    cost.payload_bytes_per_second += payload / devices;
    cost.highest_payload_bytes_per_second = std::max(cost.highest_payload_bytes_per_second, payload);
    if (budget > 0 && payload > budget) ++cost.over_budget;
  }
  const double user = sum_of(cost.overhead, &Overhead::Row::user);
  if (user > 0) cost.percent = 100 * (sum_of(cost.overhead, &Overhead::Row::sent) - user) / user;
  return cost;
}

Meter::Meter(const Lines& lines, const defence::Resources& resources, std::uint64_t seed,
             fingerprint::Observer& observer)
    : resources_(resources), observer_(observer) {
  for (const std::size_t i : lines.with(Role::training))
    realisations_.push_back(
        {&lines.lines[i], static_cast<std::uint32_t>(i), traffic::StreamKey(seed).with("matching").word()});
}

double Meter::wire_bytes_per_second(const defence::Defence& defence) const {
  ObservationOptions options;
  options.defence = &defence;
  options.resources = resources_;
  CostSum sum("", "", 1);
  sum.add(observe(realisations_, {}, options, observer_).summaries);
  return sum.result(0).wire_bytes_per_second;
}

Match Meter::match(const defence::Defence& defence, double wire_bytes_per_second) const {
  constexpr int tries = 7;
  constexpr double good_enough = 0.03, longest_step = 8;
  Match best;
  double intensity = 1;
  for (int i = 0; i < tries; ++i) {
    auto scaled = defence.at_intensity(intensity);
    if (scaled == nullptr) break;
    const double cost = this->wire_bytes_per_second(*scaled);
    const bool better =
        best.defence == nullptr ||
        std::abs(cost - wire_bytes_per_second) < std::abs(best.wire_bytes_per_second - wire_bytes_per_second);
    if (better) best = {std::move(scaled), intensity, cost};
    if (std::abs(cost - wire_bytes_per_second) <= good_enough * wire_bytes_per_second) break;
    const double step = cost > 0 ? wire_bytes_per_second / cost : longest_step;
    intensity *= std::clamp(step, 1 / longest_step, longest_step);
  }
  return best;
}

}  // namespace ipet::comparison
