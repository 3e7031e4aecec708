#include "stages/report/intervals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>
#include <utility>

#include "pipeline/text/lists.hpp"
#include "stages/report/metrics.hpp"

namespace ipet::evaluation {
namespace {

bool has_rows(const Cluster& cluster) {
  return std::ranges::any_of(cluster.named, [](std::uint64_t rows) { return rows > 0; });
}

/// Clusters with rows, those of a device together.
std::vector<std::vector<const Cluster*>> by_device(std::span<const Cluster> clusters) {
  std::map<std::uint32_t, std::vector<const Cluster*>> found;
  for (const Cluster& cluster : clusters) {
    if (has_rows(cluster)) found[cluster.device].push_back(&cluster);
  }
  std::vector<std::vector<const Cluster*>> strata;
  for (auto& [device, list] : found) strata.push_back(std::move(list));
  return strata;
}

std::size_t runs_of(std::span<const Cluster> clusters, std::size_t classes) {
  const std::size_t counts = clusters.empty() ? classes : clusters.front().named.size();
  for (const Cluster& cluster : clusters) {
    if (cluster.named.size() != counts || counts == 0 || counts % classes != 0 || cluster.truth >= classes)
      throw std::invalid_argument("bootstrap: a cluster of class " + std::to_string(cluster.truth) + " has " +
                                  std::to_string(cluster.named.size()) + " counts, expected runs x " +
                                  std::to_string(classes) + " classes, the same for all");
  }
  return counts / classes;
}

/// Confusion matrices of all runs, [run, true class, named class].
class Tables {
 public:
  Tables(std::size_t classes, std::size_t runs)
      : classes_(classes), runs_(runs), counts_(runs * classes * classes) {}

  void clear() { std::ranges::fill(counts_, 0.0); }
  void add(const Cluster& cluster, double weight) {
    for (std::size_t run = 0; run < runs_; ++run) {
      double* row = counts_.data() + (run * classes_ + cluster.truth) * classes_;
      for (std::size_t c = 0; c < classes_; ++c)
        row[c] += weight * static_cast<double>(cluster.named[run * classes_ + c]);
    }
  }
  struct Mean : Measures {
    std::size_t runs = 0;  ///< with rows
    double macro_f1_deviation = std::numeric_limits<double>::quiet_NaN();
  };
  /// Over the runs with rows: one without any has found nothing out, which is not the same as being wrong.
  [[nodiscard]] Mean mean() const {
    Mean mean;
    double squares = 0;
    const std::size_t size = classes_ * classes_;
    for (std::size_t run = 0; run < runs_; ++run) {
      const Measures one = measure(std::span(counts_).subspan(run * size, size), classes_);
      if (one.present == 0) continue;
      ++mean.runs;
      mean.accuracy += one.accuracy;
      mean.macro_f1 += one.macro_f1;
      squares += one.macro_f1 * one.macro_f1;
      mean.balanced_accuracy += one.balanced_accuracy;
      mean.majority += one.majority;
    }
    const auto runs = static_cast<double>(std::max<std::size_t>(mean.runs, 1));
    for (double* sum : {&mean.accuracy, &mean.macro_f1, &mean.balanced_accuracy, &mean.majority})
      *sum /= runs;
    if (mean.runs > 1)
      mean.macro_f1_deviation =
          std::sqrt(std::max(0.0, squares - runs * mean.macro_f1 * mean.macro_f1) / (runs - 1));
    return mean;
  }

