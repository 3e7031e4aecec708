#include "stages/comparison/trial.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>
#include <stdexcept>

#include <tbb/parallel_for.h>

#include "stages/comparison/samples.hpp"

namespace ipet::comparison {

using attack::Rows;
using traffic::Nanoseconds;

namespace {

constexpr double validation_share = 0.15;

std::uint16_t most_probable(const float* probabilities, std::size_t classes) {
  return static_cast<std::uint16_t>(std::max_element(probabilities, probabilities + classes) - probabilities);
}

/// Rows of one hour of a line share a part, or neighbours would be trained on.
bool for_validation(const Rows& rows, std::size_t i, const std::vector<Take>& takes, traffic::StreamKey key) {
  const Take& take = takes[rows.line[i]];
  const auto hour =
      static_cast<std::uint64_t>((rows.start[i] - take.line->watch.begin_of_day) / (3600 * traffic::second));
  traffic::Random random(
      key.with(take.line->device).with(static_cast<std::uint64_t>(take.line->watch.begin)).with(hour));
  return random.uniform() < validation_share;
}

double seconds_of(const WatchedLine& line) {
  return static_cast<double>(line.watch.end - line.watch.begin) / static_cast<double>(traffic::second);
}

std::uint64_t sent(const std::vector<defence::MixSummary>& lines) {
  std::uint64_t packets = 0;
  for (const defence::MixSummary& line : lines) packets += line.sent[0].packets + line.sent[1].packets;
  return packets;
}

std::string minutes_text(double minutes) {
  char text[32];
  std::snprintf(text, sizeof text, "%g min", minutes);
  return text;
}

}  // namespace

/// A variant under one seed.
struct Trial::Round {
  const Variant& variant;
  std::uint32_t seed_number;
  std::uint64_t seed;
  std::vector<WatchedLine> lines;  ///< perhaps shorter than they were
  std::vector<Take> training, test;
  ObservationOptions observation;
};

Trial::Trial(const ComparisonInputs& inputs, const ComparisonOptions& options, const Lines& lines,
             const defence::Resources& resources, fingerprint::Observer& observer)
    : inputs_(inputs),
      options_(options),
      lines_(lines),
      resources_(resources),
      observer_(observer),
      held_out_(lines.classes.size()),
      clean_(options.seeds),
      tally_(lines.classes.size() + (wants("T5") ? 1 : 0), options.seeds) {
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
}

Trial::~Trial() = default;

bool Trial::wants(const std::string& level) const {
  return std::ranges::find(options_.levels, level) != options_.levels.end();
}

std::vector<Take> Trial::takes(const Round& round, Role role, std::uint32_t repeats) const {
  std::vector<Take> result;
  const auto key = traffic::StreamKey(round.seed).with(role == Role::test ? "test" : "training");
  for (std::uint32_t repeat = 0; repeat < repeats; ++repeat)
    for (const std::size_t i : lines_.with(role))
      result.push_back({&round.lines[i], static_cast<std::uint32_t>(result.size()), key.with(repeat).word()});
  return result;
}

std::uint64_t Trial::seed_of(std::uint32_t seed) const {
  return traffic::StreamKey(options_.seed).with("seed").with(seed).word();
}

/// Where even one copy of the training lines would be too many packets, their first hours have to do, of the
/// test lines as well. Measured on the first minutes of the test lines.
void Trial::shorten(Round& round) {
  constexpr traffic::Nanoseconds probe = 600 * traffic::second;
  std::vector<WatchedLine> begins;
  double watched = 0, wanted = 0;
  for (const std::size_t i : lines_.with(Role::test)) {
    begins.push_back(first_part(round.lines[i], probe));
    watched += seconds_of(begins.back());
  }
  for (const std::size_t i : lines_.with(Role::training)) wanted += seconds_of(round.lines[i]);
  std::vector<Take> takes;
  for (const WatchedLine& line : begins)
    takes.push_back({&line, static_cast<std::uint32_t>(takes.size()), round.seed});
  const double rate =
      static_cast<double>(sent(observe(takes, {}, round.observation, observer_).summaries)) / watched;
  const double share = static_cast<double>(options_.most_packets) / std::max(1.0, rate * wanted);
  if (share >= 1) return;
  for (WatchedLine& line : round.lines)
    line = first_part(line, static_cast<traffic::Nanoseconds>(share * seconds_of(line) * 1e9));
  char text[96];
  std::snprintf(text, sizeof text,
                "only the first %.0f %% of each line are watched, for it sends %.0f packets/s", 100 * share,
                rate);
  note(round, text);
}

std::uint32_t Trial::copies(std::uint32_t wanted, std::uint64_t most, std::uint64_t packets) const {
  if (packets == 0) return wanted;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(most / packets, 1, wanted));
}

