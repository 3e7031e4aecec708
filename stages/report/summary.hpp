// What a comparison comes to: per defence and variant, the strongest attacker of each threat level.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "stages/report/detection_report.hpp"
#include "stages/report/report.hpp"

namespace ipet::evaluation {

/// A defence in one variant. Pointers are into the report.
struct Summary {
  std::string defence, variant;
  const Cost* cost = nullptr;           ///< null where the report has none
  std::vector<const Score*> strongest;  ///< of each level that was tried (see `stronger`), by level

  /// Null where the level was not tried.
  [[nodiscard]] const Score* at(std::string_view level) const;
};

/// Whether an attacker's macro F1 is further above what guessing gives it. Attackers of one level may have
/// been tested on different numbers of devices (Score::chance), with which macro F1 alone cannot be compared.
bool stronger(const Score& one, const Score& other);

/// What guessing comes to, over the strongest attackers of a level.
struct Guessing {
  double least = 0, most = 0;
  [[nodiscard]] bool differs() const { return most - least > 1e-9; }
};
/// Zeros where the level was not tried.
Guessing guessing_at(const std::vector<Summary>& summaries, std::string_view level);

/// What a threat level means, in words that need no other level; "" of none that is known.
std::string level_meaning(std::string_view level);

/// Whether scores of threat levels are among them.
bool is_comparison(const EvaluationReport& report);
/// The summaries of a comparison: defences and variants in the order of their first score.
std::vector<Summary> summaries(const EvaluationReport& report);
/// Levels with scores, ascending.
std::vector<std::string> levels_of(const EvaluationReport& report);
/// Null without one.
const Cost* cost_of(const std::vector<Cost>& costs, std::string_view defence, std::string_view variant);
/// A negative control (stages/evaluation/README.md "Protocol", 5), which is no defence that anybody could
/// use: "permuted labels", "zero budget", "dummies removed".
bool is_control(std::string_view variant);
/// "chorus", "chorus, x0.5"; of its own budget no variant is named.
std::string title_of(const std::string& defence, const std::string& variant);

/// "cnn", "0.1".
std::string text_of(const AxisValue& axis);
/// "model = cnn, seed = 21"; "" outside sweeps.
std::string point_text(const EvaluationReport& report);
/// "0.67..0.76", "" where there is none.
std::string interval_text(double low, double high);

/// What the intervals of these scores were drawn over, each once: "days or captures"; "" without intervals.
/// How many devices have one alone is left out.
std::string interval_units(const std::vector<const Score*>& scores);

/// Devices of the reports of all stages, in the order in which they first appear. Throws
/// std::invalid_argument where a device has the name of the class of unknown ones, "other" of an open world:
/// in one report two devices of one name, or an evaluation that is no comparison beside a comparison with
/// that class.
std::vector<std::string> all_devices(const std::map<std::string, EvaluationReport>& reports);

/// What went over one device's line under one defence. `counts` is in the report.
struct Load {
  std::string defence, variant;
  const defence::Overhead::Row* counts = nullptr;
};
/// Loads of plain evaluations first, whose defence is the only one that was scored, "" where there are
/// several; then those of comparisons.
std::vector<Load> loads_of(const EvaluationReport& report);
std::vector<Load> loads_of(const DetectionReport& report);

/// Cover: what left less what came, which counts padding beside user data, too. Negative where a defence that
/// delays puts several packets into one.
double added(const defence::Overhead::Row& row, std::uint64_t defence::Count::*what);
/// The delays of all rows together.
defence::DelayHistogram delays_of(const defence::Overhead& overhead);
std::uint64_t unsent_bytes_of(const defence::Overhead& overhead);
std::uint64_t misdirected_bytes_of(const defence::Overhead& overhead);
bool delays(const defence::Overhead& overhead);
/// Two lines: cover per device in packets and bytes per second, and all of it in per cent of the original
/// bytes; "" where no device was covered.
std::string cost_lines(const defence::Overhead& overhead);
/// One line: how long user packets waited, and what was not sent; "" where nothing was delayed and all was
/// sent.
std::string delay_line(const defence::Overhead& overhead);

}  // namespace ipet::evaluation
