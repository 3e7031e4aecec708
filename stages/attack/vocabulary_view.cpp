#include "stages/attack/vocabulary_view.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "stages/attack/bins.hpp"
#include "stages/traffic/random.hpp"
#include "stages/windows/aggregation.hpp"

namespace ipet::attack {
namespace {

using traffic::DevicePacket;
using traffic::Nanoseconds;

constexpr std::size_t lengths = Vocabulary::longest, large_burst = 8;

/// How many runs there are, by length.
using RunCounts = std::array<double, lengths>;

double sum_of(const RunCounts& counts) {
  return std::accumulate(counts.begin(), counts.end(), 0.0);
}

/// Runs of a burst, or of all of a bin.
struct Tally {
  RunCounts all{}, novel{};
  std::vector<RunCounts> of_class;

  void add(const Tally& other) {
    const auto plus = [](RunCounts& to, const RunCounts& from) {
      for (std::size_t n = 0; n < lengths; ++n) to[n] += from[n];
    };
    plus(all, other.all);
    plus(novel, other.novel);
    for (std::size_t c = 0; c < of_class.size(); ++c) plus(of_class[c], other.of_class[c]);
  }
  void clear() {
    all = novel = {};
    std::ranges::fill(of_class, RunCounts{});
  }
};

/// Large bursts that a class explains best.
struct Own {
  double best = 0, bursts = 0, with_novel = 0, threes = 0, novel_threes = 0;
};

class VocabularyEye final : public BinExtractor {
 public:
  VocabularyEye(const Interval& interval, Nanoseconds length, std::shared_ptr<const Vocabulary> vocabulary)
      : BinExtractor(interval, length),
        vocabulary_(std::move(vocabulary)),
        own_(vocabulary_->classes()),
        so_far_(vocabulary_->classes()) {
    for (Tally* tally : {&burst_, &all_, &large_}) tally->of_class.resize(vocabulary_->classes());
    for (const Vocabulary::Source& source : vocabulary_->sources())
      hidden_.push_back(source.interval.begin < interval.end && interval.begin < source.interval.end);
  }

 private:
  void take(const DevicePacket& packet) override {
    if (packet.size == 0) return;
    if (packets_ > 0 && packet.time - last_ >= phrase_gap) {
      count_burst();
      packets_ = 0;
      runs_.clear();
    }
    last_ = packet.time;
    ++packets_;
    runs_.add(word_of(packet));
    for (std::size_t n = 0; n < runs_.all().size(); ++n) look_up(n, runs_.all()[n]);
  }
  void look_up(std::size_t n, std::uint64_t run) {
    ++burst_.all[n];
    std::size_t last = vocabulary_->classes();
    for (const std::uint32_t source : vocabulary_->sources_of(run)) {
      const std::uint16_t label = vocabulary_->sources()[source].label;
      if (hidden_[source] || label == last) continue;
      ++burst_.of_class[label][n];
      last = label;
    }
    if (last == vocabulary_->classes()) ++burst_.novel[n];
  }
  /// What a burst has said in this bin.
  void count_burst() {
    if (burst_.all[0] == 0) return;
    all_.add(burst_);
    if (packets_ >= large_burst) {
      large_.add(burst_);
      ++bursts_;
      most_novel_ = std::max(most_novel_, ratio(burst_.novel[0], burst_.all[0]));
      count_owners();
    }
    burst_.clear();
  }
  void count_owners() {
    double best = 0;
    for (const RunCounts& known : burst_.of_class) best = std::max(best, sum_of(known));
    for (std::size_t c = 0; c < own_.size(); ++c) {
      const double known = sum_of(burst_.of_class[c]);
      own_[c].best = std::max(own_[c].best, ratio(known, sum_of(burst_.all)));
      if (known < best || best == 0) continue;
      ++own_[c].bursts;
      own_[c].with_novel += burst_.novel[0] > 0 ? 1 : 0;
      so_far_[c] += burst_.novel[0] > 0 ? 1 : 0;
      own_[c].threes += burst_.all[2];
      own_[c].novel_threes += burst_.novel[2];
    }
  }
  void put_shares(const RunCounts& parts, const RunCounts& wholes) {
    for (std::size_t n = 0; n < lengths; ++n) put(ratio(parts[n], wholes[n]));
  }
  void put_bin() override {
    count_burst();
    put(all_.all[0]);
    put_shares(all_.novel, all_.all);
    put(bursts_);
    put_shares(large_.novel, large_.all);
    put(most_novel_);
    for (std::size_t c = 0; c < own_.size(); ++c) {
      put_shares(all_.of_class[c], all_.all);
      put(ratio(sum_of(large_.of_class[c]), sum_of(large_.all)));
      const Own& own = own_[c];
      put(own.best, own.bursts, own.with_novel, ratio(own.novel_threes, own.threes), so_far_[c]);
    }
  }
  void begin_bin() override {
    all_.clear();
    large_.clear();
    std::ranges::fill(own_, Own{});
    bursts_ = most_novel_ = 0;
  }

