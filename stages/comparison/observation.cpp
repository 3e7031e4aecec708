#include "stages/comparison/observation.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <tuple>

#include <tbb/parallel_for.h>

#include "stages/defence/none.hpp"
#include "stages/defence/time_merge.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::comparison {

using attack::Rows;
using traffic::DevicePacket;
using traffic::Nanoseconds;

namespace {

/// Rows of one view of one realisation, at most so many: a reservoir (Vitter 1985, algorithm R).
class Reservoir {
 public:
  Reservoir(std::size_t most, traffic::StreamKey key) : most_(most), random_(key) {}

  void add(Nanoseconds start, std::span<const float> row) {
    rows_.width = row.size();
    const bool full = most_ > 0 && rows_.size() >= most_;
    const std::size_t place = full ? static_cast<std::size_t>(random_.below(seen_ + 1)) : rows_.size();
    ++seen_;
    if (full && place >= most_) return;
    if (!full) {
      rows_.start.push_back(start);
      rows_.values.insert(rows_.values.end(), row.begin(), row.end());
    } else {
      rows_.start[place] = start;
      std::ranges::copy(row, rows_.values.begin() + static_cast<std::ptrdiff_t>(place * row.size()));
    }
  }
  [[nodiscard]] bool thinned() const { return seen_ > rows_.size(); }
  /// Appends what was kept, in time order.
  void append_to(Rows& all, std::uint32_t line, std::uint16_t label, std::uint32_t home) const {
    std::vector<std::size_t> order(rows_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [this](std::size_t i) { return rows_.start[i]; });
    if (!order.empty()) all.width = rows_.width;
    for (const std::size_t i : order) {
      all.start.push_back(rows_.start[i]);
      all.values.insert(all.values.end(), rows_.row(i), rows_.row(i) + rows_.width);
    }
    all.line.insert(all.line.end(), order.size(), line);
    all.label.insert(all.label.end(), order.size(), label);
    all.home.insert(all.home.end(), order.size(), home);
  }

 private:
  std::size_t most_, seen_ = 0;
  traffic::Random random_;
  Rows rows_;
};

/// Runs of consecutive packets, evenly spread over a stream whose length is not known: when there are too
/// many, every other one is dropped and only every other one is taken from then on.
class Runs {
 public:
  explicit Runs(std::size_t most) : most_(most) {}

  void add(const DevicePacket& packet) {
    const std::size_t run = seen_ / length;
    ++seen_;
    if (run % stride_ != 0) return;
    if (kept_.size() >= most_ && seen_ % length == 1) thin();
    if (run % stride_ == 0) kept_.push_back(packet);
  }
  std::vector<DevicePacket> take() { return std::move(kept_); }

 private:
  static constexpr std::size_t length = 512;
  void thin() {
    std::vector<DevicePacket> half;
    for (std::size_t run = 0; run * length < kept_.size(); run += 2) {
      const std::size_t end = std::min(kept_.size(), (run + 1) * length);
      half.insert(half.end(), kept_.begin() + static_cast<std::ptrdiff_t>(run * length),
                  kept_.begin() + static_cast<std::ptrdiff_t>(end));
    }
    kept_ = std::move(half);
    stride_ *= 2;
  }
  std::size_t most_, seen_ = 0, stride_ = 1;
  std::vector<DevicePacket> kept_;
};

/// Watches one realisation.
class Watcher {
 public:
  Watcher(const Realisation& realisation, std::span<const Lens> lenses, const ObservationOptions& options,
          bool excerpt)
      : options_(options), excerpt_(excerpt), runs_(options.excerpt_packets) {
    if (options.filter != nullptr) filter_ = options.filter->open(realisation.line->interval);
    for (std::size_t i = 0; i < lenses.size(); ++i) {
      const auto key = traffic::StreamKey(realisation.rows_seed.value_or(realisation.seed))
                           .with("rows")
                           .with(realisation.number)
                           .with(i);
      extractors_.push_back(lenses[i].view->open(realisation.line->interval));
      kept_.emplace_back(lenses[i].most_rows, key);
    }
  }

  void see(std::vector<DevicePacket>&& packets) {
    if (excerpt_)
      for (const DevicePacket& packet : packets) runs_.add(packet);
    if (options_.remove_dummies)
      std::erase_if(packets, [](const DevicePacket& packet) { return packet.dummy; });
    for (DevicePacket& packet : packets) packet.dummy = false;  // nobody outside sees it
    if (filter_)
      filter_->add(packets, [this](std::span<const DevicePacket> kept) { look(kept); });
    else
      look(packets);
  }
  void end() {
    if (filter_) filter_->end([this](std::span<const DevicePacket> kept) { look(kept); });
    for (std::size_t i = 0; i < extractors_.size(); ++i) extractors_[i]->end(sink(i));
  }

  std::vector<Reservoir>& kept() { return kept_; }
  std::vector<DevicePacket> excerpt() { return runs_.take(); }

 private:
  attack::FeatureExtractor::Sink sink(std::size_t i) {
    return [this, i](Nanoseconds start, std::span<const float> row) { kept_[i].add(start, row); };
  }
  void look(std::span<const DevicePacket> packets) {
    for (std::size_t i = 0; i < extractors_.size(); ++i) extractors_[i]->add(packets, sink(i));
  }