void Trial::note(const Round& round, const std::string& what) {
  if (round.seed_number == 0) notes_.push_back(name_of(round) + ": " + what);
}

/// So many rows of a take that one copy of the lines holds what the greediest attacker takes at T1.
std::vector<Lens> Trial::training_lenses() const {
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
    if (!all) lenses[v].most_rows = (most + fewest - 1) / fewest;
  }
  return lenses;
}

std::vector<Lens> Trial::test_lenses() const {
  std::vector<Lens> lenses;
  for (const attack::View* view : views_) lenses.push_back({view, options_.most_test_rows});
  return lenses;
}

Trial::Classifiers Trial::train(const Round& round, const std::vector<Rows>& rows, std::uint32_t repeats,
                                const std::vector<bool>& left_out) const {
  Classifiers classifiers(inputs_.attackers.size());
  const auto key = traffic::StreamKey(options_.seed).with("attackers").with(round.seed_number);
  const std::size_t lines = lines_.with(Role::training).size();  // of one repeat
  tbb::parallel_for(std::size_t{0}, classifiers.size(), [&](std::size_t a) {
    observer_.check();
    const Rows& all = rows[view_of_[a]];
    std::vector<std::size_t> parts[2];
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all.line[i] < repeats * lines && !left_out[all.label[i]])
        parts[for_validation(all, i, round.training, key) ? 1 : 0].push_back(i);
    const std::size_t most = inputs_.attackers[a]->most_rows() * repeats;
    Rows training = pick(all, at_most_per_class(all, std::move(parts[0]), most, key.with("training")));
    Rows validation = pick(all, at_most_per_class(all, std::move(parts[1]), most, key.with("validation")));
    if (round.variant.permute_labels) {
      permute_labels(training, key.with("permuted").with(a));
      permute_labels(validation, key.with("permuted validation").with(a));
    }
    if (training.size() == 0)
      throw std::runtime_error("attacker '" + inputs_.attackers[a]->title() + "' sees nothing to train on (" +
                               name_of(round) + ")");
    classifiers[a] = inputs_.attackers[a]->train(training, validation, lines_.classes.size(),
                                                 key.with(a).word(), observer_);
  });
  return classifiers;
}

std::string Trial::name_of(const Round& round) {
  return "defence " + round.variant.defence_name + ", " + round.variant.variant;
}

const Trial::Classifiers& Trial::trained_on_clean(std::uint32_t seed) {
  if (!clean_[seed].empty()) return clean_[seed];
  const Variant none{"none", "own", 1, nullptr};
  Round round{none, seed, seed_of(seed), lines_.lines, {}, {}, {}};
  round.training = takes(round, Role::training, 1);
  const Observation clean = observe(round.training, training_lenses(), round.observation, observer_);
  clean_[seed] = train(round, clean.rows, 1, std::vector<bool>(lines_.classes.size()));
  return clean_[seed];
}

