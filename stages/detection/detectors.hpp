// Detectors of a game with one origin, against one defence at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "stages/comparison/costs.hpp"
#include "stages/detection/sample.hpp"
#include "stages/detection/tally.hpp"

namespace ipet::detection {

/// [attacker][target]; null where nothing could be learned, since all or none of the moments have it: such a
/// detector says the same of every moment.
using Detectors = std::vector<std::vector<std::unique_ptr<const attack::Classifier>>>;

/// How long the rows of a view are, which a silent line of two days shows; 0: packets make them.
traffic::Nanoseconds row_length(const attack::View& view);

/// Rows of the report in the making, of all origins.
class Board {
 public:
  void add(const evaluation::Detection& row, std::vector<Rankings>&& by_draw);
  /// Call once, last.
  [[nodiscard]] std::vector<evaluation::Detection> rows(double fewest);

 private:
  struct Entry {
    evaluation::Detection row;
    std::vector<std::vector<Rankings>> by_draw;  ///< [draw][origin]
  };
  std::vector<Entry> entries_;  ///< in the order in which they first came
};

class Trial {
 public:
  Trial(const Setting& setting, Board& board);
  /// What the lines for testing cost is added to `cost`.
  void run(const comparison::Variant& variant, comparison::CostSum& cost);

 private:
  struct Asked {
    Level level;
    std::string suffix;  ///< after the attacker's title
    const Detectors* detectors;
  };
  [[nodiscard]] std::uint32_t copies(const comparison::Variant& variant, std::uint32_t wanted) const;
  /// Learns from the first `lines` lines; `worth`: as Training::train.
  [[nodiscard]] Detectors train(const Sample& sample, std::size_t lines, std::uint32_t worth) const;
  [[nodiscard]] std::unique_ptr<const attack::Classifier> train(const Sample& sample, std::size_t attacker,
                                                                std::size_t target, std::size_t lines,
                                                                std::uint32_t worth) const;
  void note_unlearned() const;
  void ask(const comparison::Variant& variant, std::span<const Asked> asked,
           const attack::TrainedFilter* filter, comparison::CostSum* cost);
  void filtered(const comparison::Variant& variant, const Sample& training, const Detectors& unfiltered);

  const Setting at_;
  Board& board_;
  std::vector<const attack::View*> views_;  ///< different ones
  std::vector<std::size_t> view_of_;        ///< [attacker] in views_
  std::vector<double> seconds_;             ///< [view] of a row
  Detectors clean_;
};

}  // namespace ipet::detection
