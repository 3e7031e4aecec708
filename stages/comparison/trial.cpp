#include "stages/comparison/trial.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <numeric>
#include <stdexcept>

#include <tbb/parallel_for.h>

#include "stages/comparison/round.hpp"
#include "stages/comparison/samples.hpp"

namespace ipet::comparison {

using attack::Rows;
using traffic::Nanoseconds;

namespace {

constexpr double validation_share = 0.15;

/// Rows of an hour, of short lines of an eighth, share a part, or neighbours would be trained on.
bool for_validation(const Rows& rows, std::size_t i, const std::vector<Take>& takes, traffic::StreamKey key) {
  const attack::Watch& watch = takes[rows.line[i]].line->watch;
  const Nanoseconds piece =
      std::clamp<Nanoseconds>((watch.end - watch.begin) / 8, traffic::second, 3600 * traffic::second);
  traffic::Random random(key.with(takes[rows.line[i]].line->device)
                             .with(static_cast<std::uint64_t>(watch.begin))
                             .with(static_cast<std::uint64_t>((rows.start[i] - watch.begin_of_day) / piece)));
  return random.uniform() < validation_share;
}

struct Parts {
  std::vector<std::size_t> training, validation;
};

/// Divides the given rows; every class that has any is trained on.
Parts divide(const Rows& rows, const std::vector<std::size_t>& positions, const std::vector<Take>& takes,
             traffic::StreamKey key, std::size_t classes) {
  std::vector<bool> validates(positions.size()), trained_on(classes);
  for (std::size_t n = 0; n < positions.size(); ++n) {
    validates[n] = for_validation(rows, positions[n], takes, key);
    if (!validates[n]) trained_on[rows.label[positions[n]]] = true;
  }
  Parts parts;
  for (std::size_t n = 0; n < positions.size(); ++n)
    (validates[n] && trained_on[rows.label[positions[n]]] ? parts.validation : parts.training)
        .push_back(positions[n]);
  return parts;
}

double seconds_of(const WatchedLine& line) {
  return static_cast<double>(line.watch.end - line.watch.begin) / static_cast<double>(traffic::second);
}

std::uint64_t sent(const std::vector<defence::MixSummary>& lines) {
  std::uint64_t packets = 0;
  for (const defence::MixSummary& line : lines) packets += line.sent[0].packets + line.sent[1].packets;
  return packets;
}

}  // namespace

Trial::Trial(const ComparisonInputs& inputs, const ComparisonOptions& options, const Lines& lines,
             const defence::Resources& resources, fingerprint::Observer& observer)
    : inputs_(inputs),
      options_(options),
      lines_(lines),
      resources_(resources),
      observer_(observer),
      held_out_(lines.classes.size()),
      clean_(options.seeds),
      tally_(lines.classes.size() + (wants("T5") ? 1 : 0), options.seeds,
             lines.split == "day" ? "days" : "captures"),
      recorder_(options.predictions) {
  for (const auto& attacker : inputs.attackers) {
    const auto same = [&](const attack::View* view) { return view->name() == attacker->view().name(); };
    const auto found = std::ranges::find_if(views_, same);
    view_of_.push_back(static_cast<std::size_t>(found - views_.begin()));
    if (found == views_.end()) views_.push_back(&attacker->view());
  }
  for (std::size_t c = 2; c < held_out_.size() && options.held_out.empty(); c += 3) held_out_[c] = true;
  for (const std::string& device : options.held_out) {
    const auto at = std::ranges::find(lines.classes, device);
    if (at == lines.classes.end())
      throw std::invalid_argument("held_out: there is no device '" + device + "' with packets");
    held_out_[static_cast<std::size_t>(at - lines.classes.begin())] = true;
  }
  if (wants("T5") && std::ranges::find(held_out_, true) == held_out_.end())
    notes_.push_back("T5: of fewer than three devices none is held out, so none is unknown");
}

Trial::~Trial() = default;

bool Trial::wants(const std::string& level) const {
  return std::ranges::find(options_.levels, level) != options_.levels.end();
}

std::vector<Take> Trial::takes(const Round& round, Role role, std::uint32_t repeats) const {
  std::vector<Take> result;
  const char* part = role == Role::test ? "test" : "training";
  const auto key = traffic::StreamKey(round.seed).with(part);
  for (std::uint32_t repeat = 0; repeat < repeats; ++repeat)
    for (const std::size_t i : lines_.with(role)) {
      result.push_back({&round.lines[i], static_cast<std::uint32_t>(result.size()), key.with(repeat).word()});
      if (options_.split_seed)
        result.back().rows_seed = traffic::StreamKey(*options_.split_seed).with(part).with(repeat).word();
    }
  return result;
}

std::uint64_t Trial::seed_of(std::uint32_t seed) const {
  return traffic::StreamKey(options_.seed).with("seed").with(seed).word();
}

traffic::StreamKey Trial::draws_of(std::uint32_t seed) const {
  return options_.split_seed ? traffic::StreamKey(*options_.split_seed).with("attackers")
                             : traffic::StreamKey(options_.seed).with("attackers").with(seed);
}

/// Where even one take of the training lines would be too many packets, their first hours have to do, of the
/// test lines as well. Measured at a few places of the test lines.
double Trial::watched_share(const Round& round) const {
  constexpr int places = 4;
  std::vector<WatchedLine> probes;
  double watched = 0, wanted = 0;
  for (const std::size_t i : lines_.with(Role::test))
    for (int place = 0; place < places; ++place) {
      const WatchedLine& line = round.lines[i];
      const Nanoseconds length = line.watch.end - line.watch.begin;
      const Nanoseconds probe = std::min<Nanoseconds>(150 * traffic::second, length / places);
      probes.push_back(part_of(line, length / places * place, std::max<Nanoseconds>(probe, 1)));
      watched += seconds_of(probes.back());
    }
  for (const std::size_t i : lines_.with(Role::training)) wanted += seconds_of(round.lines[i]);
  std::vector<Take> takes;
  // How much of the test lines is watched is a choice of rows as well.
  for (const WatchedLine& line : probes)
    takes.push_back(
        {&line, static_cast<std::uint32_t>(takes.size()), options_.split_seed.value_or(round.seed)});
  const double rate =
      static_cast<double>(sent(observe(takes, {}, round.observation, observer_).summaries)) / watched;
  return std::min(1.0, static_cast<double>(options_.most_packets) / std::max(1.0, rate * wanted));
}

void Trial::choose_repeats(const Round& round, Effort& effort, std::uint64_t packets) {
  // Takes of the same rows teach nothing.
  if (!is_random(round.variant)) return;
  const auto copies = [&](std::uint32_t wanted, std::uint64_t most) {
    return packets == 0 ? wanted
                        : static_cast<std::uint32_t>(std::clamp<std::uint64_t>(most / packets, 1, wanted));
  };
  effort.repeats = copies(options_.repeats, options_.most_packets);
  if (effort.repeats < options_.repeats)
    note(round, std::to_string(effort.repeats) + " of " + std::to_string(options_.repeats) +
                    " copies of the training lines, which are " + std::to_string(packets) + " packets each");
  if (inputs_.filters.empty()) return;
  const std::uint64_t most = options_.most_filtered_packets;
  if (packets <= most)
    effort.filtered = copies(std::min(effort.repeats, options_.filter_repeats), most);
  else if (wants("T3") || wants("T4"))
    note(round,
         "no packet filters, since a copy of the training lines has " + std::to_string(packets) + " packets");
}

void Trial::note(const Round& round, const std::string& what) {
  if (round.seed_number == 0) notes_.push_back(name_of(round) + ": " + what);
}

std::vector<Lens> Trial::training_lenses(std::uint32_t repeats) const {
  std::vector<std::size_t> per_class(lines_.classes.size());
  for (const std::size_t i : lines_.with(Role::training)) ++per_class[lines_.lines[i].label];
  std::size_t fewest = lines_.lines.size();
  for (const std::size_t count : per_class)
    if (count > 0) fewest = std::min(fewest, count);
  std::vector<Lens> lenses;
  for (const attack::View* view : views_) lenses.push_back({view, 0});
  for (std::size_t v = 0; v < views_.size(); ++v) {
    bool all = false;
    std::size_t most = 0;
    for (std::size_t a = 0; a < view_of_.size(); ++a) {
      if (view_of_[a] != v) continue;
      all = all || inputs_.attackers[a]->most_rows() == 0;
      most = std::max(most, inputs_.attackers[a]->most_rows());
    }
    // Some of them are for validation.
    const std::size_t of_all = most * options_.repeats * 3 / 2, takes = fewest * repeats;
    if (!all) lenses[v].most_rows = (of_all + takes - 1) / takes;
  }
  return lenses;
}

std::vector<Lens> Trial::test_lenses() const {
  std::vector<Lens> lenses;
  for (const attack::View* view : views_) lenses.push_back({view, options_.most_test_rows});
  return lenses;
}

Trial::Classifiers Trial::train(const Round& round, const std::vector<Rows>& rows, std::uint32_t repeats,
                                std::uint32_t worth, const std::vector<bool>& left_out) {
  Classifiers classifiers(inputs_.attackers.size());
  const auto key = traffic::StreamKey(options_.seed).with("attackers").with(round.seed_number);
  const auto draws = draws_of(round.seed_number);
  const std::size_t lines = lines_.with(Role::training).size();  // of one repeat
  tbb::parallel_for(std::size_t{0}, classifiers.size(), [&](std::size_t a) {
    observer_.check();
    const Rows& all = rows[view_of_[a]];
    std::vector<std::size_t> seen;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all.line[i] < repeats * lines && !left_out[all.label[i]]) seen.push_back(i);
    if (seen.empty()) return;
    Parts parts = divide(all, seen, round.training, draws, left_out.size());
    const std::size_t most = inputs_.attackers[a]->most_rows() * worth;
    Rows training =
        pick(all, at_most_per_class(all, std::move(parts.training), most, draws.with("training")));
    Rows validation =
        pick(all, at_most_per_class(all, std::move(parts.validation), most, draws.with("validation")));
    if (round.variant.permute_labels) {
      permute_labels(training, key.with("permuted").with(a));
      permute_labels(validation, key.with("permuted validation").with(a));
    }
    classifiers[a] = inputs_.attackers[a]->train(training, validation, lines_.classes.size(),
                                                 key.with(a).word(), observer_);
  });
  for (std::size_t a = 0; a < classifiers.size(); ++a)
    if (classifiers[a] == nullptr)
      note(round, "'" + inputs_.attackers[a]->title() + "' sees nothing to learn from");
  return classifiers;
}

