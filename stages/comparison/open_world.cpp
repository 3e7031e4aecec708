#include "stages/comparison/open_world.hpp"

#include <algorithm>

#include "stages/comparison/samples.hpp"

namespace ipet::comparison {

using attack::Rows;

OpenWorld::OpenWorld(const Setting& setting, Notes& notes)
    : at_(setting), held_out_(setting.lines.classes.size()) {
  const std::vector<std::string>& devices = at_.options.held_out;
  for (std::size_t c = 0; c < held_out_.size(); ++c)
    held_out_[c] =
        devices.empty() ? c % 3 == 2 : std::ranges::find(devices, at_.lines.classes[c]) != devices.end();
  if (at_.options.wants(Level::T5) && std::ranges::find(held_out_, true) == held_out_.end())
    notes.add("T5: of fewer than three devices none is held out, so none is unknown");
}

void OpenWorld::attack(const Round& round, Training& training, const std::vector<Rows>& learned,
                       const std::vector<Rows>& tested, Scoring& scoring) const {
  const std::size_t classes = at_.lines.classes.size();
  const auto other = static_cast<std::uint16_t>(classes);
  const std::uint32_t repeats = at_.options.repeats;
  const auto draws = round.draws();
  const Classifiers classifiers = training.train(round, learned, repeats, repeats, held_out_);
  const auto highest = [&](const std::vector<float>& probabilities) {
    std::vector<std::pair<float, std::uint16_t>> best;
    for (std::size_t i = 0; i * classes < probabilities.size(); ++i) {
      const std::uint16_t named = most_probable(probabilities.data() + i * classes, classes);
      best.emplace_back(probabilities[i * classes + named], named);
    }
    return best;
  };
  for (std::size_t a = 0; a < classifiers.size(); ++a) {
    if (classifiers[a] == nullptr) continue;
    const Rows& seen = training.seen_by(a, learned);
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < seen.size(); ++i)
      if (!held_out_[seen.label[i]] && for_validation(seen, i, round.training, draws)) known.push_back(i);
    auto sure = highest(classifiers[a]->probabilities(pick(seen, known)));
    std::ranges::sort(sure);
    const float threshold = sure.empty() ? 0 : sure[sure.size() / 10].first;
    const Rows& rows = training.seen_by(a, tested);
    if (rows.size() == 0) continue;
    std::vector<float> probabilities = classifiers[a]->probabilities(rows);
    const auto best = highest(probabilities);
    evaluation::Answers given;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::uint16_t device = round.test[rows.line[i]].line->label;
      given.named.push_back(best[i].first < threshold ? other : best[i].second);
      given.truth.push_back(held_out_[device] ? other : device);
    }
    const attack::Attacker& attacker = *at_.inputs.attackers[a];
    scoring.add(round, Level::T5, attacker, attacker.title(), rows, std::move(given),
                std::move(probabilities));
  }
}

}  // namespace ipet::comparison
