// What becomes of answers: they are counted, put together to votes, and kept.
#pragma once

#include <string>
#include <vector>

#include "stages/comparison/round.hpp"
#include "stages/comparison/tally.hpp"
#include "stages/comparison/training.hpp"

namespace ipet::comparison {

class Scoring {
 public:
  explicit Scoring(const Setting& setting);

  /// Asks classifiers about test rows, by view. `suffix`: what is said after an attacker's title.
  void ask(const Round& round, const Training& training, const Classifiers& classifiers,
           const std::vector<attack::Rows>& rows, Level level, const std::string& suffix = "");
  /// One attacker's: `given` has what was named, and where they differ from the rows' own, `row` and
  /// `truth`. `seconds`: of traffic behind an answer, 0: the row's.
  void add(const Round& round, Level level, const attack::Attacker& attacker, const std::string& title,
           const attack::Rows& rows, evaluation::Answers given, std::vector<float> probabilities,
           double seconds = 0);
  /// All scores, and what was answered. Call once, last.
  [[nodiscard]] evaluation::EvaluationReport report();

 private:
  void vote(const Round& round, const attack::Attacker& attacker, const std::string& title,
            const attack::Rows& rows, const std::vector<float>& probabilities,
            std::chrono::nanoseconds length);
  [[nodiscard]] evaluation::TestRows test_rows(const Round& round, const attack::Rows& rows,
                                               const attack::View& view) const;

  const Setting& at_;
  Tally tally_;
  evaluation::PredictionRecorder recorder_;
};

}  // namespace ipet::comparison