std::string Trial::name_of(const Round& round) {
  return "defence " + round.variant.defence_name + ", " + round.variant.variant;
}

bool Trial::is_random(const Variant& variant) {
  return variant.defence != nullptr && !variant.remove_dummies && variant.intensity > 0;
}

/// Once for all variants: shares differ, but not that it is so.
void Trial::note_samples(const Round& round, const Observation& training, const Observation& test) {
  const auto once = [&](const std::string& what) {
    const auto about = [&](const std::string& note) { return note.ends_with(what); };
    if (std::ranges::none_of(notes_, about)) note(round, what);
  };
  for (std::size_t v = 0; v < views_.size() && wants("T4"); ++v)
    if (test.thinned[v])
      once("votes know at most " + std::to_string(options_.most_test_rows) + " rows of each line, " +
           views_[v]->name() + ", drawn at random");
  for (std::size_t i = 0; i < training.excerpts.size(); ++i) {
    const defence::MixSummary& line = training.summaries[i];
    if (line.sent[0].packets + line.sent[1].packets > options_.excerpt_packets)
      once("filters learn from about " + std::to_string(options_.excerpt_packets) +
           " packets of each line that has more");
  }
}

const Trial::Classifiers& Trial::trained_on_clean(std::uint32_t seed) {
  if (!clean_[seed].empty()) return clean_[seed];
  const Variant none{"none", "own", 1, nullptr};
  Round round{none, seed, seed_of(seed), lines_.lines, {}, {}, {}};
  round.training = takes(round, Role::training, 1);
  const Observation clean = observe(round.training, training_lenses(1), round.observation, observer_);
  clean_[seed] = train(round, clean.rows, 1, options_.repeats, std::vector<bool>(lines_.classes.size()));
  return clean_[seed];
}

