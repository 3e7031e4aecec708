#include "stages/comparison/scoring.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include <tbb/parallel_for.h>

#include "stages/attack/assignment.hpp"
#include "stages/attack/promises.hpp"
#include "stages/comparison/samples.hpp"

namespace ipet::comparison {

namespace {

/// Of all answers those about the first copy of the test lines, which come first.
void keep_first(evaluation::Answers& given, std::size_t count, std::size_t classes,
                std::vector<float>& probabilities) {
  given.named.resize(count);
  if (!given.row.empty()) given.row.resize(count);
  if (!given.truth.empty()) given.truth.resize(count);
  if (!probabilities.empty()) probabilities.resize(count * classes);
}

}  // namespace

using attack::Rows;
using fingerprint::SplitMode;
using traffic::Nanoseconds;

void Scoring::ask(const Round& round, const Training& training, const Classifiers& classifiers,
                  const std::vector<Rows>& rows, Level level, const std::string& suffix) {
  std::vector<std::vector<float>> answers(classifiers.size());
  const std::size_t classes = at_.lines.classes.size();
  tbb::parallel_for(std::size_t{0}, classifiers.size(), [&](std::size_t a) {
    at_.observer.check();
    if (classifiers[a] != nullptr)
      answers[a] = attack::checked_probabilities(*classifiers[a], training.seen_by(a, rows), classes,
                                                 at_.inputs.attackers[a]->title());
  });
  for (std::size_t a = 0; a < classifiers.size(); ++a) {
    const Rows& of = training.seen_by(a, rows);
    if (classifiers[a] == nullptr || of.size() == 0) continue;
    const attack::Attacker& attacker = *at_.inputs.attackers[a];
    const std::string title = attacker.title() + suffix;
    evaluation::Answers given;
    for (std::size_t i = 0; i < of.size(); ++i)
      given.named.push_back(most_probable(answers[a].data() + i * classes, classes));
    if (at_.options.wants(level)) {
      add(round, level, attacker, title, of, std::move(given), answers[a]);
      if (at_.options.one_to_one)
        one_to_one(round, level, attacker, title, of, of_rows(round, of, answers[a]));
    }
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
                              evaluation::Clusters(classes + others, std::size_t{at_.options.seeds} *
                                                                         at_.options.test_repeats)});
  std::size_t of_first_copy = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::uint32_t realisation = rows.line[given.row_of(i)];
    const WatchedLine& line = *round.test[realisation].line;
    const std::size_t copy = round.copy_of(realisation);
    at->answers.add(line.label, line.interval.begin, given.truth.empty() ? line.label : given.truth[i],
                    given.named[i], round.seed_number * at_.options.test_repeats + copy);
    if (copy == 0) ++of_first_copy;
  }
  keep_first(given, of_first_copy, classes, probabilities);
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
  for (std::size_t i = 0; i < rows.size() && round.copy_of(rows.line[i]) == 0; ++i) {
    const WatchedLine& line = *round.test[rows.line[i]].line;
    result.device.push_back(rows.label[i]);
    result.start.push_back(rows.start[i]);
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
  const bool over_days = length > std::chrono::days(1);
  Nanoseconds first = std::numeric_limits<Nanoseconds>::max();
  for (const Realisation& realisation : round.test)
    first = std::min(first, realisation.line->interval.begin_of_day);
  std::map<std::tuple<std::size_t, std::uint32_t, Nanoseconds>, std::vector<std::size_t>> stretches;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const WatchedLine& line = *round.test[rows.line[i]].line;
    const Nanoseconds from = over_days ? first : line.interval.begin_of_day;
    stretches[{round.copy_of(rows.line[i]), over_days ? line.label : rows.line[i],
               (rows.start[i] - from) / length.count()}]
        .push_back(i);
  }
  const auto single = [](const auto& entry) { return entry.second.size() == 1; };
  if (std::ranges::all_of(stretches, single)) return;  // rows are as long as that themselves
  evaluation::Answers given;
  std::vector<Opinion> opinions;
  for (const auto& [place, members] : stretches) {
    std::vector<float> answers;
    for (const std::size_t i : members)
      answers.insert(answers.end(), probabilities.begin() + static_cast<std::ptrdiff_t>(i * classes),
                     probabilities.begin() + static_cast<std::ptrdiff_t>((i + 1) * classes));
    std::vector<double> votes = at_.inputs.ballot->count(answers, classes);
    const std::size_t row = members.front();
    given.row.push_back(static_cast<std::uint32_t>(row));
    given.named.push_back(static_cast<std::uint16_t>(std::ranges::max_element(votes) - votes.begin()));
    if (at_.options.one_to_one)
      opinions.push_back({std::get<0>(place), over_days || rows.home.empty() ? 0 : rows.home[row],
                          rows.line[row], std::get<2>(place), row, std::move(votes)});
  }
  const double seconds = std::chrono::duration<double>(length).count();
  const std::string name = title + ", vote " + minutes_text(length) + " min";
  add(round, Level::T4, attacker, name, rows, std::move(given), {}, seconds);
  if (at_.options.one_to_one)
    one_to_one(round, Level::T4, attacker, name, rows, std::move(opinions), seconds);
}

std::vector<Scoring::Opinion> Scoring::of_rows(const Round& round, const Rows& rows,
                                               const std::vector<float>& probabilities) const {
  const std::size_t classes = at_.lines.classes.size();
  std::vector<Opinion> opinions;
  for (std::size_t i = 0; i < rows.size(); ++i)
    opinions.push_back(
        {round.copy_of(rows.line[i]), rows.home.empty() ? 0 : rows.home[i], rows.line[i], rows.start[i], i,
         at_.inputs.ballot->count(std::span(probabilities).subspan(i * classes, classes), classes)});
  return opinions;
}

void Scoring::one_to_one(const Round& round, Level level, const attack::Attacker& attacker,
                         const std::string& title, const Rows& rows, std::vector<Opinion> opinions,
                         double seconds) {
  const auto together = [](const Opinion& of) { return std::tuple(of.copy, of.home, of.at); };
  std::ranges::stable_sort(opinions, {}, together);
  const auto key = traffic::StreamKey(at_.options.seed).with("one to one").with(round.seed_number);
  const std::size_t classes = at_.lines.classes.size();
  evaluation::Answers given;
  std::size_t groups = 0;
  for (std::size_t begin = 0, end = 0; begin < opinions.size(); begin = end) {
    while (end < opinions.size() && together(opinions[end]) == together(opinions[begin])) ++end;
    const std::span<const Opinion> group(opinions.data() + begin, end - begin);
    if (group.size() > classes) return;  // several answers about one line at the same time
    std::vector<double> scores;
    for (const Opinion& opinion : group)
      scores.insert(scores.end(), opinion.scores.begin(), opinion.scores.end());
    const auto named = attack::one_to_one(scores, classes, key.with(groups++));
    for (std::size_t i = 0; i < group.size(); ++i) {
      given.row.push_back(static_cast<std::uint32_t>(group[i].row));
      given.named.push_back(static_cast<std::uint16_t>(named[i]));
    }
  }
  if (2 * groups > opinions.size()) return;  // most answers are alone
  add(round, level, attacker, title + ", one to one", rows, std::move(given), {}, seconds);
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
