// One defence against all attackers at all threat levels.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "stages/comparison/comparison.hpp"
#include "stages/comparison/costs.hpp"
#include "stages/comparison/observation.hpp"
#include "stages/comparison/tally.hpp"

namespace ipet::comparison {

/// A defence in one strength, or a negative control.
struct Variant {
  std::string defence_name, variant;
  double intensity = 1;
  std::shared_ptr<const defence::Defence> defence;  ///< null: none
  bool permute_labels = false;                      ///< of what is trained on
  bool remove_dummies = false;                      ///< by an oracle
};

class Trial {
 public:
  Trial(const ComparisonInputs& inputs, const ComparisonOptions& options, const Lines& lines,
        const defence::Resources& resources, fingerprint::Observer& observer);
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial();

  /// One seed of it. What the test lines cost is added to `cost`.
  void run(const Variant& variant, std::uint32_t seed, CostSum& cost);
  /// All scores, and what was answered; costs and notes are the caller's. Call once, last.
  [[nodiscard]] evaluation::EvaluationReport report();
  /// Where a defence sends so much that less was done than asked for.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

 private:
  struct Round;
  /// [attacker]; null where it saw nothing to learn from.
  using Classifiers = std::vector<std::unique_ptr<const attack::Classifier>>;
  /// How much of a variant is looked at: found with the first seed, the same for all.
  struct Effort {
    double share = 1;            ///< of each line, its begin
    std::uint32_t repeats = 1;   ///< takes of each training line
    std::uint32_t filtered = 0;  ///< of these, those behind filters; 0: no filters
  };

  static std::string name_of(const Round& round);
  /// Whether another seed makes another line of it.
  static bool is_random(const Variant& variant);
  void note_samples(const Round& round, const Observation& training, const Observation& test);
  static Tally::Answer answer(const Round& round, const attack::Rows& rows, std::size_t row,
                              std::uint16_t named);
  void note(const Round& round, const std::string& what);
  [[nodiscard]] std::uint64_t seed_of(std::uint32_t seed) const;
  /// Random stream of the choice of rows that attackers learn from.
  [[nodiscard]] traffic::StreamKey draws_of(std::uint32_t seed) const;
  [[nodiscard]] evaluation::TestRows test_rows(const Round& round, const attack::Rows& rows,
                                               const attack::View& view) const;
  /// What most_packets leaves of a line.
  double watched_share(const Round& round) const;
  /// Takes that most_packets leaves of those that are wanted. `packets`: of one take of all training lines.
  void choose_repeats(const Round& round, Effort& effort, std::uint64_t packets);
  void watch_begins(Round& round, double share);
  std::uint64_t packets_of_a_copy(const Round& round, const Observation& test) const;
  void try_levels(Round& round, const Effort& effort, const Observation& test);
  std::vector<Take> takes(const Round& round, Role role, std::uint32_t repeats) const;
  /// Lenses for `repeats` takes of each line, of which the greediest attacker takes what it would of all.
  std::vector<Lens> training_lenses(std::uint32_t repeats) const;
  std::vector<Lens> test_lenses() const;
  [[nodiscard]] bool wants(const std::string& level) const;

  /// Trains on the rows of the first `repeats` takes of each line, of each class as many as an attacker
  /// takes of `worth` takes.
  Classifiers train(const Round& round, const std::vector<attack::Rows>& rows, std::uint32_t repeats,
                    std::uint32_t worth, const std::vector<bool>& left_out);
  const Classifiers& trained_on_clean(std::uint32_t seed);
  void test(const Round& round, const Classifiers& classifiers, const std::vector<attack::Rows>& rows,
            const std::string& level, const std::string& suffix);
  /// One attacker's answers at a level.
  void count(const Round& round, const attack::Attacker& attacker, const attack::Rows& rows,
             const std::vector<float>& probabilities, const std::string& level, const std::string& title);
  void vote(const Round& round, const attack::Attacker& attacker, const attack::Rows& rows,
            const std::vector<float>& probabilities, const std::string& title);
  void keep(const Round& round, const Attack& attack, evaluation::TestRows rows, evaluation::Answers given,
            std::vector<float> probabilities);
  void add_warm_up(const Round& round, std::vector<attack::Excerpt>& excerpts) const;
  void filtered(const Round& round, const NamedFilter& filter, const std::vector<attack::Excerpt>& excerpts,
                const Effort& effort, const Classifiers& unfiltered, const Observation& test);
  void open_world(const Round& round, const std::vector<attack::Rows>& training,
                  const std::vector<attack::Rows>& test);

  const ComparisonInputs& inputs_;
  const ComparisonOptions& options_;
  const Lines& lines_;
  const defence::Resources& resources_;
  fingerprint::Observer& observer_;
  std::vector<const attack::View*> views_;  ///< different ones
  std::vector<std::size_t> view_of_;        ///< [attacker] in views_
  std::vector<bool> held_out_;              ///< [class], in T5
  std::vector<Classifiers> clean_;          ///< [seed], made when first needed
  std::map<std::string, Effort> efforts_;   ///< by name_of(round)
  Tally tally_;
  evaluation::PredictionRecorder recorder_;
  std::vector<std::string> notes_;
};

}  // namespace ipet::comparison
