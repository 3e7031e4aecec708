// Games in which an eavesdropper finds out what no name says: each moment of a line is asked a question that
// has the answer yes or no, once for each target, and a detector (an attacker with two classes) is trained
// for each of them.
//
//   T0  trained on undefended traffic            T2  on `repeats` defended copies of the training days
//   T1  on one defended copy                     T3  as T2, behind a packet filter
//
// The rows of a defended copy are made once, for all targets and all attackers of one view. What games there
// are: activity.hpp, presence.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stages/comparison/comparison_inputs.hpp"
#include "stages/model/observer.hpp"
#include "stages/report/detection_report.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::detection {

using comparison::Level;

/// The levels that games have.
inline constexpr text::Word<Level> levels[] = {
    {"T0", Level::T0}, {"T1", Level::T1}, {"T2", Level::T2}, {"T3", Level::T3}};

struct DetectionOptions {
  comparison::LineOptions lines;
  std::vector<Level> levels = {Level::T0, Level::T1, Level::T2, Level::T3};
  std::uint32_t repeats = 10;        ///< defended copies of the training days
  std::uint32_t filter_repeats = 2;  ///< of these, those that go through filters
  std::uint32_t draws = 20;          ///< defended copies of the days for testing
  /// Rolling origin: the days for testing are dealt out, in their order, to so many parts, and whoever is
  /// tested on one of them has learned from all days before it but those for warming up.
  std::uint32_t origins = 1;
  /// As ComparisonOptions::run_on, where homes are not drawn. Costs are those of one draw then.
  bool run_on = false;
  std::vector<double> intensities;  ///< also each defence with so many times its cover (at_intensity)
  /// Rows are also put together over so much time, by adding up logarithms of odds.
  std::vector<std::chrono::nanoseconds> votes;
  double fewest = 10;                     ///< positives, and others, with which a target is judged
  std::size_t excerpt_packets = 100'000;  ///< as ComparisonOptions::excerpt_packets
  std::uint64_t seed = 0;

  [[nodiscard]] bool wants(Level level) const;
};

/// What is wrong before any traffic is seen, as comparison::fault says it.
std::pair<std::string, std::string> fault(const comparison::ComparisonInputs& inputs,
                                          const DetectionOptions& options);

/// `unasked`: nobody asks that about this line.
enum class Answer : std::uint8_t { no, yes, unasked };

/// What is watched, and what is so.
struct Scene {
  comparison::Lines lines;  ///< all of one role
  /// Of a target, at a row of lines.lines[line] that begins at `start`.
  std::function<Answer(std::size_t target, std::size_t line, traffic::Nanoseconds start)> truth;
};

/// Called from several threads at once.
class Game {
 public:
  virtual ~Game() = default;
  /// Names, `about` and notes, without scores.
  [[nodiscard]] virtual evaluation::DetectionReport description() const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& targets() const = 0;
  [[nodiscard]] virtual defence::Topology topology() const = 0;
  /// Whether scenes differ with their key.
  [[nodiscard]] virtual bool draws_scenes() const { return false; }
  /// `lines`: those of all devices that are to be protected, each by itself.
  [[nodiscard]] virtual Scene scene(const comparison::Lines& lines, traffic::StreamKey key) const = 0;
};

/// The lines of devices that are to be protected, each by itself. Throws as comparison::watch_lines, also
/// where no device is to be protected; the options must be without fault.
comparison::Lines lines_of_devices(const comparison::ComparisonInputs& inputs,
                                   const DetectionOptions& options);

/// Plays a game on these lines, which are all of the game's. Throws std::invalid_argument for what the user
/// has to change, naming the option, and std::runtime_error where a defence has nothing to work on.
evaluation::DetectionReport play(const Game& game, const comparison::Lines& lines,
                                 const comparison::ComparisonInputs& inputs, const DetectionOptions& options,
                                 fingerprint::Observer& observer);

}  // namespace ipet::detection
