#include "stages/comparison/observation.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <tuple>

#include <tbb/parallel_for.h>

#include "stages/attack/promises.hpp"
#include "stages/attack/watched.hpp"
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
  Reservoir(const attack::View& view, std::size_t most, traffic::StreamKey key)
      : view_(&view), most_(most), random_(key) {}

  void add(Nanoseconds start, std::span<const float> row) {
    if (rows_.size() > 0) attack::check_width(*view_, rows_.width, row.size());
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
    if (!order.empty() && all.size() > 0) attack::check_width(*view_, all.width, rows_.width);
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
  const attack::View* view_;
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
      kept_.emplace_back(*lenses[i].view, lenses[i].most_rows, key);
    }
  }

  /// What was on the line before, not filtered.
  void remember(std::vector<DevicePacket>&& packets) {
    clear(packets);
    for (const auto& extractor : extractors_) extractor->remember(packets);
  }
  void see(std::vector<DevicePacket>&& packets) {
    seen += packets.size();
    if (excerpt_)
      for (const DevicePacket& packet : packets) runs_.add(packet);
    clear(packets);
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

  bool reminded = false;
  std::uint64_t seen = 0;  ///< packets

 private:
  void clear(std::vector<DevicePacket>& packets) const {
    if (options_.remove_dummies)
      std::erase_if(packets, [](const DevicePacket& packet) { return packet.dummy; });
    for (DevicePacket& packet : packets) packet.dummy = false;  // nobody outside sees it
  }
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

/// Watches a line that may be part of a strand.
struct Post {
  std::size_t realisation = 0, strand = 0;
  const WatchedLine* line = nullptr;
};

/// What is made at once, and who watches it.
struct Bundle {
  std::vector<Strand> strands;
  std::vector<Post> posts;  ///< by time within a strand
};

/// The line's device from its first day to this one.
Strand strand_of(const WatchedLine& line, std::span<const WatchedLine> running_on) {
  Strand strand;
  for (const WatchedLine& other : running_on)
    if (other.label == line.label && other.capture == line.capture &&
        other.interval.begin <= line.interval.begin)
      strand.push_back(&other);
  if (strand.empty()) strand.push_back(&line);
  return strand;
}

std::vector<Bundle> bundles_of(std::span<const Realisation> realisations, const ObservationOptions& options) {
  const bool run_on = !options.running_on.empty();
  std::vector<Bundle> bundles;
  // By seed, capture, day, and the device where lines are made one by one.
  std::map<std::tuple<std::uint64_t, std::uint32_t, Nanoseconds, std::uint32_t>, std::size_t> numbers;
  for (std::size_t t = 0; t < realisations.size(); ++t) {
    const WatchedLine& line = *realisations[t].line;
    const bool together = made_together(line, line, options.defence);
    std::size_t number = bundles.size();
    if (together || run_on)
      number = numbers
                   .try_emplace(std::tuple(realisations[t].seed, line.capture,
                                           run_on ? Nanoseconds{0} : line.interval.begin,
                                           together ? 0U : line.label + 1U),
                                number)
                   .first->second;
    if (number == bundles.size()) bundles.emplace_back();
    Bundle& bundle = bundles[number];
    Strand strand = strand_of(line, options.running_on);
    std::size_t place = bundle.strands.size();
    for (std::size_t s = 0; s < bundle.strands.size() && run_on; ++s)
      if (bundle.strands[s].front() == strand.front()) place = s;
    if (place == bundle.strands.size()) bundle.strands.emplace_back();
    if (bundle.strands[place].size() < strand.size()) bundle.strands[place] = std::move(strand);
    bundle.posts.push_back({t, place, &line});
  }
  return bundles;
}

/// Gives what leaves on a strand to those who watch it, and what left on watched days before to those who
/// look back. What leaves between days nobody recorded.
class Sentries {
 public:
  Sentries(const Bundle& bundle, std::deque<Watcher>& watchers, Nanoseconds history)
      : bundle_(bundle), watchers_(watchers), history_(history), past_(bundle.strands.size()) {}

  void see(std::size_t strand, std::vector<DevicePacket>&& packets) {
    const Strand& days = bundle_.strands[strand];
    if (days.size() == 1) return alone(strand, std::move(packets));
    for (std::size_t d = 0; d < days.size(); ++d) {
      attack::Interval seen = days[d]->interval;
      seen.end += late;
      if (d + 1 < days.size()) seen.end = std::min(seen.end, days[d + 1]->interval.begin);
      const auto part = attack::watched(packets, seen);
      if (part.empty()) continue;
      for (std::size_t p = 0; p < bundle_.posts.size(); ++p) {
        const Post& post = bundle_.posts[p];
        if (post.strand != strand || post.line->interval.begin > days[d]->interval.begin) continue;
        remind(p);
        if (post.line == days[d]) watchers_[p].see({part.begin(), part.end()});
      }
      if (history_ > 0) past_[strand].insert(past_[strand].end(), part.begin(), part.end());
    }
  }
  /// Nothing comes any more.
  void end() {
    for (std::size_t p = 0; p < bundle_.posts.size(); ++p) {
      remind(p);
      watchers_[p].end();
    }
  }

 private:
  void alone(std::size_t strand, std::vector<DevicePacket>&& packets) {
    for (std::size_t p = 0; p < bundle_.posts.size(); ++p)
      if (bundle_.posts[p].strand == strand) return watchers_[p].see(std::move(packets));
  }
  /// Once, before the first packet of the day.
  void remind(std::size_t p) {
    if (history_ == 0 || watchers_[p].reminded) return;
    watchers_[p].reminded = true;
    std::vector<DevicePacket>& past = past_[bundle_.posts[p].strand];
    const Nanoseconds begin = bundle_.posts[p].line->interval.begin;
    std::erase_if(past, [&](const DevicePacket& packet) { return packet.time < begin - history_; });
    std::vector<DevicePacket> before(past.begin(),
                                     std::ranges::lower_bound(past, begin, {}, &DevicePacket::time));
    watchers_[p].remember(std::move(before));
  }

  /// Copies of a day's last packet leave after it.
  static constexpr Nanoseconds late = traffic::second;

  const Bundle& bundle_;
  std::deque<Watcher>& watchers_;
  Nanoseconds history_;
  std::vector<std::vector<DevicePacket>> past_;  ///< by strand
};

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

/// The packets of strands in time order, an hour at a time.
void mix_in_order(std::span<const Strand> strands, defence::GroupMixer& mixer,
                  const defence::GroupMixer::Output& output) {
  defence::TimeMerge merge;
  struct Left {
    std::size_t strand;
    std::span<const DevicePacket> packets;
  };
  std::vector<Left> left;  // a day's packets come before those of the next one
  for (std::size_t s = 0; s < strands.size(); ++s)
    for (const WatchedLine* line : strands[s]) left.push_back({s, line->packets});
  const auto empty = [](const Left& each) { return each.packets.empty(); };
  for (Nanoseconds until = strands[0][0]->interval.begin; !std::ranges::all_of(left, empty);) {
    until += 3600 * traffic::second;
    for (auto& [strand, packets] : left) {
      const auto end = std::ranges::lower_bound(packets, until, {}, &DevicePacket::time);
      const auto count = static_cast<std::size_t>(end - packets.begin());
      merge.add(strand, packets.first(count));
      packets = packets.subspan(count);
    }
    mixer.mix(merge.take(until), output);
  }
}

/// How far the views look back.
Nanoseconds history_of(std::span<const Lens> lenses) {
  Nanoseconds longest = 0;
  for (const Lens& lens : lenses) longest = std::max(longest, lens.view->history());
  return longest;
}

/// What lines run in, if in anything.
class Wires {
 public:
  using Output = std::function<void(std::size_t strand, std::vector<DevicePacket>&&)>;

  Wires(std::span<const Strand> strands, const wireguard::TunnelOptions& tunnel, Output output)
      : strands_(strands), output_(std::move(output)) {
    for (std::size_t i = 0; i < strands.size() && tunnel.kind != wireguard::Tunnel::none; ++i)
      wires_.push_back(*tunnel.of_line());
  }
  void carry(std::size_t strand, std::vector<DevicePacket>&& packets) {
    if (wires_.empty()) return output_(strand, std::move(packets));
    std::vector<DevicePacket> seen;
    for (const DevicePacket& packet : packets)
      wires_[strand].send(packet, [&](const DevicePacket& each) { seen.push_back(each); });
    if (!seen.empty()) output_(strand, std::move(seen));
  }
  /// What is due while the lines are up.
  void end() {
    for (std::size_t strand = 0; strand < wires_.size(); ++strand) {
      std::vector<DevicePacket> seen;
      wires_[strand].finish(strands_[strand].back()->interval.end - 1,
                            [&](const DevicePacket& each) { seen.push_back(each); });
      if (!seen.empty()) output_(strand, std::move(seen));
    }
  }

 private:
  std::span<const Strand> strands_;
  Output output_;
  std::vector<wireguard::Wire> wires_;
};

}  // namespace

