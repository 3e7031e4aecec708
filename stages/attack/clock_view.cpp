#include "stages/attack/clock_view.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "stages/attack/bins.hpp"
#include "stages/windows/aggregation.hpp"

namespace ipet::attack {
namespace {

using traffic::DevicePacket;
using traffic::Nanoseconds;

constexpr Nanoseconds hour = 3600 * traffic::second;
constexpr const char* clock_columns[] = {"beats",      "share",       "explained",     "deviation",
                                         "exact",      "train_hours", "train_beats",   "hour",
                                         "four_hours", "before",      "over_midnight", "begun"};

/// One clock on one line.
class Hand {
 public:
  Hand(const Clock& clock, Nanoseconds begin)
      : trains_(clock),
        period_(static_cast<double>(clock.period)),
        tolerance_(clock.tolerance),
        begin_(begin),
        seam_(begin + 6 * clock.period) {}

  [[nodiscard]] double misfit(Nanoseconds time) const { return trains_.misfit(time); }
  void beat(Nanoseconds time, Nanoseconds bin_begin) {
    const BeatTrain& train = trains_.beat(time);
    if (time < begin_) return;
    ++beats_;
    hour_ += bin_begin - train.first >= hour ? 1 : 0;
    four_hours_ += bin_begin - train.first >= 4 * hour ? 1 : 0;
    before_ += train.first < begin_ ? 1 : 0;
    if (time < seam_) {
      ++at_midnight_;
      over_midnight_ += train.first < begin_ ? 1 : 0;
    }
    begun_ += train.first >= begin_ && train.beats == 2 ? 1 : 0;
  }
  void turn(Nanoseconds now) {
    trains_.turn(now);
    beats_ = hour_ = four_hours_ = before_ = 0;
  }
  template <class Put>
  void put(const Bin& bin, std::size_t bursts, const Put& put) const {
    const double expected = std::max(1.0, static_cast<double>(bin.end - bin.begin) / period_);
    const BeatTrain train = longest();
    put(beats_ / expected, static_cast<double>(train.recent) / expected,
        ratio(static_cast<double>(train.recent), static_cast<double>(bursts)), deviation(train), exact(train),
        static_cast<double>(train.last - train.first) / static_cast<double>(hour), train.beats);
    put(ratio(hour_, beats_), ratio(four_hours_, beats_), ratio(before_, beats_));
    put(over_midnight(bin.end),
        begun_ * static_cast<double>(hour) / static_cast<double>(std::max(hour, bin.end - begin_)));
  }
  /// As far as it is over at a time.
  [[nodiscard]] double over_midnight(Nanoseconds until) const {
    const double periods = std::ceil(static_cast<double>(std::min(until, seam_) - begin_) / period_);
    return std::min(1.0, ratio(over_midnight_, std::min(at_midnight_, periods)));
  }

 private:
  [[nodiscard]] BeatTrain longest() const {
    const auto length = [](const BeatTrain& train) { return std::pair(train.recent, train.beats); };
    const auto found = std::ranges::max_element(trains_.trains(), {}, length);
    return found == trains_.trains().end() ? BeatTrain{0, 0, 0, 0, 0, {}} : *found;
  }
  static double deviation(BeatTrain train) {
    if (train.deviations.empty()) return -1;
    const auto middle = train.deviations.begin() + std::ssize(train.deviations) / 2;
    std::ranges::nth_element(train.deviations, middle);
    return static_cast<double>(*middle) / 1e6;
  }

  [[nodiscard]] double exact(const BeatTrain& train) const {
    const auto keeps =
        std::ranges::count_if(train.deviations, [this](Nanoseconds d) { return d <= tolerance_; });
    return ratio(static_cast<double>(keeps), static_cast<double>(train.deviations.size()));
  }

  BeatTrains trains_;
  double period_;
  Nanoseconds tolerance_;
  Nanoseconds begin_, seam_;
  double beats_ = 0, hour_ = 0, four_hours_ = 0, before_ = 0;  ///< of the bin
  double at_midnight_ = 0, over_midnight_ = 0, begun_ = 0;     ///< of the interval
};

class ClockEye final : public BinExtractor {
 public:
  ClockEye(const Interval& interval, Nanoseconds length, std::shared_ptr<const Clocks> clocks,
           std::shared_ptr<const Phrases> phrases)
      : BinExtractor(interval, length),
        clocks_(std::move(clocks)),
        phrases_(std::move(phrases)),
        finder_(*phrases_),
        of_phrase_(clocks_->phrases.size()),
        highest_(clocks_->classes) {
    for (const Clock& clock : clocks_->all) {
      for (const std::size_t phrase : clock.phrases) of_phrase_[phrase].push_back(hands_.size());
      hands_.emplace_back(clock, interval.begin);
    }
  }

