#include "stages/detection/detectors.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <tbb/parallel_for.h>

#include "pipeline/text/wrapping.hpp"
#include "stages/attack/promises.hpp"
#include "stages/comparison/samples.hpp"

namespace ipet::detection {

using attack::Rows;
using comparison::Role;
using comparison::Variant;
using traffic::Nanoseconds;

namespace {

double seconds(std::chrono::nanoseconds length) {
  return std::chrono::duration<double>(length).count();
}

/// Of `yes`, in probabilities of two classes.
double log_odds(const float* probabilities) {
  const double p = std::clamp(static_cast<double>(probabilities[1]), 1e-6, 1 - 1e-6);
  return std::log(p / (1 - p));
}

/// What a detector says of the rows of a target, or of stretches of lines so long: one is so where any of its
/// rows is.
Answers answers_of(const attack::Classifier* detector, const std::string& attacker, const Sample& sample,
                   std::size_t view, std::size_t target, Nanoseconds stretch) {
  const std::vector<Answer>& truth = sample.truth[view][target];
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] != Answer::unasked) asked.push_back(i);
  const Rows rows = comparison::pick(sample.rows[view], asked);
  const std::vector<float> said = detector == nullptr
                                      ? std::vector<float>(2 * rows.size(), 0.5F)
                                      : attack::checked_probabilities(*detector, rows, 2, attacker);
  struct Sum {
    double odds = 0;
    bool so = false;
    Nanoseconds day = 0;
  };
  std::map<std::pair<std::uint32_t, Nanoseconds>, Sum> sums;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Nanoseconds day = sample.lines[rows.line[i]].interval.begin_of_day;
    Sum& sum =
        sums[{rows.line[i], stretch > 0 ? (rows.start[i] - day) / stretch : static_cast<Nanoseconds>(i)}];
    sum.odds += log_odds(said.data() + 2 * i);
    sum.so = sum.so || truth[asked[i]] == Answer::yes;
    sum.day = day;
  }
  Answers answers;
  for (const auto& [place, sum] : sums) answers.add(sum.odds, sum.so, sum.day);
  return answers;
}

}  // namespace

Nanoseconds row_length(const attack::View& view) {
  std::vector<Nanoseconds> starts;
  const auto take = [&](Nanoseconds start, std::span<const float>) { starts.push_back(start); };
  view.open({0, 2 * traffic::day, 0})->end(take);
  return starts.size() < 2 ? 0 : starts[1] - starts[0];
}

void Board::add(const evaluation::Detection& row, std::vector<Rankings>&& by_draw) {
  const auto same = [&](const Entry& entry) {
    const evaluation::Detection& other = entry.row;
    return other.defence == row.defence && other.variant == row.variant && other.level == row.level &&
           other.attacker == row.attacker && other.target == row.target && other.seconds == row.seconds;
  };
  auto at = std::ranges::find_if(entries_, same);
  if (at == entries_.end()) at = entries_.insert(at, {row, {}});
  at->by_draw.resize(by_draw.size());
  for (std::size_t draw = 0; draw < by_draw.size(); ++draw)
    at->by_draw[draw].push_back(std::move(by_draw[draw]));
}

std::vector<evaluation::Detection> Board::rows(double fewest) {
  std::vector<evaluation::Detection> rows;
  for (Entry& entry : entries_) {
    fill(entry.row, entry.by_draw, fewest);
    rows.push_back(std::move(entry.row));
  }
  return rows;
}

Trial::Trial(const Setting& setting, Board& board) : at_(setting), board_(board) {
  for (const auto& attacker : at_.inputs.attackers) {
    const auto same = [&](const attack::View* view) { return view->name() == attacker->view().name(); };
    const auto found = std::ranges::find_if(views_, same);
    view_of_.push_back(static_cast<std::size_t>(found - views_.begin()));
    if (found != views_.end()) continue;
    views_.push_back(&attacker->view());
    seconds_.push_back(seconds(std::chrono::nanoseconds(row_length(*views_.back()))));
  }
}

