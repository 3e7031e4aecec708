// What is drawn, as scripts for gnuplot. Data are in them, so that a script is a whole picture.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/generator/generator_set.hpp"
#include "stages/model/trained_model.hpp"
#include "stages/report/report.hpp"

namespace ipet::plots {

struct Figure {
  std::string name;    ///< of the file, without its extension
  std::string script;  ///< for draw_svg
  int width = 0, height = 0;
  std::string title;  ///< of the file, as browsers and screen readers show it
};

/// Macro F1 of the strongest attacker (evaluation::stronger) of a level, with its interval, over what the
/// defence adds on the wire (bytes/s, mean over devices; logarithmic, 0 and less at the left end). A line per
/// defence through its variants, negative controls left out; dashed, that without a defence (of T3 as below);
/// dotted, what guessing gives, from least to most where the attackers' tests have different numbers of
/// devices. The key says how many rows were tested. Nothing where no defence has both a score and a cost.
std::optional<Figure> overhead_curve(const evaluation::EvaluationReport& report, std::string_view level);

/// Per defence (at its own budget, or else its first variant) what the strongest attacker of the level names:
/// without a defence on the left (of T3, whose filters have nothing to throw away there, that of T2 unless it
/// was tried), with it on the right; where no defence was scored, that of the attacker alone. Cells are
/// shares of a true device's rows, whose number stands beside it. `level` "" for evaluations that are no
/// comparison.
std::vector<Figure> confusion_matrices(const evaluation::EvaluationReport& report, std::string_view level);

/// A line of more packets is thinned.
inline constexpr std::size_t most_drawn_packets = 3000;

/// Packets of one line over time before (above) and after (below), out upwards, in downwards. Of more than
/// 3000 packets, the largest of each kind in every 1200th of the time.
Figure line_before_and_after(const evaluation::LineExample& example);

/// Training and validation loss by epoch, and which epoch was kept. Nothing without a history.
std::optional<Figure> training_curve(const fingerprint::TrainedModel& model);

/// Staged training: the mean loss of the discriminator on perturbed windows while the generators of each
/// generation raise it and it learns from them in turn. A line per chain; generators without windows are
/// left out. Nothing without a generation.
std::optional<Figure> generation_curve(const generator::GeneratorSet& generators);

}  // namespace ipet::plots
