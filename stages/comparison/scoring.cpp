#include "stages/comparison/scoring.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include <tbb/parallel_for.h>

#include "stages/comparison/samples.hpp"

namespace ipet::comparison {

using attack::Rows;
using fingerprint::SplitMode;
using traffic::Nanoseconds;

void Scoring::ask(const Round& round, const Training& training, const Classifiers& classifiers,
                  const std::vector<Rows>& rows, Level level, const std::string& suffix) {
  std::vector<std::vector<float>> answers(classifiers.size());
  tbb::parallel_for(std::size_t{0}, classifiers.size(), [&](std::size_t a) {
    at_.observer.check();
    if (classifiers[a] != nullptr) answers[a] = classifiers[a]->probabilities(training.seen_by(a, rows));
  });
  const std::size_t classes = at_.lines.classes.size();
  for (std::size_t a = 0; a < classifiers.size(); ++a) {
    const Rows& of = training.seen_by(a, rows);
    if (classifiers[a] == nullptr || of.size() == 0) continue;
    const attack::Attacker& attacker = *at_.inputs.attackers[a];
    const std::string title = attacker.title() + suffix;
    evaluation::Answers given;
    for (std::size_t i = 0; i < of.size(); ++i)
      given.named.push_back(most_probable(answers[a].data() + i * classes, classes));
    if (at_.options.wants(level)) add(round, level, attacker, title, of, std::move(given), answers[a]);
    if (!at_.options.wants(Level::T4) || (level != Level::T2 && level != Level::T3)) continue;
    for (const auto length : at_.options.votes) vote(round, attacker, title, of, answers[a], length);
  }
}

void Scoring::add(const Round& round, Level level, const attack::Attacker& attacker, const std::string& title,
                  const Rows& rows, evaluation::Answers given, std::vector<float> probabilities,
                  double seconds) {
  const std::string& defence = round.variant.defence_name;
  const std::string variant = round.variant.title(), word(text::word_of(threat_levels, level));
  auto at = std::ranges::find_if(attacks_, [&](const Attack& each) {
    return each.defence == defence && each.variant == variant && each.level == word && each.attacker == title;
  });
  const std::size_t classes = at_.lines.classes.size(), others = at_.options.wants(Level::T5) ? 1 : 0;
  if (at == attacks_.end())
    at = attacks_.insert(at, {defence, variant, word, title, attacker.view().name(), seconds,
                              evaluation::Clusters(classes + others, at_.options.seeds)});
  for (std::size_t i = 0; i < given.size(); ++i) {
    const WatchedLine& line = *round.test[rows.line[given.row_of(i)]].line;
    at->answers.add(line.label, line.interval.begin, given.truth.empty() ? line.label : given.truth[i],
                    given.named[i], round.seed_number);
  }
  given.score = static_cast<std::size_t>(at - attacks_.begin());
  given.rows = recorder_.add(test_rows(round, rows, attacker.view()));
  given.seed = round.seed_number;
  given.classes = classes;
  if (!probabilities.empty() && recorder_.wants_probabilities(given.size(), given.classes))
    given.probabilities = std::move(probabilities);
  recorder_.add(std::move(given));
}

evaluation::TestRows Scoring::test_rows(const Round& round, const Rows& rows,
                                        const attack::View& view) const {
  evaluation::TestRows result;
  if (!recorder_.wanted()) return result;
  result.view = view.name();
  result.captures =
      at_.lines.split == SplitMode::day ? std::vector<std::string>{""} : at_.lines.traces->captures;
  result.device = rows.label;
  result.start = rows.start;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const WatchedLine& line = *round.test[rows.line[i]].line;
    result.capture.push_back(line.capture);
    result.day.push_back(line.interval.begin_of_day);
  }
  return result;
}

/// Up to a day, votes are of one line; beyond, of all test lines of a device, one after the other.
void Scoring::vote(const Round& round, const attack::Attacker& attacker, const std::string& title,
                   const Rows& rows, const std::vector<float>& probabilities,
                   std::chrono::nanoseconds length) {
  const std::size_t classes = at_.lines.classes.size();
  Nanoseconds first = std::numeric_limits<Nanoseconds>::max();
  for (const Realisation& realisation : round.test)
    first = std::min(first, realisation.line->interval.begin_of_day);
  const auto stretch = [&](std::size_t i) {
    const WatchedLine& line = *round.test[rows.line[i]].line;
    return length > std::chrono::days(1)
               ? std::pair<std::uint32_t, Nanoseconds>(line.label, (rows.start[i] - first) / length.count())
               : std::pair(rows.line[i], (rows.start[i] - line.interval.begin_of_day) / length.count());
  };
  std::map<std::pair<std::uint32_t, Nanoseconds>, std::vector<std::size_t>> stretches;
  for (std::size_t i = 0; i < rows.size(); ++i) stretches[stretch(i)].push_back(i);
  const auto single = [](const auto& entry) { return entry.second.size() == 1; };
  if (std::ranges::all_of(stretches, single)) return;  // rows are as long as that themselves
  evaluation::Answers given;
  for (const auto& [place, members] : stretches) {
    std::vector<float> answers;
    for (const std::size_t i : members)
      answers.insert(answers.end(), probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes),
                     probabilities.begin() + static_cast<std::ptrdiff_t>((i + 1) * classes));
    const std::vector<double> votes = at_.inputs.ballot->count(answers, classes);
    given.row.push_back(static_cast<std::uint32_t>(members.front()));
    given.named.push_back(static_cast<std::uint16_t>(std::ranges::max_element(votes) - votes.begin()));
  }
  add(round, Level::T4, attacker, title + ", vote " + minutes_text(length) + " min", rows, std::move(given),
      {}, std::chrono::duration<double>(length).count());
}

evaluation::EvaluationReport Scoring::report() {
  evaluation::EvaluationReport report;
  report.rows = "rows";
  report.devices = at_.lines.classes;
  if (at_.options.wants(Level::T5)) report.devices.push_back("other");
  const auto key = traffic::StreamKey(at_.options.seed).with("intervals");
  const std::string unit = at_.lines.split == SplitMode::day ? "days" : "captures";
  for (const Attack& of : attacks_) {
    const auto draws = key.with(of.defence).with(of.variant).with(of.level).with(of.attacker);
    evaluation::Score score = evaluation::score(of.answers, report.devices, draws, unit);
    score.defence = of.defence;
    score.variant = of.variant;
    score.level = of.level;
    score.attacker = of.attacker;
    score.view = of.view;
    score.seconds = of.seconds;
    report.scores.push_back(std::move(score));
  }
  if (recorder_.dropped()) at_.notes.push_back(evaluation::dropped_text());
  report.predictions = recorder_.take();
  return report;
}

}  // namespace ipet::comparison