std::uint32_t Trial::copies(const Variant& variant, std::uint32_t wanted) const {
  return variant.is_random() || at_.game.draws_scenes() ? wanted : 1;
}

void Trial::run(const Variant& variant, comparison::CostSum& cost) {
  const DetectionOptions& options = at_.options;
  const bool filters = variant.is_random() && options.wants(Level::T3) && !at_.inputs.filters.empty();
  const std::uint32_t repeats = copies(variant, options.repeats);
  const Sample training = look_at_all(at_, {variant, Role::training, views_, nullptr, filters}, repeats);
  const std::size_t lines = training.lines.size();
  Detectors once, retrained;
  std::vector<Asked> asked;
  if (clean_.empty()) {  // "none" comes first
    clean_ = train(training, lines, options.repeats);
    note_unlearned();
  }
  if (options.wants(Level::T0)) asked.push_back({Level::T0, "", &clean_});
  if (options.wants(Level::T1) && variant.is_random()) {
    once = train(training, lines / repeats, 1);
    asked.push_back({Level::T1, "", &once});
  }
  if (options.wants(Level::T2) || filters) {
    if (variant.defence != nullptr) retrained = train(training, lines, options.repeats);
    const Detectors& all = variant.defence != nullptr ? retrained : clean_;
    if (options.wants(Level::T2)) asked.push_back({Level::T2, "", &all});
  }
  ask(variant, asked, nullptr, &cost);
  if (filters) filtered(variant, training, retrained);
}

void Trial::filtered(const Variant& variant, const Sample& training, const Detectors& unfiltered) {
  for (const comparison::NamedFilter& named : at_.inputs.filters) {
    const auto key = traffic::StreamKey(at_.options.seed).with("filter").with(named.name).with(at_.origin);
    const auto filter = named.filter->train(training.excerpts, key.word(), at_.observer);
    const std::string behind = " behind " + named.name;
    if (filter->keeps_all()) {
      const Asked same{Level::T3, behind + ", which keeps all", &unfiltered};
      ask(variant, {&same, 1}, nullptr, nullptr);
      continue;
    }
    const std::uint32_t repeats = std::min(at_.options.filter_repeats, at_.options.repeats);
    const Sample seen = look_at_all(at_, {variant, Role::training, views_, filter.get()}, repeats);
    const Detectors detectors = train(seen, seen.lines.size(), at_.options.repeats);
    const Asked through{Level::T3, behind, &detectors};
    ask(variant, {&through, 1}, filter.get(), nullptr);
  }
}

Detectors Trial::train(const Sample& sample, std::size_t lines, std::uint32_t worth) const {
  const std::size_t attackers = at_.inputs.attackers.size(), targets = at_.game.targets().size();
  Detectors detectors(attackers);
  for (auto& of : detectors) of.resize(targets);
  tbb::parallel_for(std::size_t{0}, attackers * targets, [&](std::size_t i) {
    at_.observer.check();
    detectors[i / targets][i % targets] = train(sample, i / targets, i % targets, lines, worth);
  });
  return detectors;
}

std::unique_ptr<const attack::Classifier> Trial::train(const Sample& sample, std::size_t attacker,
                                                       std::size_t target, std::size_t lines,
                                                       std::uint32_t worth) const {
  const attack::Attacker& by = *at_.inputs.attackers[attacker];
  const Rows& all = sample.rows[view_of_[attacker]];
  const std::vector<Answer>& truth = sample.truth[view_of_[attacker]][target];
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] != Answer::unasked && all.line[i] < lines) asked.push_back(i);
  Rows rows = comparison::pick(all, asked);
  for (std::size_t i = 0; i < asked.size(); ++i) rows.label[i] = truth[asked[i]] == Answer::yes ? 1 : 0;
  const auto positives = static_cast<std::size_t>(std::ranges::count(rows.label, 1));
  if (positives == 0 || positives == rows.size()) return nullptr;
  const auto key = traffic::StreamKey(at_.options.seed).with("detectors").with(at_.origin);
  std::vector<comparison::Realisation> realisations;
  for (const comparison::WatchedLine& line : sample.lines) realisations.push_back({&line});
  std::vector<std::size_t> positions(rows.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  comparison::TrainingParts parts = comparison::divide(rows, positions, realisations, key, 2);
  const auto chosen = [&](std::vector<std::size_t>&& part, const char* what) {
    return comparison::pick(
        rows, comparison::at_most_per_class(rows, std::move(part), by.most_rows() * worth, key.with(what)));
  };
  const Rows training = chosen(std::move(parts.training), "training");
  const Rows validation = chosen(std::move(parts.validation), "validation");
  return by.train(training, validation, 2, key.with(attacker).with(target).word(), at_.observer);
}

