#include "stages/attack/coincidence_attacker.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>
#include <utility>

#include "stages/attack/coincidence.hpp"
#include "stages/attack/phrases.hpp"
#include "stages/windows/aggregation.hpp"

namespace ipet::attack {
namespace {

using traffic::DevicePacket;
using traffic::Nanoseconds;

constexpr Nanoseconds slot_length = 2 * traffic::second;
constexpr std::size_t kept_lines = 3;
/// Of bursts that count: packets that they have at least, and slots by which one may follow another of
/// another line, or come before it. On the real home 19 to 32 % of a camera's large bursts begin within 2 s
/// of another's, 46 to 68 % within 5 s, 73 to 95 % within 10 s, and none near a hub's.
struct Kinship {
  float packets;
  std::size_t before, after;
};
constexpr Kinship burst_sizes[] = {{1, 1, 0}, {8, 5, 5}};

std::size_t slots_of(Nanoseconds length) {
  return static_cast<std::size_t>((length + slot_length - 1) / slot_length);
}

class BurstEye final : public BinExtractor {
 public:
  BurstEye(const Interval& interval, Nanoseconds length)
      : BinExtractor(interval, length), slots_(slots_of(length)) {}

 private:
  void take(const DevicePacket& packet) override {
    if (packet.size == 0) return;
    if (!begun_ || packet.time - last_ >= phrase_gap) {
      slot_ = static_cast<std::size_t>((packet.time - bin().begin) / slot_length);
      packets_ = 0;
    }
    begun_ = true;
    last_ = packet.time;
    ++packets_;
    if (slot_ < slots_.size()) slots_[slot_] = std::max(slots_[slot_], packets_);
  }
  void put_bin() override { row_ = slots_; }
  void begin_bin() override {
    std::ranges::fill(slots_, 0.0F);
    slot_ = slots_.size();  // of a burst that began before
  }

  std::vector<float> slots_;
  bool begun_ = false;
  Nanoseconds last_ = 0;
  std::size_t slot_ = 0;
  float packets_ = 0;
};

/// Slots of one row in which bursts of at least so many packets begin.
struct Events {
  std::vector<std::size_t> slots;
  std::vector<bool> is_one;
};

Events events_in(std::span<const float> row, float fewest) {
  Events events{{}, std::vector<bool>(row.size())};
  for (std::size_t slot = 0; slot < row.size(); ++slot)
    if (row[slot] >= fewest) {
      events.slots.push_back(slot);
      events.is_one[slot] = true;
    }
  return events;
}

void append_highest(std::vector<double> values, std::vector<float>& row) {
  double sum = 0;
  std::ranges::sort(values, std::ranges::greater{});
  for (const double value : values) sum += value;
  values.resize(kept_lines);
  for (const double value : values) row.push_back(static_cast<float>(value));
  row.push_back(static_cast<float>(sum));
}

/// Large bursts of a line that came with those of another one, more than by chance, so far: by the two lines.
using Past = std::map<std::pair<std::uint32_t, std::uint32_t>, double>;

/// A row among those of lines that are watched together.
struct Member {
  std::uint32_t line = 0;
  std::size_t place = 0;  ///< of the row
  std::array<Events, std::size(burst_sizes)> events;
};

Member member_of(const Rows& rows, std::size_t i) {
  Member member{rows.line[i], i, {}};
  for (std::size_t size = 0; size < std::size(burst_sizes); ++size)
    member.events[size] = events_in({rows.row(i), rows.width}, burst_sizes[size].packets);
  return member;
}

std::vector<float> shared_of(const Member& of, const std::vector<Member>& company, Past& past) {
  constexpr double highest_score = 100;
  std::vector<float> row;
  std::vector<double> so_far;
  for (std::size_t size = 0; size < std::size(burst_sizes); ++size) {
    const std::vector<std::size_t>& slots = of.events[size].slots;
    std::vector<double> shares, scores;
    for (const Member& other : company) {
      if (&other == &of) continue;
      const Coincidence found =
          coincidence(slots, other.events[size].is_one, burst_sizes[size].before, burst_sizes[size].after);
      shares.push_back(found.observed);
      scores.push_back(std::min(highest_score, found.score()));
      if (size + 1 < std::size(burst_sizes)) continue;
      double& large = past[{of.line, other.line}];
      large += (found.observed - found.expected) * static_cast<double>(slots.size());
      so_far.push_back(large);
    }
    row.push_back(static_cast<float>(slots.size()));
    append_highest(std::move(shares), row);
    append_highest(std::move(scores), row);
  }
  append_highest(std::move(so_far), row);
  return row;
}

class SharedClassifier final : public Classifier {
 public:
  explicit SharedClassifier(std::unique_ptr<const Classifier> table) : table_(std::move(table)) {}
  [[nodiscard]] std::vector<float> probabilities(const Rows& rows) const override {
    return table_->probabilities(shared_events(rows));
  }

