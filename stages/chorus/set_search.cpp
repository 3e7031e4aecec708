#include "stages/chorus/set_search.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

namespace ipet::defence::planning {

namespace {

/// Devices looked at in the improvement of one partition, so that it ends in reasonable time: far more than a
/// hundred devices need.
constexpr std::uint64_t most_looks = 20'000'000;
/// Partitions that are improved.
constexpr std::size_t most_beginnings = 24;

Set by_rate(const std::vector<double>& rates) {
  Set order(rates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t device) { return rates[device]; });
  return order;
}

/// The best of all partitions into neighbours by rate: heavy devices with heavy ones.
std::vector<Set> neighbours(const Set& order, const std::vector<double>& rates, const SetOptions& options) {
  auto stretch = [&](std::size_t first, std::size_t last) {
    return Set(order.begin() + static_cast<std::ptrdiff_t>(first),
               order.begin() + static_cast<std::ptrdiff_t>(last));
  };
  std::vector<Penalty> best(order.size() + 1);
  std::vector<std::size_t> begin(order.size() + 1);
  for (std::size_t last = 1; last <= order.size(); ++last)
    for (std::size_t first = last; first-- > 0;) {
      const Penalty penalty = best[first] + penalty_of(stretch(first, last), rates, options);
      if (first + 1 < last && !(penalty < best[last])) continue;
      best[last] = penalty;
      begin[last] = first;
    }
  std::vector<Set> sets;
  for (std::size_t last = order.size(); last > 0; last = begin[last])
    sets.push_back(stretch(begin[last], last));
  return sets;
}

/// So many sets with about the same sum: the heaviest device first, each into the lightest set.
std::vector<Set> equal_sums(const Set& order, const std::vector<double>& rates, std::size_t count) {
  std::vector<Set> sets(count);
  std::vector<double> sums(count);
  for (std::size_t i = order.size(); i-- > 0;) {
    const auto lightest = static_cast<std::size_t>(std::ranges::min_element(sums) - sums.begin());
    sets[lightest].push_back(order[i]);
    sums[lightest] += rates[order[i]];
  }
  return sets;
}

/// So many sets with about the same number of devices, each with heavy and light ones.
std::vector<Set> equal_sizes(const Set& order, std::size_t count) {
  std::vector<Set> sets(count);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t round = i / count, place = i % count;
    sets[round % 2 == 0 ? place : count - 1 - place].push_back(order[i]);
  }
  return sets;
}

/// Moves and swaps devices of a partition.
class Improvement {
 public:
  Improvement(std::vector<Set> sets, const std::vector<double>& rates, const SetOptions& options)
      : rates_(rates), options_(options), sets_(std::move(sets)) {
    sets_.emplace_back();  // for a set more
    for (const Set& set : sets_) penalties_.push_back(penalty_of(set, rates_, options_));
  }

  std::vector<Set> run() {
    while (pass() && looks_ < most_looks) {
    }
    std::erase_if(sets_, [](const Set& set) { return set.empty(); });
    return std::move(sets_);
  }

 private:
  /// Whether anything became better.
  bool pass() {
    bool better = false;
    for (std::size_t a = 0; a < sets_.size(); ++a)
      for (std::size_t b = 0; b < sets_.size() && looks_ < most_looks; ++b) {
        if (a == b) continue;
        for (std::size_t i = 0; i < sets_[a].size();) {
          if (move(a, i, b)) {
            better = true;
            if (!sets_.back().empty()) add_empty();
          } else {
            ++i;
          }
        }
        for (std::size_t i = 0; a < b && i < sets_[a].size(); ++i)
          for (std::size_t j = 0; j < sets_[b].size(); ++j) better = swap(a, i, b, j) || better;
      }
    return better;
  }
  void add_empty() {
    sets_.emplace_back();
    penalties_.emplace_back();
  }
  bool move(std::size_t a, std::size_t i, std::size_t b) {
    Set from = sets_[a], to = sets_[b];
    to.push_back(from[i]);
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
    return take_if_better(a, std::move(from), b, std::move(to));
  }
  bool swap(std::size_t a, std::size_t i, std::size_t b, std::size_t j) {
    if (rates_[sets_[a][i]] == rates_[sets_[b][j]]) return false;
    Set from = sets_[a], to = sets_[b];
    std::swap(from[i], to[j]);
    return take_if_better(a, std::move(from), b, std::move(to));
  }
  bool take_if_better(std::size_t a, Set from, std::size_t b, Set to) {
    looks_ += from.size() + to.size();
    const Penalty of_from = penalty_of(from, rates_, options_), of_to = penalty_of(to, rates_, options_);
    if (!(of_from + of_to).clearly_better(penalties_[a] + penalties_[b])) return false;
    sets_[a] = std::move(from);
    sets_[b] = std::move(to);
    penalties_[a] = of_from;
    penalties_[b] = of_to;
    return true;
  }

  const std::vector<double>& rates_;
  const SetOptions& options_;
  std::vector<Set> sets_;  ///< the last one is empty
  std::vector<Penalty> penalties_;
  std::uint64_t looks_ = 0;
};

}  // namespace

std::vector<Set> search_sets(const std::vector<double>& rates, const SetOptions& options) {
  const Set order = by_rate(rates);
  std::vector<std::vector<Set>> beginnings = {neighbours(order, rates, options)};
  for (std::size_t count = 1; count <= rates.size(); ++count) {
    beginnings.push_back(equal_sums(order, rates, count));
    beginnings.push_back(equal_sizes(order, count));
  }
  // The first one keeps the budget where it is to be kept; others may have to be mended.
  const auto penalty = [&](const std::vector<Set>& sets) { return penalty_of(sets, rates, options); };
  std::stable_sort(beginnings.begin() + 1, beginnings.end(),
                   [&](const auto& a, const auto& b) { return penalty(a) < penalty(b); });
  beginnings.resize(std::min(beginnings.size(), most_beginnings));
  std::vector<Set> best;
  for (std::vector<Set>& sets : beginnings) {
    std::vector<Set> improved = Improvement(std::move(sets), rates, options).run();
    if (best.empty() || penalty(improved).clearly_better(penalty(best))) best = std::move(improved);
  }
  for (Set& set : best) std::ranges::sort(set);
  return best;
}

}  // namespace ipet::defence::planning
