#include "stages/comparison/trial.hpp"

#include <algorithm>

namespace ipet::comparison {

void Trial::run(const Variant& variant, std::uint32_t seed, CostSum& cost) {
  Round round(at_, variant, seed);
  const auto [at, first] = efforts_.try_emplace(round.name());
  Effort& effort = at->second;
  if (first && variant.defence != nullptr) effort.share = watched_share(round);
  watch_begins(round, effort.share);
  const std::uint32_t copies = variant.is_random() ? at_.options.test_repeats : 1;
  round.test = round.realisations(Role::test, copies);
  const Observation test = observe(round.test, training_.test_lenses(), round.observation, at_.observer);
  const std::vector<defence::MixSummary> spent = spent_on_test(round, test);
  cost.add(spent);
  if (first) choose_repeats(round, spent, effort);
  try_levels(round, effort, test);
}

/// What one copy of the test lines cost, each day by itself.
std::vector<defence::MixSummary> Trial::spent_on_test(const Round& round, const Observation& test) const {
  const std::size_t lines = at_.lines.with(Role::test).size();
  if (!test.summaries.empty())
    return {test.summaries.begin(), test.summaries.begin() + static_cast<std::ptrdiff_t>(lines)};
  ObservationOptions by_day = round.observation;
  by_day.running_on = {};
  return observe(std::span(round.test).first(lines), {}, by_day, at_.observer).summaries;
}

void Trial::try_levels(Round& round, const Effort& effort, const Observation& test) {
  const ComparisonOptions& options = at_.options;
  const bool permuted = round.variant.kind == Variant::Kind::permuted_labels;
  const std::size_t lines = at_.lines.with(Role::training).size();
  round.training = round.realisations(Role::training, effort.repeats);
  if (options.wants(Level::T0) && !permuted)
    scoring_.ask(round, training_, trained_on_clean(round.seed_number), test.rows, Level::T0);
  if (std::ranges::all_of(options.levels, [](Level level) { return level == Level::T0; })) return;
  round.observation.excerpt_packets = effort.filtered > 0 ? options.excerpt_packets : 0;
  round.observation.excerpt_realisations = lines;
  Observation training =
      observe(round.training, training_.lenses(effort.repeats), round.observation, at_.observer);
  note_samples(round, training, test);
  if (options.wants(Level::T1) && round.variant.is_random())
    scoring_.ask(round, training_, training_.train(round, training.rows, 1, 1), test.rows, Level::T1);
  const bool behind_filters = options.wants(Level::T3) || options.wants(Level::T4);
  if (options.wants(Level::T2) || behind_filters) {
    const Classifiers retrained = training_.train(round, training.rows, effort.repeats, options.repeats);
    scoring_.ask(round, training_, retrained, test.rows, Level::T2);
    if (effort.filtered > 0 && behind_filters) {
      add_warm_up(round, training.excerpts);
      for (const NamedFilter& filter : at_.inputs.filters)
        filtered(round, filter, training.excerpts, effort, retrained, test);
    }
  }
  if (options.wants(Level::T5) && !permuted) open_world(round, training.rows, test.rows);
}

/// Once for all variants: shares differ, but not that it is so.
void Trial::note_samples(const Round& round, const Observation& training, const Observation& test) {
  const ComparisonOptions& options = at_.options;
  const auto once = [&](const std::string& what) {
    const auto about = [&](const std::string& note) { return note.ends_with(what); };
    if (std::ranges::none_of(at_.notes, about)) round.note(what);
  };
  for (std::size_t v = 0; v < test.thinned.size() && options.wants(Level::T4); ++v)
    if (test.thinned[v])
      once("votes know at most " + std::to_string(options.most_test_rows) + " rows of each line, " +
           training_.views()[v]->name() + ", drawn at random");
  for (std::size_t i = 0; i < training.excerpts.size(); ++i) {
    if (training.packets[i] > options.excerpt_packets)
      once("filters learn from about " + std::to_string(options.excerpt_packets) +
           " packets of each line that has more");
  }
}

const Classifiers& Trial::trained_on_clean(std::uint32_t seed) {
  if (!clean_[seed].empty()) return clean_[seed];
  const Variant none{"none"};
  Round round(at_, none, seed);
  round.training = round.realisations(Role::training, 1);
  const Observation clean = observe(round.training, training_.lenses(1), round.observation, at_.observer);
  clean_[seed] = training_.train(round, clean.rows, 1, at_.options.repeats);
  return clean_[seed];
}

/// Whoever watches a home saw it before the defence was ready, too.
void Trial::add_warm_up(const Round& round, std::vector<attack::Excerpt>& excerpts) const {
  if (round.observation.excerpt_packets == 0) return;
  ObservationOptions options = round.observation;
  options.excerpt_realisations = at_.lines.lines.size();
  Observation seen = observe(round.realisations(Role::warm_up, 1), {}, options, at_.observer);
  for (attack::Excerpt& excerpt : seen.excerpts) {
    excerpt.line += static_cast<std::uint32_t>(round.training.size());
    excerpts.push_back(std::move(excerpt));
  }
}

void Trial::filtered(const Round& round, const NamedFilter& named,
                     const std::vector<attack::Excerpt>& excerpts, const Effort& effort,
                     const Classifiers& unfiltered, const Observation& seen) {
  const auto key =
      traffic::StreamKey(at_.options.seed).with("filter").with(named.name).with(round.seed_number);
  const auto filter = named.filter->train(excerpts, key.word(), at_.observer);
  const std::string behind = " behind " + named.name;
  if (filter->keeps_all())
    return scoring_.ask(round, training_, unfiltered, seen.rows, Level::T3, behind + ", which keeps all");
  ObservationOptions options = round.observation;
  options.filter = filter.get();
  options.excerpt_packets = 0;
  const std::span some(round.training.data(), at_.lines.with(Role::training).size() * effort.filtered);
  const Observation training = observe(some, training_.lenses(effort.filtered), options, at_.observer);
  const Observation test = observe(round.test, training_.test_lenses(), options, at_.observer);
  scoring_.ask(round, training_, training_.train(round, training.rows, effort.filtered, at_.options.repeats),
               test.rows, Level::T3, behind);
}

}  // namespace ipet::comparison