void Trial::test(const Round& round, const Classifiers& classifiers, const std::vector<Rows>& rows,
                 const std::string& level, const std::string& suffix) {
  const std::size_t classes = lines_.classes.size();
  std::vector<std::vector<float>> answers(classifiers.size());
  tbb::parallel_for(std::size_t{0}, classifiers.size(), [&](std::size_t a) {
    observer_.check();
    answers[a] = classifiers[a]->probabilities(rows[view_of_[a]]);
  });
  for (std::size_t a = 0; a < classifiers.size(); ++a) {
    const attack::Attacker& attacker = *inputs_.attackers[a];
    const Rows& of = rows[view_of_[a]];
    const std::string title = attacker.title() + suffix;
    const Attack attack{
        round.variant.defence_name, round.variant.variant, level, title, attacker.view().name(), 0};
    for (std::size_t i = 0; i < of.size() && wants(level); ++i)
      tally_.add(attack, answer(round, of, i, most_probable(answers[a].data() + i * classes, classes)));
    if (wants("T4") && (level == "T2" || level == "T3")) vote(round, attacker, of, answers[a], title);
  }
}

Tally::Answer Trial::answer(const Round& round, const Rows& rows, std::size_t row, std::uint16_t named) {
  const WatchedLine& line = *round.test[rows.line[row]].line;
  return {line.label, line.watch.begin, line.label, named, round.seed_number};
}

void Trial::vote(const Round& round, const attack::Attacker& attacker, const Rows& rows,
                 const std::vector<float>& probabilities, const std::string& title) {
  const std::size_t classes = lines_.classes.size();
  for (const double minutes : options_.vote_minutes) {
    const auto length = static_cast<Nanoseconds>(minutes * 60e9);
    const auto stretch = [&](std::size_t i) {
      return (rows.start[i] - round.test[rows.line[i]].line->watch.begin_of_day) / length;
    };
    const Attack attack{
        round.variant.defence_name, round.variant.variant, "T4", title + ", vote " + minutes_text(minutes),
        attacker.view().name(),     minutes * 60};
    std::size_t most = 0;  // rows in one vote
    for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
      while (end < rows.size() && rows.line[end] == rows.line[begin] && stretch(end) == stretch(begin)) ++end;
      most = std::max(most, end - begin);
      const std::span part(probabilities.data() + begin * classes, (end - begin) * classes);
      const std::vector<double> votes = inputs_.ballot->count(part, classes);
      const auto named = static_cast<std::uint16_t>(std::ranges::max_element(votes) - votes.begin());
      tally_.add(attack, answer(round, rows, begin, named));
    }
    if (most <= 1) tally_.forget(attack);  // rows are as long as that themselves
  }
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
                     const std::vector<attack::Excerpt>& excerpts, std::uint32_t repeats) {
  const auto key = traffic::StreamKey(options_.seed).with("filter").with(named.name).with(round.seed_number);
  const auto filter = named.filter->train(excerpts, key.word(), observer_);
  ObservationOptions options = round.observation;
  options.filter = filter.get();
  options.excerpt_packets = 0;
  const std::span some(round.training.data(), lines_.with(Role::training).size() * repeats);
  const Observation training = observe(some, training_lenses(), options, observer_);
  const Observation test = observe(round.test, test_lenses(), options, observer_);
  this->test(round, train(round, training.rows, repeats, std::vector<bool>(lines_.classes.size())), test.rows,
             "T3", " behind " + named.name);
}

