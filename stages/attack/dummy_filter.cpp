#include "stages/attack/dummy_filter.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "pipeline/text/numbers.hpp"
#include "stages/attack/keep_all.hpp"
#include "stages/attack/packet_features.hpp"
#include "stages/forest/gradient_boosting.hpp"
#include "stages/forest/trees.hpp"
#include "stages/model/table_model.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::attack {
namespace {

using fingerprint::FeatureTable;
using forest::Trees;
using traffic::DevicePacket;
using traffic::Nanoseconds;

/// Log-odds of being a dummy, where the trees are those of one class.
std::vector<float> margins(const Trees& trees, std::span<const float> rows) {
  std::vector<float> sums(rows.size() / PacketFeatures::columns);
  add_leaf_values(trees, rows, PacketFeatures::columns, sums);
  return sums;
}

class DummyLineFilter final : public LineFilter {
 public:
  DummyLineFilter(const Trees& trees, float threshold) : trees_(trees), threshold_(threshold) {}
  void add(std::span<const DevicePacket> packets, const Sink& sink) override {
    features_.add(packets, [&](auto decided, auto rows) { keep(decided, rows, sink); });
  }
  void end(const Sink& sink) override {
    features_.end([&](auto decided, auto rows) { keep(decided, rows, sink); });
  }

 private:
  void keep(std::span<const DevicePacket> packets, std::span<const float> rows, const Sink& sink) {
    const std::vector<float> margin = margins(trees_, rows);
    kept_.clear();
    for (std::size_t i = 0; i < packets.size(); ++i)
      if (margin[i] < threshold_) kept_.push_back(packets[i]);
    if (!kept_.empty()) sink(kept_);
  }

  const Trees& trees_;
  float threshold_;
  PacketFeatures features_;
  std::vector<DevicePacket> kept_;
};

class TrainedDummyFilter final : public TrainedFilter {
 public:
  TrainedDummyFilter(Trees trees, float threshold) : trees_(std::move(trees)), threshold_(threshold) {}
  [[nodiscard]] std::unique_ptr<LineFilter> open(const Interval&) const override {
    return std::make_unique<DummyLineFilter>(trees_, threshold_);
  }

 private:
  Trees trees_;
  float threshold_;
};

/// From when on packets are for validation. Bursts of one day resemble each other, and are copied by some
/// defences: what was learned is tried on later days, or, of one day, on its last fifth.
class Later {
 public:
  explicit Later(std::span<const Excerpt> excerpts) {
    std::vector<Nanoseconds> begins;
    for (const Excerpt& excerpt : excerpts)
      if (!excerpt.packets.empty()) begins.push_back(excerpt.packets.front().time);
    std::ranges::sort(begins);
    if (begins.empty() || begins.back() - begins.front() < traffic::day / 2) return;
    // Where a day ends: at the widest gap among the later ones.
    std::size_t cut = begins.size() * 6 / 10;
    for (std::size_t i = std::max<std::size_t>(cut, 1); i < begins.size() && i <= begins.size() * 9 / 10; ++i)
      if (cut == 0 || begins[i] - begins[i - 1] > begins[cut] - begins[cut - 1]) cut = i;
    from_ = begins[cut];
  }
  [[nodiscard]] bool has(const Excerpt& excerpt, Nanoseconds time) const {
    if (from_) return excerpt.packets.front().time >= *from_;
    const Nanoseconds first = excerpt.packets.front().time, length = excerpt.packets.back().time - first;
    return time >= first + length / 5 * 4;
  }

