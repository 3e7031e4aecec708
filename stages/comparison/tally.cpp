#include "stages/comparison/tally.hpp"

#include <algorithm>

namespace ipet::comparison {

void Tally::add(const Attack& attack, const Answer& answer) {
  const auto [at, added] = clusters_.try_emplace(attack, classes_, seeds_);
  if (added) {
    numbers_.emplace(attack, order_.size());
    order_.push_back(attack);
  }
  at->second.add(answer.device, answer.day, answer.truth, answer.named, answer.seed);
}

std::vector<evaluation::Score> Tally::scores(const std::vector<std::string>& classes,
                                             std::uint64_t seed) const {
  std::vector<evaluation::Score> scores;
  for (const Attack& attack : order_) {
    const std::string level(text::word_of(threat_levels, attack.level));
    const auto key = traffic::StreamKey(seed)
                         .with("intervals")
                         .with(attack.defence)
                         .with(attack.variant)
                         .with(level)
                         .with(attack.attacker);
    evaluation::Score score = evaluation::score(clusters_.at(attack), classes, key, unit_);
    score.defence = attack.defence;
    score.variant = attack.variant;
    score.level = level;
    score.attacker = attack.attacker;
    score.view = attack.view;
    score.seconds = attack.seconds;
    scores.push_back(std::move(score));
  }
  return scores;
}

}  // namespace ipet::comparison
