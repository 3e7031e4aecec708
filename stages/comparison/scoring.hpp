// What becomes of answers: they are counted, put together to votes, and kept.
#pragma once

#include <string>
#include <vector>

#include "stages/comparison/round.hpp"
#include "stages/comparison/training.hpp"
#include "stages/report/intervals.hpp"

namespace ipet::comparison {

class Scoring {
 public:
  explicit Scoring(const Setting& setting) : at_(setting), recorder_(setting.options.predictions) {}

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
  /// What is said about one stretch of a line.
  struct Opinion {
    std::size_t copy = 0;         ///< of the test lines
    std::uint32_t home = 0;       ///< whose lines are named together
    std::uint32_t line = 0;       ///< in that home
    traffic::Nanoseconds at = 0;  ///< when
    std::size_t row = 0;          ///< the first of its rows
    std::vector<double> scores;   ///< [class]
  };
  void vote(const Round& round, const attack::Attacker& attacker, const std::string& title,
            const attack::Rows& rows, const std::vector<float>& probabilities,
            std::chrono::nanoseconds length);
  /// Of each row by itself.
  [[nodiscard]] std::vector<Opinion> of_rows(const Round& round, const attack::Rows& rows,
                                             const std::vector<float>& probabilities) const;
  /// Names all lines of a home at once, where there are opinions about several of them.
  void one_to_one(const Round& round, Level level, const attack::Attacker& attacker, const std::string& title,
                  const attack::Rows& rows, std::vector<Opinion> opinions, double seconds = 0);
  [[nodiscard]] evaluation::TestRows test_rows(const Round& round, const attack::Rows& rows,
                                               const attack::View& view) const;

  /// Who attacked what, how, and the answers about all test lines under all seeds.
  struct Attack {
    std::string defence, variant, level, attacker, view;
    double seconds;
    evaluation::Clusters answers;
  };
  const Setting& at_;
  std::vector<Attack> attacks_;  ///< in the order in which they first came
  evaluation::PredictionRecorder recorder_;
};

}  // namespace ipet::comparison
