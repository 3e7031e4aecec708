// T5: some devices are held out, and whoever attacks may say "other".
#include <algorithm>

#include "stages/attack/promises.hpp"
#include "stages/comparison/samples.hpp"
#include "stages/comparison/trial.hpp"

namespace ipet::comparison {

using attack::Rows;

void Trial::open_world(const Round& round, const std::vector<Rows>& learned,
                       const std::vector<Rows>& tested) {
  const std::vector<std::string>& names = at_.options.held_out;
  std::vector<bool> held_out;  // [class]
  for (const std::string& device : at_.lines.classes)
    held_out.push_back(names.empty() ? held_out.size() % 3 == 2
                                     : std::ranges::find(names, device) != names.end());
  const std::size_t classes = at_.lines.classes.size();
  const auto other = static_cast<std::uint16_t>(classes);
  const std::uint32_t repeats = at_.options.repeats;
  const auto draws = round.draws();
  const Classifiers classifiers = training_.train(round, learned, repeats, repeats, held_out);
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
    const attack::Attacker& attacker = *at_.inputs.attackers[a];
    const auto asked = [&](const Rows& of) {
      return attack::checked_probabilities(*classifiers[a], of, classes, attacker.title());
    };
    const Rows& seen = training_.seen_by(a, learned);
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < seen.size(); ++i)
      if (!held_out[seen.label[i]] && for_validation(seen, i, round.training, draws)) known.push_back(i);
    auto sure = highest(asked(pick(seen, known)));
    std::ranges::sort(sure);
    const float threshold = sure.empty() ? 0 : sure[sure.size() / 10].first;
    const Rows& rows = training_.seen_by(a, tested);
    if (rows.size() == 0) continue;
    std::vector<float> probabilities = asked(rows);
    const auto best = highest(probabilities);
    evaluation::Answers given;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::uint16_t device = round.test[rows.line[i]].line->label;
      given.named.push_back(best[i].first < threshold ? other : best[i].second);
      given.truth.push_back(held_out[device] ? other : device);
    }
    scoring_.add(round, Level::T5, attacker, attacker.title(), rows, std::move(given),
                 std::move(probabilities));
  }
}

}  // namespace ipet::comparison