/// Whoever watches a home saw it before the defence was ready, too.
void Trial::add_warm_up(const Round& round, std::vector<attack::Excerpt>& excerpts) const {
  if (round.observation.excerpt_packets == 0) return;
  ObservationOptions options = round.observation;
  options.excerpt_takes = lines_.lines.size();
  Observation seen = observe(takes(round, Role::warm_up, 1), {}, options, observer_);
  for (attack::Excerpt& excerpt : seen.excerpts) {
    excerpt.line += static_cast<std::uint32_t>(round.training.size());
    excerpts.push_back(std::move(excerpt));
  }
}

void Trial::filtered(const Round& round, const NamedFilter& named,
                     const std::vector<attack::Excerpt>& excerpts, const Effort& effort,
                     const Classifiers& unfiltered, const Observation& seen) {
  const auto key = traffic::StreamKey(options_.seed).with("filter").with(named.name).with(round.seed_number);
  const auto filter = named.filter->train(excerpts, key.word(), observer_);
  if (filter->keeps_all())
    return test(round, unfiltered, seen.rows, "T3", " behind " + named.name + ", which keeps all");
  ObservationOptions options = round.observation;
  options.filter = filter.get();
  options.excerpt_packets = 0;
  const std::span some(round.training.data(), lines_.with(Role::training).size() * effort.filtered);
  const Observation training = observe(some, training_lenses(effort.filtered), options, observer_);
  const Observation test = observe(round.test, test_lenses(), options, observer_);
  const std::vector<bool> nobody(lines_.classes.size());
  this->test(round, train(round, training.rows, effort.filtered, options_.repeats, nobody), test.rows, "T3",
             " behind " + named.name);
}