bool made_together(const WatchedLine& a, const WatchedLine& b, const defence::Defence* defence) {
  return defence != nullptr && defence->groups() && a.protect && b.protect && a.capture == b.capture &&
         a.interval.begin == b.interval.begin;
}

std::vector<defence::MixSummary> defend(std::span<const Strand> strands, const defence::Defence* defence,
                                        const std::string& name, const defence::Resources& resources,
                                        const defence::GroupMixer::Output& output) {
  static const defence::None none;  // lines without a defence pass a mixer as well, which counts
  defence::MixerOptions mixing;
  mixing.protect = strands[0][0]->protect && defence != nullptr;
  mixing.defence = name;
  std::vector<defence::Line> up;
  for (const Strand& strand : strands) {
    up.push_back({strand[0]->device, strand[0]->capture,
                  defence::Line::Span{strand.front()->interval.begin, strand.back()->interval.end}});
    for (const WatchedLine* line : strand)
      std::ranges::copy(line->sharing, std::back_inserter(up.back().devices));
  }
  defence::GroupMixer mixer(mixing.protect ? *defence : none, resources, up, mixing);
  if (strands.size() > 1)
    mix_in_order(strands, mixer, output);
  else
    for (const WatchedLine* line : strands[0]) mixer.mix(line->packets, output);
  mixer.finish(output);
  std::vector<defence::MixSummary> summaries;
  for (std::size_t i = 0; i < strands.size(); ++i) summaries.push_back(mixer.summary(i));
  return summaries;
}