 private:
  std::size_t classes_, runs_;
  std::vector<double> counts_;
};

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Interval interval_of(std::vector<double> values) {
  std::ranges::sort(values);
  return {quantile(values, 0.025), quantile(values, 0.975)};
}

Clusters::Clusters(std::size_t classes, std::size_t runs) : classes_(classes), runs_(runs) {
  if (classes == 0 || runs == 0) throw std::invalid_argument("Clusters: no class or no run");
}

void Clusters::add(std::uint32_t device, std::int64_t day, std::uint16_t truth, std::uint16_t named,
                   std::size_t run) {
  if (truth >= classes_ || named >= classes_ || run >= runs_)
    throw std::invalid_argument("Clusters: class " + std::to_string(std::max(truth, named)) + " of " +
                                std::to_string(classes_) + " or run " + std::to_string(run) + " of " +
                                std::to_string(runs_) + " is out of range");
  if (truth_.try_emplace(device, truth).first->second != truth)
    throw std::invalid_argument("Clusters: device " + std::to_string(device) + " has two classes, " +
                                std::to_string(truth_.at(device)) + " and " + std::to_string(truth));
  Cluster& cluster = clusters_[{device, day}];
  if (cluster.named.empty()) cluster = {device, truth, std::vector<std::uint64_t>(runs_ * classes_)};
  ++cluster.named[run * classes_ + named];
}

std::vector<Cluster> Clusters::list() const {
  return text::mapped(clusters_, [](const auto& each) { return each.second; });
}

Intervals bootstrap(std::span<const Cluster> clusters, std::size_t classes, traffic::StreamKey key,
                    std::size_t draws) {
  const std::size_t runs = runs_of(clusters, classes);
  const auto strata = by_device(clusters);
  Intervals result;
  result.devices = strata.size();
  result.single_day = static_cast<std::size_t>(
      std::ranges::count_if(strata, [](const auto& list) { return list.size() == 1; }));
  if (result.single_day == result.devices || draws == 0) {
    result.macro_f1 = result.balanced_accuracy = result.accuracy = {nan, nan};
    return result;
  }
  traffic::Random random(key);
  std::vector<double> macro_f1, balanced_accuracy, accuracy;
  Tables drawn(classes, runs);
  for (std::size_t draw = 0; draw < draws; ++draw) {
    drawn.clear();
    for (const std::vector<const Cluster*>& days : strata) {
      const std::size_t taken = std::max<std::size_t>(days.size() - 1, 1);
      const double weight = static_cast<double>(days.size()) / static_cast<double>(taken);
      for (std::size_t i = 0; i < taken; ++i) drawn.add(*days[random.below(days.size())], weight);
    }
    const Measures mean = drawn.mean();
    macro_f1.push_back(mean.macro_f1);
    balanced_accuracy.push_back(mean.balanced_accuracy);
    accuracy.push_back(mean.accuracy);
  }
  result.macro_f1 = interval_of(std::move(macro_f1));
  result.balanced_accuracy = interval_of(std::move(balanced_accuracy));
  result.accuracy = interval_of(std::move(accuracy));
  return result;
}

namespace {

/// None where all draws agree: few units that are alike say nothing of how others differ.
Interval with_width(const Interval& interval) {
  constexpr double no_width = 1e-9;  // sums in another order differ in their last digits
  return interval.high - interval.low > no_width ? interval : Interval{nan, nan};
}

void take(Score& score, const Intervals& intervals) {
  const Interval macro_f1 = with_width(intervals.macro_f1), accuracy = with_width(intervals.accuracy);
  score.macro_f1_low = macro_f1.low;
  score.macro_f1_high = macro_f1.high;
  score.accuracy_low = accuracy.low;
  score.accuracy_high = accuracy.high;
}

bool has_interval(const Score& score) {
  return !std::isnan(score.macro_f1_low) || !std::isnan(score.accuracy_low);
}

}  // namespace

Score score(const Clusters& clusters, std::span<const std::string> devices, traffic::StreamKey key,
            const std::string& unit, std::size_t draws) {
  const std::size_t classes = clusters.classes();
  const std::vector<Cluster> list = clusters.list();
  Tables all(classes, clusters.runs());
  std::vector<std::uint64_t> confusion(classes * classes);
  for (const Cluster& cluster : list) {
    all.add(cluster, 1);
    for (std::size_t i = 0; i < cluster.named.size(); ++i)
      confusion[cluster.truth * classes + i % classes] += cluster.named[i];
  }
  Score result = score(confusion, classes);
  const auto mean = all.mean();
  result.windows /= std::max<std::size_t>(mean.runs, 1);
  result.accuracy = mean.accuracy;
  result.macro_f1 = mean.macro_f1;
  result.macro_f1_deviation = mean.macro_f1_deviation;
  result.balanced_accuracy = mean.balanced_accuracy;
  result.majority = mean.majority;
  name_highest_recall(result, devices);
  const Intervals intervals = bootstrap(list, classes, key, draws);
  take(result, intervals);
  if (has_interval(result))
    result.interval_over = interval_over(unit, intervals.single_day, intervals.devices);
  result.seeds = static_cast<std::uint32_t>(mean.runs);
  return result;
}

std::string interval_over(const std::string& unit, std::size_t single, std::size_t devices) {
  if (single == 0) return unit;
  return unit + ", of which " + std::to_string(single) + " of " + std::to_string(devices) +
         (single == 1 ? " devices has" : " devices have") + " one alone, which adds no width";
}

namespace {

constexpr traffic::Nanoseconds piece = 300 * traffic::second;

/// The name of the units, where half of the devices with rows have two of them; "" where not.
std::string name_if_spread(const char* name, const TestRows& rows, const std::vector<std::int64_t>& units) {
  std::map<std::uint16_t, std::set<std::int64_t>> seen;
  for (std::size_t i = 0; i < rows.size(); ++i) seen[rows.device[i]].insert(units[i]);
  const auto several =
      std::ranges::count_if(seen, [](const auto& device) { return device.second.size() > 1; });
  const auto all = static_cast<std::ptrdiff_t>(seen.size());
  if (all == 0 || 2 * several < all) return {};
  return interval_over(name, static_cast<std::size_t>(all - several), seen.size());
}

}  // namespace

DrawnUnits drawn_units(const TestRows& rows) {
  std::vector<std::int64_t> captures(rows.capture.begin(), rows.capture.end());
  if (std::string name = name_if_spread("days", rows, rows.day); !name.empty())
    return {std::move(name), rows.day};
  if (std::string name = name_if_spread("captures", rows, captures); !name.empty())
    return {std::move(name), std::move(captures)};
  // Captures of one time keep pieces of their own.
  for (std::size_t i = 0; i < rows.size(); ++i)
    captures[i] = captures[i] * (std::int64_t{1} << 36) + rows.start[i] / piece;
  std::set<std::pair<std::uint16_t, std::int64_t>> pieces;
  for (std::size_t i = 0; i < rows.size(); ++i) pieces.emplace(rows.device[i], captures[i]);
  // Rows that are as long as pieces, such as aggregates, are pieces themselves.
  return {pieces.size() == rows.size() ? "test rows" : "pieces of 5 min", std::move(captures)};
}

void set_intervals(Score& score, const TestRows& rows, const DrawnUnits& drawn,
                   std::span<const std::uint16_t> named, std::size_t classes, traffic::StreamKey key) {
  constexpr std::size_t most_counts = std::size_t{1} << 22;
  std::set<std::pair<std::uint16_t, std::int64_t>> units;
  for (std::size_t i = 0; i < rows.size(); ++i) units.emplace(rows.device[i], drawn.units[i]);
  if (units.empty() || units.size() * classes > most_counts) return;
  Clusters clusters(classes);
  for (std::size_t i = 0; i < rows.size(); ++i)
    clusters.add(rows.device[i], drawn.units[i], rows.device[i], named[i]);
  const std::vector<Cluster> list = clusters.list();
  take(score, bootstrap(list, classes, key));
  if (has_interval(score)) score.interval_over = drawn.name;
}

}  // namespace ipet::evaluation
