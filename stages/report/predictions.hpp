// What attackers answered about each test row: enough for a reader to draw a ROC curve, to compare two
// attackers row by row (McNemar's test) or to hold a vote of his own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/text/words.hpp"
#include "stages/traffic/packet.hpp"

namespace ipet::evaluation {

/// Rows that attackers are asked about. The same row under the same view has the same capture, device and
/// start, whoever is asked and whichever stage asks.
struct TestRows {
  /// Where they come from: "windows", "defended_windows", "aggregates", "defended_aggregates", as the group
  /// of a result file that has them; of comparisons what the attacker looks at (Score::view).
  std::string view;
  std::vector<std::string> captures;        ///< "": all captures of a day together
  std::vector<std::uint32_t> capture;       ///< [row] into captures
  std::vector<std::uint16_t> device;        ///< [row] whose traffic it is, in EvaluationReport::devices
  std::vector<traffic::Nanoseconds> start;  ///< [row]
  std::vector<traffic::Nanoseconds>
      day;  ///< [row] when its day began, or its recording, in a split by capture

  [[nodiscard]] std::size_t size() const { return start.size(); }
  bool operator==(const TestRows&) const = default;
};

/// One attacker's.
struct Answers {
  std::size_t score = 0;   ///< in EvaluationReport::scores
  std::size_t rows = 0;    ///< in Predictions::rows
  std::uint32_t seed = 0;  ///< number of the run, in comparisons of several seeds
  /// [answer] into the rows; empty: one answer for each row, in their order. Of a vote the first of its rows.
  std::vector<std::uint32_t> row;
  /// [answer] what was right, in EvaluationReport::devices: not the device where that is called "other".
  /// Empty: the device of each row.
  std::vector<std::uint16_t> truth;
  std::vector<std::uint16_t> named;  ///< [answer] in EvaluationReport::devices
  std::size_t classes = 0;           ///< the first so many of EvaluationReport::devices have probabilities
  std::vector<float> probabilities;  ///< [answer, class]; empty: not kept, or a vote, which has none

  [[nodiscard]] std::size_t size() const { return named.size(); }
  [[nodiscard]] std::size_t row_of(std::size_t i) const { return row.empty() ? i : row[i]; }
};

struct Predictions {
  std::vector<TestRows> rows;    ///< sets of rows, no two of them equal
  std::vector<Answers> answers;  ///< in the order in which they were given

  /// What was right about the row of an answer.
  [[nodiscard]] std::uint16_t truth_of(const Answers& of, std::size_t i) const {
    return of.truth.empty() ? rows[of.rows].device[of.row_of(i)] : of.truth[i];
  }
  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] std::size_t byte_size() const;
};

/// What is kept of them.
enum class Keep {
  automatic,  ///< probabilities while they are at most PredictionRecorder::most_probabilities, else devices
  probabilities,  ///< whatever room they take: 4 bytes for each row, device and attacker
  devices,        ///< the named one alone
  nothing
};
inline constexpr text::Word<Keep> keeps[] = {{"auto", Keep::automatic},
                                             {"probabilities", Keep::probabilities},
                                             {"devices", Keep::devices},
                                             {"none", Keep::nothing}};

class PredictionRecorder {
 public:
  /// 128 MiB of them.
  static constexpr std::size_t most_probabilities = std::size_t{1} << 25;

  explicit PredictionRecorder(Keep keep, std::size_t most = most_probabilities) : keep_(keep), most_(most) {}

  [[nodiscard]] bool wanted() const { return keep_ != Keep::nothing; }
  /// Whether probabilities of so many answers more would be kept: who computes them need not otherwise.
  /// Where they would not, those that were kept before are dropped as well: a file has all or none.
  bool wants_probabilities(std::size_t answers, std::size_t classes);
  /// Whether probabilities were dropped.
  [[nodiscard]] bool dropped() const { return dropped_; }

  /// The number of an equal set of rows, of these if there was none.
  std::size_t add(TestRows rows);
  void add(Answers answers);
  /// Null where nothing was wanted. Call once, last.
  [[nodiscard]] std::shared_ptr<const Predictions> take();

 private:
  Keep keep_;
  std::size_t most_, kept_ = 0;
  bool dropped_ = false;
  Predictions all_;
};

/// What a stage says where the recorder dropped probabilities.
std::string dropped_text();

}  // namespace ipet::evaluation
