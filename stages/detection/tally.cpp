#include "stages/detection/tally.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "stages/report/intervals.hpp"

namespace ipet::detection {

using evaluation::Estimate;
using evaluation::Ranking;
using traffic::Nanoseconds;

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

double mean_of(const std::vector<double>& values) {
  return values.empty()
             ? undefined
             : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void keep(std::vector<double>& values, double value) {
  if (!std::isnan(value)) values.push_back(value);
}

Estimate estimate(std::span<const Ranking> by_draw, const std::map<Nanoseconds, std::vector<Ranking>>& by_day,
                  double Ranking::*measure) {
  std::vector<double> draws, days;
  for (const Ranking& ranking : by_draw) keep(draws, ranking.*measure);
  Estimate result;
  result.mean = mean_of(draws);
  if (draws.size() > 1) {
    const evaluation::Interval interval = evaluation::interval_of(draws);
    result.low = interval.low;
    result.high = interval.high;
  }
  for (const auto& [day, rankings] : by_day) {
    std::vector<double> values;
    for (const Ranking& ranking : rankings) keep(values, ranking.*measure);
    keep(days, mean_of(values));
  }
  if (!days.empty()) {
    result.lowest_day = *std::ranges::min_element(days);
    result.highest_day = *std::ranges::max_element(days);
  }
  return result;
}

}  // namespace

void Answers::add(double how_likely, bool so, Nanoseconds of_day) {
  likelihood.push_back(how_likely);
  truth.push_back(so);
  day.push_back(of_day);
}

Rankings ranked(const Answers& answers) {
  std::map<Nanoseconds, Answers> days;
  for (std::size_t i = 0; i < answers.day.size(); ++i)
    days[answers.day[i]].add(answers.likelihood[i], answers.truth[i], answers.day[i]);
  Rankings result{evaluation::rank(answers.likelihood, answers.truth), {}};
  for (const auto& [day, of] : days) result.days[day] = evaluation::rank(of.likelihood, of.truth);
  return result;
}

Ranking pooled(std::span<const Ranking> rankings) {
  Ranking all;
  double precisions = 0, areas = 0, pairs = 0, positives = 0;
  for (const Ranking& each : rankings) {
    all.count += each.count;
    all.positives += each.positives;
    const auto yes = static_cast<double>(each.positives);
    const double both = yes * static_cast<double>(each.count - each.positives);
    if (!std::isnan(each.average_precision)) precisions += yes * each.average_precision;
    if (!std::isnan(each.area_under_curve)) areas += both * each.area_under_curve;
    positives += yes;
    pairs += both;
  }
  all.average_precision = positives > 0 ? precisions / positives : undefined;
  all.area_under_curve = pairs > 0 ? areas / pairs : undefined;
  return all;
}

void fill(evaluation::Detection& row, std::span<const std::vector<Rankings>> by_draw, double fewest) {
  std::vector<Ranking> draws;
  std::map<Nanoseconds, std::vector<Ranking>> days;  // one for each draw
  for (const std::vector<Rankings>& origins : by_draw) {
    std::vector<Ranking> all;
    for (const Rankings& of : origins) {
      all.push_back(of.all);
      for (const auto& [day, ranking] : of.days) days[day].push_back(ranking);
    }
    draws.push_back(pooled(all));
  }
  row.moments = row.positives = 0;
  for (const Ranking& draw : draws) {
    row.moments += static_cast<double>(draw.count) / static_cast<double>(draws.size());
    row.positives += static_cast<double>(draw.positives) / static_cast<double>(draws.size());
  }
  row.area_under_curve = estimate(draws, days, &Ranking::area_under_curve);
  row.average_precision = estimate(draws, days, &Ranking::average_precision);
  row.draws = static_cast<std::uint32_t>(draws.size());
  row.judged = row.positives >= fewest && row.moments - row.positives >= fewest;
}

}  // namespace ipet::detection