  const ObservationOptions& options_;
  bool excerpt_;
  std::unique_ptr<attack::LineFilter> filter_;
  std::vector<std::unique_ptr<attack::FeatureExtractor>> extractors_;
  std::vector<Reservoir> kept_;
  Runs runs_;
};

/// Positions of realisations that are made at once.
std::vector<std::vector<std::size_t>> bundles_of(std::span<const Realisation> realisations,
                                                 const defence::Defence* defence) {
  std::vector<std::vector<std::size_t>> bundles;
  std::map<std::tuple<std::uint64_t, std::uint32_t, Nanoseconds>, std::size_t> shared;
  for (std::size_t t = 0; t < realisations.size(); ++t) {
    const WatchedLine& line = *realisations[t].line;
    std::size_t bundle = bundles.size();
    if (made_together(line, line, defence))
      bundle = shared.try_emplace(std::tuple(realisations[t].seed, line.capture, line.interval.begin), bundle)
                   .first->second;
    if (bundle == bundles.size()) bundles.emplace_back();
    bundles[bundle].push_back(t);
  }
  return bundles;
}

/// [realisation], a number for each home, day and copy.
std::vector<std::uint32_t> homes_of(std::span<const Realisation> realisations) {
  std::map<std::tuple<std::uint64_t, std::uint32_t, Nanoseconds>, std::uint32_t> numbers;
  std::vector<std::uint32_t> homes;
  for (const Realisation& realisation : realisations) {
    const auto next = static_cast<std::uint32_t>(numbers.size());
    const std::tuple key(realisation.seed, realisation.line->capture, realisation.line->interval.begin);
    homes.push_back(numbers.try_emplace(key, next).first->second);
  }
  return homes;
}

/// The packets of lines in time order, an hour at a time.
void mix_in_order(std::span<const WatchedLine* const> lines, defence::GroupMixer& mixer,
                  const defence::GroupMixer::Output& output) {
  defence::TimeMerge merge;
  std::vector<std::span<const DevicePacket>> left;
  for (const WatchedLine* line : lines) left.push_back(line->packets);
  const auto empty = [](const auto& packets) { return packets.empty(); };
  for (Nanoseconds until = lines[0]->interval.begin; !std::ranges::all_of(left, empty);) {
    until += 3600 * traffic::second;
    for (std::size_t i = 0; i < left.size(); ++i) {
      const auto end = std::ranges::lower_bound(left[i], until, {}, &DevicePacket::time);
      const auto count = static_cast<std::size_t>(end - left[i].begin());
      merge.add(i, left[i].first(count));
      left[i] = left[i].subspan(count);
    }
    mixer.mix(merge.take(until), output);
  }
}

}  // namespace

bool made_together(const WatchedLine& a, const WatchedLine& b, const defence::Defence* defence) {
  return defence != nullptr && defence->groups() && a.protect && b.protect && a.capture == b.capture &&
         a.interval.begin == b.interval.begin;
}

std::vector<defence::MixSummary> defend(std::span<const WatchedLine* const> lines,
                                        const defence::Defence* defence, const std::string& name,
                                        const defence::Resources& resources,
                                        const defence::GroupMixer::Output& output) {
  static const defence::None none;  // lines without a defence pass a mixer as well, which counts
  defence::MixerOptions mixing;
  mixing.protect = lines[0]->protect && defence != nullptr;
  mixing.defence = name;
  std::vector<defence::Line> up;
  for (const WatchedLine* line : lines)
    up.push_back(
        {line->device, line->capture, defence::Line::Span{line->interval.begin, line->interval.end}});
  defence::GroupMixer mixer(mixing.protect ? *defence : none, resources, up, mixing);
  if (lines.size() == 1)
    mixer.mix(lines[0]->packets, output);
  else
    mix_in_order(lines, mixer, output);
  mixer.finish(output);
  std::vector<defence::MixSummary> summaries;
  for (std::size_t i = 0; i < lines.size(); ++i) summaries.push_back(mixer.summary(i));
  return summaries;
}

Observation observe(std::span<const Realisation> realisations, std::span<const Lens> lenses,
                    const ObservationOptions& options, fingerprint::Observer& observer) {
  Observation result;
  result.summaries.resize(realisations.size());
  std::vector<std::vector<Reservoir>> kept(realisations.size());
  if (options.excerpt_packets > 0)
    result.excerpts.resize(std::min(realisations.size(), options.excerpt_realisations));
  const auto bundles = bundles_of(realisations, options.defence);
  tbb::parallel_for(std::size_t{0}, bundles.size(), [&](std::size_t b) {
    const std::vector<std::size_t>& bundle = bundles[b];
    std::vector<const WatchedLine*> lines;
    std::deque<Watcher> watchers;
    for (const std::size_t t : bundle) {
      lines.push_back(realisations[t].line);
      watchers.emplace_back(realisations[t], lenses, options, t < result.excerpts.size());
    }
    defence::Resources resources = options.resources;
    resources.seed = realisations[bundle[0]].seed;
    resources.repeated = true;
    const auto summaries = defend(lines, options.defence, options.defence_name, resources,
                                  [&](std::size_t line, std::vector<DevicePacket>&& packets) {
                                    observer.check();
                                    watchers[line].see(std::move(packets));
                                  });
    for (std::size_t i = 0; i < bundle.size(); ++i) {
      const std::size_t t = bundle[i];
      watchers[i].end();
      result.summaries[t] = summaries[i];
      kept[t] = std::move(watchers[i].kept());
      if (t < result.excerpts.size())
        result.excerpts[t] = {realisations[t].number, realisations[t].line->label, watchers[i].excerpt()};
    }
  });
  const std::vector<std::uint32_t> homes = homes_of(realisations);
  result.rows.resize(lenses.size());
  result.thinned.resize(lenses.size());
  for (std::size_t t = 0; t < realisations.size(); ++t)
    for (std::size_t i = 0; i < lenses.size(); ++i) {
      kept[t][i].append_to(result.rows[i], realisations[t].number, realisations[t].line->label, homes[t]);
      if (kept[t][i].thinned()) result.thinned[i] = true;
    }
  return result;
}

}  // namespace ipet::comparison