/// Named are the known devices and "other": what no known device explains with more than the probability that
/// nine in ten known rows reach.
void Trial::open_world(const Round& round, const std::vector<Rows>& training, const std::vector<Rows>& test) {
  const std::size_t classes = lines_.classes.size();
  const auto other = static_cast<std::uint16_t>(classes);
  const Classifiers classifiers = train(round, training, options_.repeats, held_out_);
  for (std::size_t a = 0; a < classifiers.size(); ++a) {
    const attack::Attacker& attacker = *inputs_.attackers[a];
    const auto highest = [&](const Rows& rows) {
      const std::vector<float> answers = classifiers[a]->probabilities(rows);
      std::vector<std::pair<float, std::uint16_t>> best;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::uint16_t named = most_probable(answers.data() + i * classes, classes);
        best.emplace_back(answers[i * classes + named], named);
      }
      return best;
    };
    const Rows& learned = training[view_of_[a]];
    const auto key = traffic::StreamKey(options_.seed).with("attackers").with(round.seed_number);
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < learned.size(); ++i)
      if (!held_out_[learned.label[i]] && for_validation(learned, i, round.training, key)) known.push_back(i);
    auto sure = highest(pick(learned, known));
    std::ranges::sort(sure);
    const float threshold = sure.empty() ? 0 : sure[sure.size() / 10].first;
    const Rows& rows = test[view_of_[a]];
    const auto best = highest(rows);
    const Attack attack{round.variant.defence_name, round.variant.variant,  "T5",
                        attacker.title(),           attacker.view().name(), 0};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Tally::Answer given = answer(round, rows, i, best[i].first < threshold ? other : best[i].second);
      if (held_out_[given.device]) given.truth = other;
      tally_.add(attack, given);
    }
  }
}

void Trial::run(const Variant& variant, std::uint32_t seed, CostSum& cost) {
  Round round{variant, seed, seed_of(seed), lines_.lines, {}, {}, {}};
  round.observation.defence = variant.defence.get();
  round.observation.resources = resources_;
  round.observation.remove_dummies = variant.remove_dummies;
  if (variant.defence != nullptr) shorten(round);
  round.test = takes(round, Role::test, 1);
  const Observation test = observe(round.test, test_lenses(), round.observation, observer_);
  cost.add(test.summaries);
  const bool random = variant.defence != nullptr && !variant.remove_dummies && variant.intensity > 0;
  const std::uint64_t packets = sent(test.summaries) * lines_.with(Role::training).size() / round.test.size();
  // Copies of the same rows teach nothing.
  const std::uint32_t repeats = random ? copies(options_.repeats, options_.most_packets, packets) : 1;
  if (random && repeats < options_.repeats)
    note(round, std::to_string(repeats) + " copies of the training lines instead of " +
                    std::to_string(options_.repeats) + ", which are " + std::to_string(packets) +
                    " packets each");
  round.training = takes(round, Role::training, repeats);
  if (wants("T0") && !variant.permute_labels) this->test(round, trained_on_clean(seed), test.rows, "T0", "");
  round.observation.excerpt_packets = random && !inputs_.filters.empty() ? options_.excerpt_packets : 0;
  round.observation.excerpt_takes = lines_.with(Role::training).size();
  Observation training = observe(round.training, training_lenses(), round.observation, observer_);
  const std::vector<bool> nobody(lines_.classes.size());
  if (wants("T1") && random) this->test(round, train(round, training.rows, 1, nobody), test.rows, "T1", "");
  if (wants("T2") || wants("T4"))
    this->test(round, train(round, training.rows, repeats, nobody), test.rows, "T2", "");
  if (wants("T3") || wants("T4")) {
    const std::uint64_t most = options_.most_filtered_packets;
    add_warm_up(round, training.excerpts);
    if (random && !inputs_.filters.empty() && packets > most)
      note(round, "no packet filters, since a copy of the training lines has " + std::to_string(packets) +
                      " packets");
    for (const NamedFilter& filter : inputs_.filters)
      if (random && packets <= most)
        filtered(round, filter, training.excerpts,
                 copies(std::min(repeats, options_.filter_repeats), most, packets));
  }
  if (wants("T5") && !variant.permute_labels) open_world(round, training.rows, test.rows);
}

evaluation::EvaluationReport Trial::report() const {
  evaluation::EvaluationReport report;
  report.rows = "rows";
  report.devices = lines_.classes;
  if (wants("T5")) report.devices.push_back("other");
  report.scores = tally_.scores(report.devices, options_.seed);
  return report;
}

}  // namespace ipet::comparison