/// Named are the known devices and "other": what no known device explains with more than the probability that
/// nine in ten known rows reach.
void Trial::open_world(const Round& round, const std::vector<Rows>& training, const std::vector<Rows>& test) {
  const std::size_t classes = lines_.classes.size();
  const auto other = static_cast<std::uint16_t>(classes);
  const Classifiers classifiers = train(round, training, options_.repeats, options_.repeats, held_out_);
  for (std::size_t a = 0; a < classifiers.size(); ++a) {
    if (classifiers[a] == nullptr) continue;
    const attack::Attacker& attacker = *inputs_.attackers[a];
    const auto highest = [&](const std::vector<float>& answers) {
      std::vector<std::pair<float, std::uint16_t>> best;
      for (std::size_t i = 0; i * classes < answers.size(); ++i) {
        const std::uint16_t named = most_probable(answers.data() + i * classes, classes);
        best.emplace_back(answers[i * classes + named], named);
      }
      return best;
    };
    const Rows& learned = training[view_of_[a]];
    const auto draws = draws_of(round.seed_number);
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < learned.size(); ++i)
      if (!held_out_[learned.label[i]] && for_validation(learned, i, round.training, draws))
        known.push_back(i);
    auto sure = highest(classifiers[a]->probabilities(pick(learned, known)));
    std::ranges::sort(sure);
    const float threshold = sure.empty() ? 0 : sure[sure.size() / 10].first;
    const Rows& rows = test[view_of_[a]];
    if (rows.size() == 0) continue;
    std::vector<float> answers = classifiers[a]->probabilities(rows);
    const auto best = highest(answers);
    const Attack attack{round.variant.defence_name, round.variant.variant,  "T5",
                        attacker.title(),           attacker.view().name(), 0};
    evaluation::Answers given;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Tally::Answer one = answer(round, rows, i, best[i].first < threshold ? other : best[i].second);
      if (held_out_[one.device]) one.truth = other;
      given.named.push_back(one.named);
      given.truth.push_back(one.truth);
      tally_.add(attack, one);
    }
    keep(round, attack, test_rows(round, rows, attacker.view()), std::move(given), std::move(answers));
  }
}

