#include "stages/comparison/observation.hpp"

#include <algorithm>
#include <numeric>

#include <tbb/parallel_for.h>

#include "stages/defence/none.hpp"
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
  void append_to(Rows& all, std::uint32_t line, std::uint16_t label) const {
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

defence::MixSummary watch(const Realisation& realisation, const ObservationOptions& options, Watcher& watcher,
                          fingerprint::Observer& observer) {
  defence::Resources resources = options.resources;
  resources.seed = realisation.seed;
  resources.repeated = true;
  const defence::MixSummary summary = defend(*realisation.line, options.defence, options.defence_name,
                                             resources, [&](std::vector<DevicePacket>&& packets) {
                                               observer.check();
                                               watcher.see(std::move(packets));
                                             });
  watcher.end();
  return summary;
}

}  // namespace

defence::MixSummary defend(const WatchedLine& line, const defence::Defence* defence, const std::string& name,
                           const defence::Resources& resources, const defence::Mixer::Output& output) {
  static const defence::None none;  // lines without a defence pass a mixer as well, which counts
  defence::MixerOptions mixing;
  mixing.protect = line.protect && defence != nullptr;
  mixing.defence = name;
  defence::Mixer mixer(
      mixing.protect ? *defence : none, resources,
      {line.device, line.capture, defence::Line::Span{line.interval.begin, line.interval.end}}, mixing);
  mixer.mix(line.packets, output);
  mixer.finish(output);
  return mixer.summary();
}

Observation observe(std::span<const Realisation> realisations, std::span<const Lens> lenses,
                    const ObservationOptions& options, fingerprint::Observer& observer) {
  Observation result;
  result.summaries.resize(realisations.size());
  std::vector<std::vector<Reservoir>> kept(realisations.size());
  if (options.excerpt_packets > 0)
    result.excerpts.resize(std::min(realisations.size(), options.excerpt_realisations));
  tbb::parallel_for(std::size_t{0}, realisations.size(), [&](std::size_t t) {
    const bool excerpt = t < result.excerpts.size();
    Watcher watcher(realisations[t], lenses, options, excerpt);
    result.summaries[t] = watch(realisations[t], options, watcher, observer);
    kept[t] = std::move(watcher.kept());
    if (excerpt)
      result.excerpts[t] = {realisations[t].number, realisations[t].line->label, watcher.excerpt()};
  });
  result.rows.resize(lenses.size());
  result.thinned.resize(lenses.size());
  for (std::size_t t = 0; t < realisations.size(); ++t)
    for (std::size_t i = 0; i < lenses.size(); ++i) {
      kept[t][i].append_to(result.rows[i], realisations[t].number, realisations[t].line->label);
      if (kept[t][i].thinned()) result.thinned[i] = true;
    }
  return result;
}

}  // namespace ipet::comparison
