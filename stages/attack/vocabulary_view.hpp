// What devices are known to say: sizes and directions of packets that follow each other. An imitation made of
// recordings says nothing new; a device does.
#pragma once

#include <array>
#include <unordered_map>

#include "stages/attack/attacker.hpp"
#include "stages/attack/phrases.hpp"

namespace ipet::attack {

/// Runs of one, two and three packets within bursts (phrases.hpp) of undefended recordings, and in which of
/// them.
class Vocabulary {
 public:
  static constexpr std::size_t longest = 3;

  Vocabulary() = default;
  Vocabulary(std::span<const CleanRecording> recordings, std::size_t classes);

  struct Source {
    std::uint16_t label = 0;
    Interval interval;
  };
  [[nodiscard]] std::size_t classes() const { return classes_; }
  [[nodiscard]] const std::vector<Source>& sources() const { return sources_; }  ///< by class
  /// The sources of a run, ascending.
  [[nodiscard]] std::span<const std::uint32_t> sources_of(std::uint64_t run) const;

  /// The runs that end with the newest packet of a burst, of one, two, and three where there are as many.
  class Runs {
   public:
    void add(Word word);
    void clear() { count_ = 0; }
    [[nodiscard]] std::span<const std::uint64_t> all() const { return {runs_.data(), count_}; }

   private:
    std::array<std::uint64_t, longest> runs_{};
    std::size_t count_ = 0;
  };

 private:
  std::size_t classes_ = 0;
  std::vector<Source> sources_;
  std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> known_;
};

/// A row for each bin of some minutes, also for those without packets. A burst that goes on over the end of a
/// bin counts in each with its packets there. What was recorded while the line was watched does not count as
/// known: on days for training a device would have said everything before.
///
/// Columns: packets with payload; share of runs of one, two and three that no recording has; bursts of eight
/// packets or more, of their runs the same, and the largest such share of packets of one of these bursts.
/// Then for each class: shares of runs that recordings of it have, of one, two, three; the same of all runs
/// of large bursts; largest share of one large burst; large bursts of which it has no smaller share than any
/// other class, how many of these have a packet that no recording has, the share of their runs of three
/// that none has, and how many of the line had such a packet so far.
class VocabularyView final : public View {
 public:
  /// Throws std::invalid_argument unless there are at least a millisecond and at most a day of minutes.
  VocabularyView(double minutes, std::shared_ptr<const Vocabulary> vocabulary);

  /// "vocabulary of 15 min"
  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::vector<std::string> columns() const override;
  [[nodiscard]] std::unique_ptr<FeatureExtractor> open(const Interval& interval) const override;

 private:
  traffic::Nanoseconds length_;
  std::string name_;
  std::shared_ptr<const Vocabulary> vocabulary_;
};

}  // namespace ipet::attack
