// How sure a score is: bootstrap over devices and days, not over rows. Rows of one device on one day are
// alike, so that intervals over rows (Wilson's, say, of an accuracy) would be far too narrow.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "stages/report/report.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::evaluation {

/// What became of all rows of one device on one day, repeats of the defence included.
struct Cluster {
  std::uint32_t device = 0;          ///< clusters of one device are drawn among each other
  std::uint16_t truth = 0;           ///< class of its rows; of devices held out, the class "other"
  std::vector<std::uint64_t> named;  ///< rows by [run, class that was named]
};

/// Counts rows into clusters.
class Clusters {
 public:
  /// `runs`: trainings of the attacker with different seeds, each of which names all rows; one that has none
  /// does not count.
  explicit Clusters(std::size_t classes, std::size_t runs = 1);
  /// Throws std::invalid_argument for a class or run out of range, and when one device has two classes.
  void add(std::uint32_t device, std::int64_t day, std::uint16_t truth, std::uint16_t named,
           std::size_t run = 0);

  [[nodiscard]] std::size_t classes() const { return classes_; }
  [[nodiscard]] std::size_t runs() const { return runs_; }
  /// All clusters by device, then day.
  [[nodiscard]] std::vector<Cluster> list() const;

 private:
  struct Line {
    std::uint32_t device;
    std::int64_t day;
    auto operator<=>(const Line&) const = default;
  };
  std::size_t classes_, runs_;
  std::map<Line, Cluster> clusters_;
  std::map<std::uint32_t, std::uint16_t> truth_;
};

struct Interval {
  double low = 0, high = 0;
};

/// 2.5 % and 97.5 % quantiles of at least one value, interpolated linearly.
Interval interval_of(std::vector<double> values);

struct Intervals {
  /// interval_of the draws; NaN when no device has two days,
  /// since nothing then tells how days differ.
  Interval macro_f1, balanced_accuracy, accuracy;
  std::size_t devices = 0;
  std::size_t single_day = 0;  ///< devices with one day: they add nothing to the width
};

/// Stratified bootstrap: of a device's n clusters, n - 1 are drawn with replacement, each with the weight
/// n / (n - 1). Drawing n would make intervals too narrow by sqrt((n - 1) / n), a third with two days (Rao
/// and Wu, "Resampling inference with complex survey data", 1988, with m = n - 1). No device ever disappears.
/// Still somewhat narrow for few days: in simulations of six devices they hold the truth in 87 % of cases
/// with two days, in 93 % with four. One draw holds for all runs; the measure of a draw is the mean over the
/// runs that have rows in it. Throws std::invalid_argument where a cluster does not have runs x classes
/// counts.
Intervals bootstrap(std::span<const Cluster> clusters, std::size_t classes, traffic::StreamKey key,
                    std::size_t draws = 1000);

/// Everything of a score but what it is a score of: measures as means over the runs that have rows, recall
/// and confusion over all of them together, `windows` of one run, the intervals and what they are over, the
/// highest recall, `seeds` = runs with rows. An interval of no width is left out (NaN): it would say that a
/// score is certain of which little is known. `devices` names the classes, `unit` what a device has a cluster
/// of: "days".
Score score(const Clusters& clusters, std::span<const std::string> devices, traffic::StreamKey key,
            const std::string& unit, std::size_t draws = 1000);

/// Score::interval_over: "days", or "days, of which 2 of 7 devices have one alone, which adds no width".
std::string interval_over(const std::string& unit, std::size_t single, std::size_t devices);

/// What is drawn for the intervals of a plain evaluation (a comparison draws what its lines are of, days or
/// captures, however many devices have one alone): the longest stretches of traffic that half of the
/// devices with test rows have at least two of. Of a single capture these are pieces of 5 minutes (blocks, as
/// Carlstein, "The use of subseries values for estimating the variance of a general statistic from a
/// stationary sequence", 1986), whose intervals know nothing of how days differ.
struct DrawnUnits {
  std::string name;                 ///< Score::interval_over
  std::vector<std::int64_t> units;  ///< [row] which one it is in
};
DrawnUnits drawn_units(const TestRows& rows);

/// Fills the intervals of a score of rows that have one answer each. None where there is a single unit of
/// every device, where all draws agree, or with more than four million counts of units and classes to draw
/// from.
void set_intervals(Score& score, const TestRows& rows, const DrawnUnits& drawn,
                   std::span<const std::uint16_t> named, std::size_t classes, traffic::StreamKey key);

}  // namespace ipet::evaluation