void Trial::run(const Variant& variant, std::uint32_t seed, CostSum& cost) {
  Round round{variant, seed, seed_of(seed), lines_.lines, {}, {}, {}};
  round.observation.defence = variant.defence.get();
  round.observation.resources = resources_;
  round.observation.remove_dummies = variant.remove_dummies;
  const auto [at, first] = efforts_.try_emplace(name_of(round));
  Effort& effort = at->second;
  if (first && variant.defence != nullptr) effort.share = watched_share(round);
  watch_begins(round, effort.share);
  round.test = takes(round, Role::test, 1);
  const Observation test = observe(round.test, test_lenses(), round.observation, observer_);
  cost.add(test.summaries);
  if (first) choose_repeats(round, effort, packets_of_a_copy(round, test));
  try_levels(round, effort, test);
}

void Trial::watch_begins(Round& round, double share) {
  if (share >= 1) return;
  for (WatchedLine& line : round.lines)
    line = first_part(line, static_cast<Nanoseconds>(share * seconds_of(line) * 1e9));
  char text[80];
  std::snprintf(text, sizeof text, "only the first %.1f %% of each line are watched, for it sends so much",
                100 * share);
  note(round, text);
}

std::uint64_t Trial::packets_of_a_copy(const Round& round, const Observation& test) const {
  double tested = 0, trained = 0;
  for (const Take& take : round.test) tested += seconds_of(*take.line);
  for (const std::size_t i : lines_.with(Role::training)) trained += seconds_of(round.lines[i]);
  return static_cast<std::uint64_t>(static_cast<double>(sent(test.summaries)) * trained / tested);
}

void Trial::try_levels(Round& round, const Effort& effort, const Observation& test) {
  const std::uint32_t all = options_.repeats;
  const bool permuted = round.variant.permute_labels;
  round.training = takes(round, Role::training, effort.repeats);
  if (wants("T0") && !permuted) this->test(round, trained_on_clean(round.seed_number), test.rows, "T0", "");
  round.observation.excerpt_packets = effort.filtered > 0 ? options_.excerpt_packets : 0;
  round.observation.excerpt_takes = lines_.with(Role::training).size();
  Observation training =
      observe(round.training, training_lenses(effort.repeats), round.observation, observer_);
  note_samples(round, training, test);
  const std::vector<bool> nobody(lines_.classes.size());
  if (wants("T1") && is_random(round.variant))
    this->test(round, train(round, training.rows, 1, 1, nobody), test.rows, "T1", "");
  if (wants("T2") || wants("T3") || wants("T4")) {
    const Classifiers retrained = train(round, training.rows, effort.repeats, all, nobody);
    this->test(round, retrained, test.rows, "T2", "");
    if (effort.filtered > 0 && (wants("T3") || wants("T4"))) {
      add_warm_up(round, training.excerpts);
      for (const NamedFilter& filter : inputs_.filters)
        filtered(round, filter, training.excerpts, effort, retrained, test);
    }
  }
  if (wants("T5") && !permuted) open_world(round, training.rows, test.rows);
}

evaluation::EvaluationReport Trial::report() {
  evaluation::EvaluationReport report;
  report.rows = "rows";
  report.devices = lines_.classes;
  if (wants("T5")) report.devices.push_back("other");
  report.scores = tally_.scores(report.devices, options_.seed);
  if (recorder_.dropped()) notes_.push_back(evaluation::dropped_text());
  report.predictions = recorder_.take();
  return report;
}

}  // namespace ipet::comparison
