#include "stages/attack/repeat_filter.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "pipeline/text/numbers.hpp"
#include "stages/attack/bins.hpp"
#include "stages/attack/keep_all.hpp"

namespace ipet::attack {
namespace {

using traffic::DevicePacket;

/// What of a line is compared at a time: packets of two hours, and not too many of them.
class Blocks {
 public:
  Blocks(const RepeatOptions& options, const Interval& interval) : options_(options), interval_(interval) {}

  template <class Realisation>
  void add(std::span<const DevicePacket> packets, const Realisation& take) {
    for (const DevicePacket& packet : packets) {
      if (!block_.empty() && (packet.time >= end_ || block_.size() >= options_.most_packets)) finish(take);
      if (block_.empty()) end_ = bin_of(packet.time, interval_, options_.block.count()).end;
      block_.push_back(packet);
    }
  }
  template <class Realisation>
  void finish(const Realisation& take) {
    if (!block_.empty()) take(std::span<const DevicePacket>(block_));
    block_.clear();
  }

 private:
  RepeatOptions options_;
  Interval interval_;
  std::vector<DevicePacket> block_;
  traffic::Nanoseconds end_ = 0;
};

struct Rule {
  std::uint32_t bursts = 0;   ///< a packet repeats where so many agree
  bool keep_repeats = false;  ///< else those are thrown away
  double accuracy = 0;

  [[nodiscard]] bool keeps(std::uint32_t explained) const { return (explained >= bursts) == keep_repeats; }
};

class RepeatLineFilter final : public LineFilter {
 public:
  RepeatLineFilter(const Recordings& recordings, const Rule& rule, const RepeatOptions& options,
                   const Interval& interval)
      : recordings_(recordings), rule_(rule), blocks_(options, interval) {}

  void add(std::span<const DevicePacket> packets, const Sink& sink) override {
    blocks_.add(packets, [&](std::span<const DevicePacket> block) { keep(block, sink); });
  }
  void end(const Sink& sink) override {
    blocks_.finish([&](std::span<const DevicePacket> block) { keep(block, sink); });
  }

 private:
  void keep(std::span<const DevicePacket> block, const Sink& sink) {
    const std::vector<std::uint32_t> explained = recordings_.explain(block);
    kept_.clear();
    for (std::size_t i = 0; i < block.size(); ++i)
      if (rule_.keeps(explained[i])) kept_.push_back(block[i]);
    if (!kept_.empty()) sink(kept_);
  }

  const Recordings& recordings_;
  Rule rule_;
  Blocks blocks_;
  std::vector<DevicePacket> kept_;
};

class TrainedRepeatFilter final : public TrainedFilter {
 public:
  TrainedRepeatFilter(Recordings recordings, const Rule& rule, const RepeatOptions& options)
      : recordings_(std::move(recordings)), rule_(rule), options_(options) {}
  [[nodiscard]] std::unique_ptr<LineFilter> open(const Interval& interval) const override {
    return std::make_unique<RepeatLineFilter>(recordings_, rule_, options_, interval);
  }

 private:
  Recordings recordings_;
  Rule rule_;
  RepeatOptions options_;
};

/// Packets by how many bursts explain them: [bursts] of real ones and of cover.
using Counts = std::map<std::uint32_t, std::array<double, 2>>;

Counts count(std::span<const Excerpt> excerpts, const Recordings& recordings, const RepeatOptions& options,
             fingerprint::Observer& observer) {
  std::vector<traffic::Nanoseconds> begins;
  for (const Excerpt& excerpt : excerpts)
    if (!excerpt.packets.empty()) begins.push_back(excerpt.packets.front().time);
  std::ranges::sort(begins);
  Counts counts;
  for (const Excerpt& excerpt : excerpts) {
    // Before the later half there is little to find.
    if (excerpt.packets.empty() || excerpt.packets.front().time < begins[begins.size() / 2]) continue;
    const auto take = [&](std::span<const DevicePacket> block) {
      observer.check();
      const std::vector<std::uint32_t> explained = recordings.explain(block);
      for (std::size_t i = 0; i < block.size(); ++i) counts[explained[i]][block[i].dummy ? 1 : 0] += 1;
    };
    Blocks blocks(options, {});
    blocks.add(excerpt.packets, take);
    blocks.finish(take);
  }
  return counts;
}

Rule best_rule(const Counts& counts) {
  double all[2] = {0, 0};
  for (const auto& [bursts, packets] : counts)
    for (int dummy : {0, 1}) all[dummy] += packets[static_cast<std::size_t>(dummy)];
  Rule best;
  if (all[0] == 0 || all[1] == 0) return best;
  double real = 0, cover = 0;  // that fewer bursts explain
  for (const auto& [bursts, packets] : counts) {
    if (bursts > 0) {
      const double dropping = (real / all[0] + 1 - cover / all[1]) / 2;
      if (dropping > best.accuracy) best = {bursts, false, dropping};
      if (1 - dropping > best.accuracy) best = {bursts, true, 1 - dropping};
    }
    real += packets[0];
    cover += packets[1];
  }
  return best;
}

}  // namespace

std::unique_ptr<const TrainedFilter> RepeatFilter::train(std::span<const Excerpt> training, std::uint64_t,
                                                         fingerprint::Observer& observer) const {
  Recordings recordings(options_.repeats);
  for (const Excerpt& excerpt : training) {
    observer.check();
    recordings.add(excerpt.packets);
  }
  recordings.finish();
  observer.check();
  const Rule rule = best_rule(count(training, recordings, options_.repeats, observer));
  const std::string accuracy = text::format(" (balanced accuracy %.3g)", rule.accuracy);
  if (rule.accuracy < options_.least_accuracy) {
    observer.info("repeat_filter keeps all packets: what repeats is cover no more often than the rest is" +
                  accuracy);
    return std::make_unique<KeepAll>();
  }
  observer.info(std::string("repeat_filter ") + (rule.keep_repeats ? "keeps nothing but" : "throws away") +
                " what repeats in at least " + std::to_string(rule.bursts) + " bursts" + accuracy);
  return std::make_unique<TrainedRepeatFilter>(std::move(recordings), rule, options_.repeats);
}

}  // namespace ipet::attack