void Trial::note_unlearned() const {
  std::vector<std::string> unlearned;
  for (std::size_t target = 0; target < at_.game.targets().size(); ++target)
    if (std::ranges::all_of(clean_, [&](const auto& of) { return of[target] == nullptr; }))
      unlearned.push_back(at_.game.targets()[target]);
  const std::string note =
      "in all that was trained on always the same, so that nothing is learned, and scores are those of a "
      "guess: " +
      text::named(unlearned, 12);
  if (!unlearned.empty() && std::ranges::find(at_.notes, note) == at_.notes.end()) at_.notes.push_back(note);
}

void Trial::ask(const Variant& variant, std::span<const Asked> asked, const attack::TrainedFilter* filter,
                comparison::CostSum* cost) {
  const std::uint32_t draws = copies(variant, at_.options.draws);
  const std::size_t attackers = at_.inputs.attackers.size(), targets = at_.game.targets().size();
  std::vector<std::chrono::nanoseconds> lengths = {std::chrono::nanoseconds(0)};
  lengths.insert(lengths.end(), at_.options.votes.begin(), at_.options.votes.end());
  // [asked, attacker, target, length][draw]
  std::vector<std::vector<Rankings>> rankings(asked.size() * attackers * targets * lengths.size(),
                                              std::vector<Rankings>(draws));
  std::vector<std::vector<defence::MixSummary>> summaries(draws);
  const auto each = [&](const auto& call) {
    for (std::size_t i = 0; i < rankings.size(); ++i) {
      const std::size_t attacker = i / lengths.size() / targets % attackers;
      const auto length = lengths[i % lengths.size()];
      // Rows that are as long as that themselves are not put together.
      if (length.count() > 0 && seconds(length) <= seconds_[view_of_[attacker]]) continue;
      call(i, asked[i / lengths.size() / targets / attackers], attacker, i / lengths.size() % targets,
           length);
    }
  };
  tbb::parallel_for(std::uint32_t{0}, draws, [&](std::uint32_t draw) {
    Sample seen = look_at(at_, {variant, Role::test, views_, filter}, draw);
    each([&](std::size_t i, const Asked& of, std::size_t attacker, std::size_t target,
             std::chrono::nanoseconds length) {
      at_.observer.check();
      rankings[i][draw] =
          ranked(answers_of((*of.detectors)[attacker][target].get(), at_.inputs.attackers[attacker]->title(),
                            seen, view_of_[attacker], target, length.count()));
    });
    if (seen.summaries.empty() && draw == 0 && cost != nullptr)
      seen.summaries = look_at(at_, {variant, Role::test, {}, nullptr, false, true}, draw).summaries;
    summaries[draw] = std::move(seen.summaries);
  });
  each([&](std::size_t i, const Asked& of, std::size_t attacker, std::size_t target,
           std::chrono::nanoseconds length) {
    evaluation::Detection row;
    row.defence = variant.defence_name;
    row.variant = variant.title();
    row.level = text::word_of(levels, of.level);
    row.attacker = at_.inputs.attackers[attacker]->title() + of.suffix;
    row.view = views_[view_of_[attacker]]->name();
    row.target = at_.game.targets()[target];
    row.seconds = length.count() > 0 ? seconds(length) : seconds_[view_of_[attacker]];
    board_.add(row, std::move(rankings[i]));
  });
  for (const auto& lines : summaries)
    if (cost != nullptr) cost->add(lines);
}

}  // namespace ipet::detection