  void remember(std::span<const DevicePacket> packets) override {
    for (const DevicePacket& packet : packets) hear(packet);
  }

 private:
  void take(const DevicePacket& packet) override {
    begin_watching();
    hear(packet);
    if (packet.size == 0) return;
    bursts_ += !spoken_ || packet.time - last_ >= phrase_gap ? 1 : 0;
    spoken_ = true;
    last_ = packet.time;
  }
  void hear(const DevicePacket& packet) {
    finder_.add(packet, [this](Nanoseconds begin, std::size_t phrase) { beat(begin, phrase); });
  }
  void beat(Nanoseconds begin, std::size_t phrase) {
    // A beat is of the clock that expects it, or of any where none does.
    const std::vector<std::size_t>& hands = of_phrase_[phrase];
    const auto best =
        std::ranges::min_element(hands, {}, [&](std::size_t hand) { return hands_[hand].misfit(begin); });
    const bool expected = hands_[*best].misfit(begin) < BeatTrains::unexpected;
    for (const std::size_t hand : hands)
      if (!expected || hand == *best) hands_[hand].beat(begin, bin().begin);
  }
  void put_bin() override {
    begin_watching();
    finder_.wait(bin().end, [this](Nanoseconds begin, std::size_t phrase) { beat(begin, phrase); });
    put(bursts_);
    std::ranges::fill(highest_, 0.0);
    for (std::size_t i = 0; i < hands_.size(); ++i) {
      hands_[i].put(bin(), bursts_, [this](auto... values) { put(values...); });
      double& highest = highest_[clocks_->all[i].label];
      highest = std::max(highest, hands_[i].over_midnight(bin().end));
    }
    for (const double highest : highest_) put(highest);
  }
  void begin_bin() override {
    bursts_ = 0;
    for (Hand& hand : hands_) hand.turn(bin().begin);
  }
  /// What is remembered is no part of the first bin.
  void begin_watching() {
    if (watching_) return;
    watching_ = true;
    for (Hand& hand : hands_) hand.turn(interval().begin);
  }

  std::shared_ptr<const Clocks> clocks_;
  std::shared_ptr<const Phrases> phrases_;
  PhraseFinder finder_;
  std::vector<std::vector<std::size_t>> of_phrase_;  ///< hands
  std::vector<Hand> hands_;                          ///< by clock
  std::vector<double> highest_;                      ///< by class, over_midnight
  bool watching_ = false, spoken_ = false;
  Nanoseconds last_ = 0;
  std::size_t bursts_ = 0;
};

}  // namespace

ClockView::ClockView(double minutes, std::shared_ptr<const Clocks> clocks)
    : length_(windows::AggregateSettings::make(minutes, 0).bin.count()),
      name_("clocks of " + minutes_text(minutes) + " min"),
      clocks_(std::move(clocks)),
      phrases_(std::make_shared<const Phrases>(clocks_->phrases)) {}

std::vector<std::string> ClockView::columns() const {
  std::vector<std::string> names{"bursts"};
  std::size_t number = 0;
  for (std::size_t i = 0; i < clocks_->all.size(); ++i) {
    number = i > 0 && clocks_->all[i].label == clocks_->all[i - 1].label ? number + 1 : 0;
    for (const char* column : clock_columns)
      names.push_back("class_" + std::to_string(clocks_->all[i].label) + "_clock_" + std::to_string(number) +
                      "_" + column);
  }
  for (std::size_t label = 0; label < clocks_->classes; ++label)
    names.push_back("class_" + std::to_string(label) + "_over_midnight");
  return names;
}

std::unique_ptr<FeatureExtractor> ClockView::open(const Interval& interval) const {
  return std::make_unique<ClockEye>(interval, length_, clocks_, phrases_);
}

}  // namespace ipet::attack
