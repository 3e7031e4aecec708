#include "stages/activity/timers.hpp"

#include <algorithm>
#include <numeric>
#include <optional>

namespace ipet::activity {

using traffic::Nanoseconds;

namespace {

/// Each burst is compared with so many before it: a device that is never silent has thousands an hour.
constexpr std::size_t most_before = 1000;

/// Whether a burst begins within `tolerance` of `time`.
bool begins_near(const Begins& begins, Nanoseconds time, Nanoseconds tolerance) {
  const auto found = std::ranges::lower_bound(begins, time - tolerance);
  return found != begins.end() && *found <= time + tolerance;
}

/// Bursts of all recordings, and which of them no timer explains.
class Search {
 public:
  Search(std::span<const Begins> recordings, const TimerOptions& options)
      : recordings_(recordings), options_(options), bins_(bin_of(options.longest_period) + 2) {
    for (const Begins& begins : recordings) explained_.emplace_back(begins.size(), false);
  }

  std::optional<Nanoseconds> next() {
    count();
    const std::size_t best = peak();
    if (best == 0) return std::nullopt;
    const Nanoseconds period = refined(best);
    for (std::size_t r = 0; r < recordings_.size(); ++r)
      for (std::size_t i = 0; i < recordings_[r].size(); ++i)
        if (begins_near(recordings_[r], recordings_[r][i] - period, options_.tolerance))
          explained_[r][i] = true;
    return period;
  }

 private:
  /// Bins are as wide as the tolerance, so that a period lies in two neighbours at most.
  [[nodiscard]] std::size_t bin_of(Nanoseconds lag) const {
    return static_cast<std::size_t>(lag / options_.tolerance);
  }

  /// Calls `take` with each time that unexplained bursts come after others.
  template <class Take>
  void for_each_lag(Nanoseconds most, const Take& take) const {
    for (std::size_t r = 0; r < recordings_.size(); ++r)
      for (std::size_t i = 0; i < recordings_[r].size(); ++i) {
        if (explained_[r][i]) continue;
        const std::size_t first = i - std::min(i, most_before);
        for (std::size_t j = i; j-- > first && recordings_[r][i] - recordings_[r][j] <= most;)
          take(recordings_[r][i] - recordings_[r][j]);
      }
  }

  void count() {
    std::vector<std::size_t> alone(bins_, 0);
    for_each_lag(options_.longest_period, [&](Nanoseconds lag) { ++alone[bin_of(lag)]; });
    counts_.assign(bins_, 0);
    for (std::size_t bin = 1; bin + 1 < bins_; ++bin) counts_[bin] = alone[bin] + alone[bin + 1];
    possible_.assign(bins_, 0);
    for (std::size_t r = 0; r < recordings_.size(); ++r)
      for (std::size_t i = 0; i < recordings_[r].size(); ++i)
        if (!explained_[r][i])
          ++possible_[std::min(bins_ - 1, bin_of(recordings_[r][i] - recordings_[r].front()))];
    for (std::size_t bin = bins_ - 1; bin > 0; --bin) possible_[bin - 1] += possible_[bin];
  }

  /// Median of the bins around, without the peak itself.
  [[nodiscard]] double around(std::size_t bin) const {
    std::vector<std::size_t> others;
    for (std::size_t i = bin > 20 ? bin - 20 : 1; i < std::min(bins_ - 1, bin + 21); ++i)
      if (i + 3 < bin || i > bin + 3) others.push_back(counts_[i]);
    if (others.empty()) return 0;
    std::ranges::nth_element(others, others.begin() + static_cast<std::ptrdiff_t>(others.size() / 2));
    return static_cast<double>(others[others.size() / 2]);
  }

  [[nodiscard]] bool is_timer(std::size_t bin) const {
    const auto count = static_cast<double>(counts_[bin]);
    return counts_[bin] >= options_.fewest &&
           count >= options_.share * static_cast<double>(possible_[bin + 1]) &&
           count >= options_.contrast * std::max(1.0, around(bin));
  }

  /// The bin of the next period, with its neighbour above; 0: none.
  [[nodiscard]] std::size_t peak() const {
    std::vector<std::size_t> timers;
    for (std::size_t bin = 1; bin + 1 < bins_; ++bin)
      if (is_timer(bin)) timers.push_back(bin);
    if (timers.empty()) return 0;
    const std::size_t most =
        counts_[*std::ranges::max_element(timers, {}, [&](std::size_t bin) { return counts_[bin]; })];
    std::size_t best =
        *std::ranges::find_if(timers, [&](std::size_t bin) { return 10 * counts_[bin] >= 7 * most; });
    while (best + 2 < bins_ && counts_[best + 1] > counts_[best]) ++best;
    return best;
  }

  /// Median of the times in a bin and the one above.
  [[nodiscard]] Nanoseconds refined(std::size_t bin) const {
    Begins lags;
    const auto from = static_cast<Nanoseconds>(bin) * options_.tolerance, to = from + 2 * options_.tolerance;
    for_each_lag(to, [&](Nanoseconds lag) {
      if (lag >= from) lags.push_back(lag);
    });
    std::ranges::nth_element(lags, lags.begin() + static_cast<std::ptrdiff_t>(lags.size() / 2));
    return lags[lags.size() / 2];
  }

  std::span<const Begins> recordings_;
  const TimerOptions& options_;
  std::size_t bins_;
  std::vector<std::vector<bool>> explained_;
  std::vector<std::size_t> counts_;    ///< of times in a bin and the next one
  std::vector<std::size_t> possible_;  ///< unexplained bursts so long after the begin of their recording
};

}  // namespace

Timers::Timers(std::span<const Begins> recordings, const TimerOptions& options) : options_(options) {
  Search search(recordings, options);
  while (periods_.size() < options.most_timers) {
    const auto period = search.next();
    if (!period) return;
    periods_.push_back(*period);
  }
}

std::vector<std::optional<std::size_t>> Timers::which(const Begins& begins, Nanoseconds recorded_from) const {
  std::vector<std::optional<std::size_t>> timers;
  for (const Nanoseconds begin : begins) {
    const auto found = std::ranges::find_if(periods_, [&](Nanoseconds period) {
      const bool known = begin - period - options_.tolerance >= recorded_from;
      return begins_near(begins, known ? begin - period : begin + period, options_.tolerance);
    });
    timers.push_back(found == periods_.end() ? std::nullopt
                                             : std::optional<std::size_t>(found - periods_.begin()));
  }
  return timers;
}

}  // namespace ipet::activity