 private:
  std::unique_ptr<const Classifier> table_;
};

}  // namespace

BurstView::BurstView(double minutes)
    : length_(windows::AggregateSettings::make(minutes, 0).bin.count()),
      name_("bursts of " + minutes_text(minutes) + " min") {}

std::vector<std::string> BurstView::columns() const {
  std::vector<std::string> names;
  for (std::size_t slot = 0; slot < slots_of(length_); ++slot)
    names.push_back(std::to_string(slot) + "_packets");
  return names;
}

std::unique_ptr<FeatureExtractor> BurstView::open(const Interval& interval) const {
  return std::make_unique<BurstEye>(interval, length_);
}

std::vector<std::string> shared_columns() {
  std::vector<std::string> names;
  for (const std::string column :
       {"bursts", "share", "score", "large_bursts", "large_share", "large_score", "large_so_far"}) {
    if (column.ends_with("bursts")) {
      names.push_back(column);
      continue;
    }
    for (std::size_t i = 1; i <= kept_lines; ++i) names.push_back(column + "_" + std::to_string(i));
    names.push_back(column + "_sum");
  }
  return names;
}

Rows shared_events(const Rows& rows, const Rows& beside) {
  std::map<std::pair<std::uint32_t, Nanoseconds>, std::vector<Member>> companies;
  for (const Rows* some : {&rows, &beside})
    for (std::size_t i = 0; i < some->size(); ++i) {
      // Where homes are not known each row is alone.
      if (some == &beside && some->home.empty()) break;
      const auto home = some->home.empty() ? static_cast<std::uint32_t>(i) : some->home[i];
      std::vector<Member>& company = companies[{home, some->start[i]}];
      company.push_back(member_of(*some, i));
      if (some == &beside) company.back().place = rows.size();  // nobody asks
    }
  std::vector<std::vector<float>> found(rows.size() + 1);
  Past past;
  std::uint32_t home = 0;
  for (const auto& [key, company] : companies) {
    if (key.first != home) past.clear();
    home = key.first;
    for (const Member& member : company) found[member.place] = shared_of(member, company, past);
  }
  Rows result = rows;
  result.values.clear();
  result.width = shared_columns().size();
  for (std::size_t i = 0; i < rows.size(); ++i)
    result.values.insert(result.values.end(), found[i].begin(), found[i].end());
  return result;
}

std::unique_ptr<const Classifier> CoincidenceAttacker::train(const Rows& training, const Rows& validation,
                                                             std::size_t classes, std::uint64_t seed,
                                                             fingerprint::Observer& observer) const {
  return std::make_unique<SharedClassifier>(fit(shared_columns(), shared_events(training, validation),
                                                shared_events(validation, training), classes, seed,
                                                observer));
}

CoincidenceAttacker::CoincidenceAttacker(std::shared_ptr<const fingerprint::ModelFactory> model,
                                         const std::string& name, const TableAttackerOptions& options)
    : TableAttacker(std::move(model), name, std::make_shared<BurstView>(options.minutes), options,
                    "coincidences") {
  if (options.most_rows > 0)
    throw std::invalid_argument(
        "most_rows: lines are compared with each other at the same time, so that all rows are needed");
}

}  // namespace ipet::attack