 private:
  std::optional<Nanoseconds> from_;
};

/// Rows of packets that are drawn with these chances: of real ones, of dummies.
struct Drawn {
  FeatureTable training, validation;
};

Drawn draw(std::span<const Excerpt> excerpts, const std::array<double, 2>& chance, std::uint64_t seed) {
  Drawn drawn;
  drawn.training.columns = drawn.validation.columns = PacketFeatures::names();
  traffic::Random random(traffic::StreamKey(seed).with("dummy_filter"));
  const Later later(excerpts);
  for (const Excerpt& excerpt : excerpts) {
    const auto take = [&](std::span<const DevicePacket> packets, std::span<const float> rows) {
      for (std::size_t i = 0; i < packets.size(); ++i) {
        if (random.uniform() >= chance[packets[i].dummy ? 1 : 0]) continue;
        FeatureTable& table = later.has(excerpt, packets[i].time) ? drawn.validation : drawn.training;
        const auto row = rows.begin() + static_cast<std::ptrdiff_t>(i * PacketFeatures::columns);
        table.values.insert(table.values.end(), row,
                            row + static_cast<std::ptrdiff_t>(PacketFeatures::columns));
        table.label.push_back(packets[i].dummy ? 1 : 0);
      }
    };
    PacketFeatures features;
    features.add(excerpt.packets, take);
    features.end(take);
  }
  return drawn;
}

struct Threshold {
  float margin = 0;
  double accuracy = 0;  ///< balanced
};

/// Dummies are those at or above it.
Threshold best_threshold(const std::vector<float>& margin, const std::vector<std::uint16_t>& label) {
  std::vector<std::pair<float, std::uint16_t>> sorted;
  for (std::size_t i = 0; i < label.size(); ++i) sorted.emplace_back(margin[i], label[i]);
  std::ranges::sort(sorted);
  const auto dummies = static_cast<double>(std::ranges::count(label, 1)),
             real = static_cast<double>(label.size()) - dummies;
  if (dummies == 0 || real == 0) return {};
  Threshold best{sorted.front().first, 0.5};
  double real_below = 0, dummies_below = 0;
  for (std::size_t i = 0; i + 1 < sorted.size(); ++i) {
    (sorted[i].second == 1 ? dummies_below : real_below) += 1;
    if (sorted[i].first == sorted[i + 1].first) continue;
    const double accuracy = (real_below / real + (dummies - dummies_below) / dummies) / 2;
    if (accuracy > best.accuracy) best = {(sorted[i].first + sorted[i + 1].first) / 2, accuracy};
  }
  return best;
}

std::string percent(double share) {
  return text::format("%.3g %%", 100 * share);
}

}  // namespace

std::unique_ptr<const TrainedFilter> DummyFilter::train(std::span<const Excerpt> training, std::uint64_t seed,
                                                        fingerprint::Observer& observer) const {
  std::array<double, 2> packets{};
  for (const Excerpt& excerpt : training)
    for (const DevicePacket& packet : excerpt.packets) packets[packet.dummy ? 1 : 0] += 1;
  const auto give_up = [&](const std::string& why) {
    observer.info("dummy_filter keeps all packets: " + why);
    return std::make_unique<KeepAll>();
  };
  if (packets[1] == 0) return give_up("there is no cover traffic to learn from");
  if (packets[0] == 0) return give_up("there is nothing but cover traffic to learn from");

  const double wanted = static_cast<double>(options_.most_packets) / 2;
  observer.check();
  Drawn drawn =
      draw(training, {std::min(1.0, wanted / packets[0]), std::min(1.0, wanted / packets[1])}, seed);
  if (drawn.training.size() == 0 || drawn.validation.size() == 0)
    return give_up("there are too few packets to learn from");
  forest::GradientBoostingOptions boosting;
  boosting.rounds = options_.rounds;
  boosting.depth = options_.depth;
  boosting.learning_rate = 0.3;
  boosting.columns_per_tree = 1;
  std::vector<fingerprint::EpochRecord> history;
  Trees trees = forest::from_arrays(
      forest::GradientBoosting(boosting).fit(drawn.training, drawn.validation, 2, seed, history, observer),
      PacketFeatures::columns, 2);
  for (forest::Tree& tree : trees) tree.of_class = 0;  // one sum per packet
  const Threshold threshold = best_threshold(margins(trees, drawn.validation.values), drawn.validation.label);
  if (threshold.accuracy < options_.least_accuracy)
    return give_up("it tells real packets from cover traffic in " + percent(threshold.accuracy) +
                   " of the cases only (balanced)");
  observer.info("dummy_filter tells real packets from cover traffic in " + percent(threshold.accuracy) +
                " of the cases (balanced)");
  return std::make_unique<TrainedDummyFilter>(std::move(trees), threshold.margin);
}

}  // namespace ipet::attack