Observation observe(std::span<const Realisation> realisations, std::span<const Lens> lenses,
                    const ObservationOptions& options, fingerprint::Observer& observer) {
  Observation result;
  if (options.running_on.empty()) result.summaries.resize(realisations.size());
  result.packets.resize(realisations.size());
  std::vector<std::vector<Reservoir>> kept(realisations.size());
  if (options.excerpt_packets > 0)
    result.excerpts.resize(std::min(realisations.size(), options.excerpt_realisations));
  const std::vector<Bundle> bundles = bundles_of(realisations, options);
  const Nanoseconds history = options.running_on.empty() ? 0 : history_of(lenses);
  tbb::parallel_for(std::size_t{0}, bundles.size(), [&](std::size_t b) {
    const Bundle& bundle = bundles[b];
    std::deque<Watcher> watchers;
    for (const Post& post : bundle.posts)
      watchers.emplace_back(realisations[post.realisation], lenses, options,
                            post.realisation < result.excerpts.size());
    Sentries sentries(bundle, watchers, history);
    defence::Resources resources = options.resources;
    resources.seed = realisations[bundle.posts[0].realisation].seed;
    resources.repeated = true;
    Wires wires(bundle.strands, options.tunnel, [&](std::size_t strand, std::vector<DevicePacket>&& packets) {
      observer.check();
      sentries.see(strand, std::move(packets));
    });
    const auto summaries = defend(bundle.strands, options.defence, options.defence_name, resources,
                                  [&](std::size_t strand, std::vector<DevicePacket>&& packets) {
                                    wires.carry(strand, std::move(packets));
                                  });
    wires.end();
    sentries.end();
    for (std::size_t p = 0; p < bundle.posts.size(); ++p) {
      const std::size_t t = bundle.posts[p].realisation;
      if (!result.summaries.empty()) result.summaries[t] = summaries[bundle.posts[p].strand];
      kept[t] = std::move(watchers[p].kept());
      result.packets[t] = watchers[p].seen;
      if (t < result.excerpts.size())
        result.excerpts[t] = {realisations[t].number, realisations[t].line->label, watchers[p].excerpt()};
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