  std::shared_ptr<const Vocabulary> vocabulary_;
  std::vector<bool> hidden_;  ///< sources

  // Of the burst.
  std::size_t packets_ = 0;  ///< in all bins
  Nanoseconds last_ = 0;
  Vocabulary::Runs runs_;
  Tally burst_;

  // Of the bin.
  Tally all_, large_;
  std::vector<Own> own_;  ///< by class
  double bursts_ = 0, most_novel_ = 0;

  std::vector<double> so_far_;  ///< by class, Own::with_novel of all bins
};

}  // namespace

void Vocabulary::Runs::add(Word word) {
  // A run is the one before it and the word, in this order.
  for (std::size_t n = longest - 1; n > 0; --n)
    runs_[n] = traffic::mix(traffic::mix(runs_[n - 1]) ^ traffic::mix(word));
  runs_[0] = traffic::mix(word);
  count_ = std::min(count_ + 1, longest);
}

Vocabulary::Vocabulary(std::span<const CleanRecording> recordings, std::size_t classes) : classes_(classes) {
  std::vector<CleanRecording> by_class(recordings.begin(), recordings.end());
  std::ranges::stable_sort(by_class, {}, &CleanRecording::label);
  for (const CleanRecording& recording : by_class) {
    const auto source = static_cast<std::uint32_t>(sources_.size());
    sources_.push_back({recording.label, recording.interval});
    for (const Spoken& spoken : phrases_of(recording.packets)) {
      Runs runs;
      for (const Word word : spoken.phrase) {
        runs.add(word);
        for (const std::uint64_t run : runs.all())
          if (auto& sources = known_[run]; sources.empty() || sources.back() != source)
            sources.push_back(source);
      }
    }
  }
}

std::span<const std::uint32_t> Vocabulary::sources_of(std::uint64_t run) const {
  const auto found = known_.find(run);
  return found == known_.end() ? std::span<const std::uint32_t>{} : found->second;
}

VocabularyView::VocabularyView(double minutes, std::shared_ptr<const Vocabulary> vocabulary)
    : length_(windows::AggregateSettings::make(minutes, 0).bin.count()),
      name_("vocabulary of " + minutes_text(minutes) + " min"),
      vocabulary_(std::move(vocabulary)) {}

std::vector<std::string> VocabularyView::columns() const {
  std::vector<std::string> names{"packets",       "novel_1",       "novel_2",
                                 "novel_3",       "large_bursts",  "large_novel_1",
                                 "large_novel_2", "large_novel_3", "most_novel"};
  for (std::size_t c = 0; c < vocabulary_->classes(); ++c)
    for (const char* column : {"known_1", "known_2", "known_3", "large_known", "best", "large_bursts",
                               "with_novel", "novel_3", "so_far"})
      names.push_back("class_" + std::to_string(c) + "_" + column);
  return names;
}

std::unique_ptr<FeatureExtractor> VocabularyView::open(const Interval& interval) const {
  return std::make_unique<VocabularyEye>(interval, length_, vocabulary_);
}

}  // namespace ipet::attack
