// What becomes of answers: they are counted, put together to votes, and kept.
#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>
#include <utility>

#include <tbb/parallel_for.h>

#include "stages/comparison/round.hpp"
#include "stages/comparison/samples.hpp"
#include "stages/comparison/trial.hpp"
#include "stages/traffic/value_text.hpp"

namespace ipet::comparison {

using attack::Rows;
using traffic::Nanoseconds;

namespace {

std::string minutes_text(double minutes) {
  return traffic::number_text(minutes) + " min";
}

}  // namespace

void Trial::test(const Round& round, const Classifiers& classifiers, const std::vector<Rows>& rows,
                 const std::string& level, const std::string& suffix) {
  std::vector<std::vector<float>> answers(classifiers.size());
  tbb::parallel_for(std::size_t{0}, classifiers.size(), [&](std::size_t a) {
    observer_.check();
    if (classifiers[a] != nullptr) answers[a] = classifiers[a]->probabilities(rows[view_of_[a]]);
  });
  for (std::size_t a = 0; a < classifiers.size(); ++a) {
    const Rows& of = rows[view_of_[a]];
    if (classifiers[a] == nullptr || of.size() == 0) continue;
    const std::string title = inputs_.attackers[a]->title() + suffix;
    if (wants(level)) count(round, *inputs_.attackers[a], of, answers[a], level, title);
    if (wants("T4") && (level == "T2" || level == "T3"))
      vote(round, *inputs_.attackers[a], of, answers[a], title);
  }
}

void Trial::count(const Round& round, const attack::Attacker& attacker, const Rows& rows,
                  const std::vector<float>& probabilities, const std::string& level,
                  const std::string& title) {
  const std::size_t classes = lines_.classes.size();
  const Attack attack{
      round.variant.defence_name, round.variant.variant, level, title, attacker.view().name(), 0};
  evaluation::Answers given;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    given.named.push_back(most_probable(probabilities.data() + i * classes, classes));
    tally_.add(attack, answer(round, rows, i, given.named.back()));
  }
  keep(round, attack, test_rows(round, rows, attacker.view()), std::move(given), probabilities);
}

/// `probabilities` are empty for votes.
void Trial::keep(const Round& round, const Attack& attack, evaluation::TestRows rows,
                 evaluation::Answers given, std::vector<float> probabilities) {
  given.score = tally_.number_of(attack);
  given.rows = recorder_.add(std::move(rows));
  given.seed = round.seed_number;
  given.classes = lines_.classes.size();
  if (!probabilities.empty() && recorder_.wants_probabilities(given.size(), given.classes))
    given.probabilities = std::move(probabilities);
  recorder_.add(std::move(given));
}

evaluation::TestRows Trial::test_rows(const Round& round, const Rows& rows, const attack::View& view) const {
  evaluation::TestRows result;
  if (!recorder_.wanted()) return result;
  result.view = view.name();
  result.captures = lines_.split == "day" ? std::vector<std::string>{""} : lines_.traces->captures;
  result.device = rows.label;
  result.start = rows.start;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const WatchedLine& line = *round.test[rows.line[i]].line;
    result.capture.push_back(line.capture);
    result.day.push_back(line.interval.begin_of_day);
  }
  return result;
}

Tally::Answer Trial::answer(const Round& round, const Rows& rows, std::size_t row, std::uint16_t named) {
  const WatchedLine& line = *round.test[rows.line[row]].line;
  return {line.label, line.interval.begin, line.label, named, round.seed_number};
}

/// Up to a day, votes are of one line; beyond, of all test lines of a device, one after the other.
void Trial::vote(const Round& round, const attack::Attacker& attacker, const Rows& rows,
                 const std::vector<float>& probabilities, const std::string& title) {
  const std::size_t classes = lines_.classes.size();
  constexpr Nanoseconds day = 86'400 * traffic::second;
  Nanoseconds first = std::numeric_limits<Nanoseconds>::max();
  for (const Realisation& realisation : round.test)
    first = std::min(first, realisation.line->interval.begin_of_day);
  for (const double minutes : options_.vote_minutes) {
    const auto length = static_cast<Nanoseconds>(minutes * 60e9);
    const auto stretch = [&](std::size_t i) {
      const WatchedLine& line = *round.test[rows.line[i]].line;
      return length > day
                 ? std::pair<std::uint32_t, Nanoseconds>(line.label, (rows.start[i] - first) / length)
                 : std::pair(rows.line[i], (rows.start[i] - line.interval.begin_of_day) / length);
    };
    std::map<std::pair<std::uint32_t, Nanoseconds>, std::vector<std::size_t>> stretches;
    for (std::size_t i = 0; i < rows.size(); ++i) stretches[stretch(i)].push_back(i);
    const auto single = [](const auto& entry) { return entry.second.size() == 1; };
    if (std::ranges::all_of(stretches, single)) continue;  // rows are as long as that themselves
    const Attack attack{
        round.variant.defence_name, round.variant.variant, "T4", title + ", vote " + minutes_text(minutes),
        attacker.view().name(),     minutes * 60};
    evaluation::Answers given;
    for (const auto& [place, members] : stretches) {
      std::vector<float> answers;
      for (const std::size_t i : members)
        answers.insert(answers.end(), probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes),
                       probabilities.begin() + static_cast<std::ptrdiff_t>((i + 1) * classes));
      const std::vector<double> votes = inputs_.ballot->count(answers, classes);
      const auto named = static_cast<std::uint16_t>(std::ranges::max_element(votes) - votes.begin());
      tally_.add(attack, answer(round, rows, members.front(), named));
      given.row.push_back(static_cast<std::uint32_t>(members.front()));
      given.named.push_back(named);
    }
    keep(round, attack, test_rows(round, rows, attacker.view()), std::move(given), {});
  }
}

}  // namespace ipet::comparison
