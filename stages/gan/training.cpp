#include "stages/gan/training.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include "stages/gan/discriminator.hpp"

namespace ipet::gan {

namespace {

using traffic::DevicePacket;
using traffic::Nanoseconds;
using traffic::Random;
using Line = std::vector<Symbol>;

/// A recorded packet and what was before it; or the end of a recording, of which only is known that no packet
/// came for as long as symbol.gap.
struct Sample {
  View view;
  Symbol symbol;
  bool end = false;
};

/// Takes a random part of many samples, each as likely, and all of a few (Knuth's algorithm S).
class Sieve {
 public:
  Sieve(std::size_t all, std::size_t most, Random random) : left_(all), wanted_(most), random_(random) {}
  bool take() {
    if (wanted_ == 0 || random_.below(left_--) >= wanted_) return false;
    --wanted_;
    return true;
  }

 private:
  std::size_t left_, wanted_;
  Random random_;
};

/// Packets before `first` and from it on.
struct Split {
  std::vector<Recording> held_out, training;
};
Split split_at(std::span<const Recording> recordings, std::size_t first) {
  Split split;
  for (const Recording& recording : recordings) {
    const std::size_t before = std::min(first, recording.packets.size());
    first -= before;
    const auto [old, rest] = std::pair(recording.packets.first(before), recording.packets.subspan(before));
    const Nanoseconds border = old.empty() ? recording.begin : old.back().time;
    if (!old.empty()) split.held_out.push_back({recording.begin, border, old});
    if (!rest.empty() || old.empty()) split.training.push_back({border, recording.end, rest});
  }
  return split;
}

std::size_t count(std::span<const Recording> recordings) {
  std::size_t packets = 0;
  for (const Recording& recording : recordings) packets += recording.packets.size();
  return packets;
}

/// In hours that follow one another from the first packet on.
double most_in_an_hour(std::span<const DevicePacket> packets) {
  std::size_t most = 0;
  for (auto begin = packets.begin(); begin != packets.end();) {
    const auto end = std::ranges::lower_bound(begin, packets.end(), begin->time + 3'600 * traffic::second, {},
                                              &DevicePacket::time);
    most = std::max(most, static_cast<std::size_t>(end - begin));
    begin = end;
  }
  return static_cast<double>(most);
}

class Training {
 public:
  Training(std::span<const Recording> recordings, const Options& options, traffic::StreamKey key,
           const std::function<void()>& check)
      : options_(options),
        check_(check),
        random_(key),
        rate_walks_(key.with("rate").word()),
        split_(split_at(recordings, count(recordings) / 5)),
        model_{Alphabet(recordings, options.kinds, options.event_gap), make(recordings), options} {
    lines_ = read(split_.training, options.most_samples, Random(key.with("samples")), &samples_);
    held_out_ = read(split_.held_out, most_judged, Random(key.with("held out")), &held_samples_);
    measure_rates(recordings);
  }

  Model run() {
    learn_likely();
    end_generation();
    if (samples_.size() >= 2 * options_.stretch) {
      for (std::size_t stage = 0; stage < options_.stages; ++stage) {
        train_discriminator();
        train_generator();
        end_generation();
      }
      train_discriminator();
    }
    choose();
    set_rate();
    return std::move(model_);
  }

 private:
  static constexpr std::size_t most_judged = 10'000;   ///< packets held out that a likelihood is of
  static constexpr std::size_t most_walked = 200'000;  ///< packets of a walk
  static constexpr double most_times = 4;              ///< the recorded rate, of what is sent

  /// Before the alphabet is in its place, so from one of its own.
  Generator make(std::span<const Recording> recordings) {
    return {Alphabet(recordings, options_.kinds, options_.event_gap), random_};
  }
  Past past(Nanoseconds begin) const {
    return {model_.alphabet, options_.event_gap, options_.day_offset_hours, begin};
  }
  std::vector<Line> read(std::span<const Recording> recordings, std::size_t most, Random random,
                         std::vector<Sample>* samples) const {
    Sieve sieve(count(recordings) + recordings.size(), most, random);
    std::vector<Line> lines;
    for (const Recording& recording : recordings) {
      Line& line = lines.emplace_back();
      Past before = past(recording.begin);
      for (const DevicePacket& packet : recording.packets) {
        const Symbol symbol{model_.alphabet.kind_of(packet),
                            model_.alphabet.gap_of(packet.time - before.last())};
        if (sieve.take()) samples->push_back({before.view(), symbol});
        before.add(symbol, packet.time);
        line.push_back(symbol);
      }
      const Nanoseconds silence = recording.silence();
      if (sieve.take() && silence >= options_.event_gap)
        samples->push_back({before.view(), {0, model_.alphabet.gap_of(silence)}, true});
    }
    return lines;
  }
  void measure_rates(std::span<const Recording> recordings) {
    double training_seconds = 0;
    for (const Recording& recording : split_.training)
      training_seconds += static_cast<double>(recording.end - recording.begin) / 1e9;
    rate_ = static_cast<double>(count(split_.training)) / std::max(1e-9, training_seconds);
    double seconds = 0, all = 0, most = 0;
    for (const Recording& recording : recordings) {
      seconds += static_cast<double>(recording.end - recording.begin) / 1e9;
      all += static_cast<double>(recording.packets.size());
      most = std::max(most, most_in_an_hour(recording.packets));
      Nanoseconds last = recording.begin;
      for (const DevicePacket& packet : recording.packets) {
        ++model_.packets;
        model_.bytes += packet.size;
        model_.events += packet.time - last >= options_.event_gap ? 1 : 0;
        last = packet.time;
      }
    }
    // Of less than an hour nobody knows a rate.
    model_.limit = {most, most_times * all / std::max(3'600.0, seconds)};
    model_.events /= std::max(1e-9, seconds);
    model_.packets /= std::max(1e-9, seconds);
    model_.bytes /= std::max(1e-9, seconds);
  }

  void learn_likely();
  void learn_sample(const Sample& sample, float weight);
  [[nodiscard]] double likelihood(const Generator& generator) const;
  std::vector<Line> walk_all(const Generator& generator, Generation* measured);
  void end_generation();
  void train_discriminator();
  void train_generator();
  /// As often as they were recorded.
  [[nodiscard]] float mean_pause(const std::vector<float>& of_pauses) const {
    double sum = 0, all = 0;
    for (std::size_t i = 0; i < of_pauses.size(); ++i) {
      const double times = model_.alphabet.gap_counts()[model_.alphabet.within() + i];
      sum += times * static_cast<double>(of_pauses[i]);
      all += times;
    }
    return all > 0 ? static_cast<float>(sum / all) : 0;
  }
  double fool(const Line& line, const std::vector<Generator::Step>& steps);
  double fool_once();
  void choose();
  Generation of_walks(const Generator& generator);
  [[nodiscard]] Generator tilted(double power) const;
  void set_rate();
  std::span<const Symbol> stretch_of(const std::vector<Line>& lines);
  [[nodiscard]] double probability(std::span<const Symbol> stretch) const {
    return Discriminator::probability(discriminator_->look(stretch));
  }

  void check() const {
    if (check_) check_();
  }

  Options options_;
  std::function<void()> check_;
  Random random_;
  std::uint64_t rate_walks_;
  double rate_ = 0;  ///< packets per second of what was not held out
  Split split_;
  Model model_;
  std::vector<Line> lines_, held_out_;
  std::vector<Sample> samples_, held_samples_;
  std::vector<Generator> generators_;
  std::vector<std::vector<Line>> walks_;  ///< of each generation
  std::optional<Discriminator> discriminator_;
  Generation next_;  ///< that is being trained
};

/// The gradient of -log p(symbol), or of the silence at an end: of one of the bins that are as long.
void Training::learn_sample(const Sample& sample, float weight) {
  Generator::Step step;
  step.view = sample.view;
  step.symbol = sample.symbol;
  Generator& generator = model_.generator;
  generator.judge(step);
  if (sample.end) {  // which packet would have come is not known
    step.symbol.kind = static_cast<std::uint16_t>(draw(step.kinds, random_));
    generator.judge(step);
  }
  const auto towards = [weight](std::vector<float>& p, std::size_t known) {
    p[known] -= 1;
    for (float& each : p) each *= weight;
  };
  const std::size_t within = model_.alphabet.within();
  towards(step.gaps, std::min<std::size_t>(within, sample.symbol.gap));
  if (sample.end) {
    std::ranges::fill(step.kinds, 0.0F);
    const auto first = step.pauses.begin() + (sample.symbol.gap - static_cast<std::ptrdiff_t>(within));
    const float longer = std::max(1e-6F, std::accumulate(first, step.pauses.end(), 0.0F));
    for (auto p = first; p != step.pauses.end(); ++p) *p -= *p / longer;
    for (float& each : step.pauses) each *= weight;
  } else {
    towards(step.kinds, sample.symbol.kind);
    if (generator.is_pause(sample.symbol)) towards(step.pauses, sample.symbol.gap - within);
  }
  generator.learn(step, step.kinds, step.gaps, step.pauses);
}

void Training::learn_likely() {
  constexpr std::size_t batch = 16;
  constexpr std::size_t fewest = 1'000;  // of a few packets, or even what follows what is not learned
  if (samples_.empty() || options_.epochs == 0) return;
  const std::size_t all =
      std::min(options_.most_samples, std::max(fewest, options_.epochs * samples_.size()));
  const std::size_t steps = (all + batch - 1) / batch;
  for (std::size_t step = 0; step < steps; ++step) {
    check();
    for (std::size_t i = 0; i < batch; ++i) learn_sample(samples_[random_.below(samples_.size())], 1);
    const double left = 1 - static_cast<double>(step) / static_cast<double>(steps);
    model_.generator.update(options_.rate * (0.05 + 0.95 * left), 1.0 / batch, batch);
  }
}

double Training::likelihood(const Generator& generator) const {
  double sum = 0;
  Generator::Step step;
  for (const Sample& sample : held_samples_) {
    step.view = sample.view;
    step.symbol = sample.symbol;
    generator.judge(step);
    const auto add = [&sum](float p) { sum += std::log(std::max(1e-9, static_cast<double>(p))); };
    const std::size_t within = model_.alphabet.within();
    add(step.kinds[sample.symbol.kind]);
    add(step.gaps[std::min<std::size_t>(within, sample.symbol.gap)]);
    if (generator.is_pause(sample.symbol)) add(step.pauses[sample.symbol.gap - within]);
  }
  return held_samples_.empty() ? 0 : sum / static_cast<double>(held_samples_.size());
}

/// A walk over each recording's time. One that sends far more than was recorded, or very much, ends early.
std::vector<Line> Training::walk_all(const Generator& generator, Generation* measured) {
  std::vector<Line> lines;
  double seconds = 0;
  for (const Recording& recording : split_.training) {
    Line line;
    Walk walk(model_.alphabet, generator, past(recording.begin), recording.begin, random_);
    Nanoseconds last = recording.begin;
    const std::size_t most = std::min(4 * recording.packets.size() + 100, most_walked);
    for (DevicePacket packet = walk.next(); packet.time < recording.end && line.size() < most;
         packet = walk.next()) {
      if (line.size() % 1024 == 0) check();
      line.push_back(walk.step().symbol);
      measured->bytes += packet.size;
      measured->events += generator.is_pause(walk.step().symbol) ? 1 : 0;
      last = packet.time;
    }
    measured->packets += static_cast<double>(line.size());
    seconds += static_cast<double>((line.size() < most ? recording.end : last) - recording.begin) / 1e9;
    lines.push_back(std::move(line));
  }
  measured->packets /= std::max(1e-9, seconds);
  measured->bytes /= std::max(1e-9, seconds);
  measured->events /= std::max(1e-9, seconds);
  return lines;
}

void Training::end_generation() {
  Generation measured = std::exchange(next_, {});
  walks_.push_back(walk_all(model_.generator, &measured));
  measured.likelihood = likelihood(model_.generator);
  model_.generations.push_back(measured);
  generators_.push_back(model_.generator);
  generators_.back().forget_training();
}

/// A random one of them: lines count by their packets. Empty where all lines are.
std::span<const Symbol> Training::stretch_of(const std::vector<Line>& lines) {
  std::size_t packets = 0;
  for (const Line& line : lines) packets += line.size();
  if (packets == 0) return {};
  std::size_t at = random_.below(packets);
  for (const Line& line : lines) {
    if (at >= line.size()) {
      at -= line.size();
      continue;
    }
    const std::size_t length = std::min(options_.stretch, line.size());
    return std::span(line).subspan(std::min(at, line.size() - length), length);
  }
  return {};
}

void Training::train_discriminator() {
  if (!discriminator_) discriminator_.emplace(model_.alphabet, random_);
  for (std::size_t step = 0; step < options_.discriminator_steps; ++step) {
    check();
    for (std::size_t i = 0; i < 2 * options_.batch; ++i) {
      const bool real = i % 2 == 0;
      const auto stretch = stretch_of(real ? lines_ : walks_[random_.below(walks_.size())]);
      if (stretch.empty()) continue;
      const Discriminator::Pass pass = discriminator_->look(stretch);
      discriminator_->learn(pass, static_cast<float>(Discriminator::probability(pass) - (real ? 1 : 0)));
    }
    discriminator_->update(options_.rate, 0.5 / static_cast<double>(options_.batch));
  }
}

/// Adds the gradient of -log(probability that the discriminator gives). The probabilities of a drawn symbol
/// get what the discriminator would give for each other symbol in its place, to first order. Returns the
/// logit.
double Training::fool(const Line& line, const std::vector<Generator::Step>& steps) {
  const Discriminator::Pass pass = discriminator_->look(line);
  const auto of_logit = static_cast<float>(Discriminator::probability(pass) - 1);
  const std::vector<float> of_embedding = discriminator_->learn(pass, of_logit);
  const std::size_t within = model_.alphabet.within();
  std::vector<float> kinds, gaps, pauses;
  const auto through = [](const std::vector<float>& p, std::vector<float>& gradient) {
    float mean = 0;
    for (std::size_t i = 0; i < p.size(); ++i) mean += p[i] * gradient[i];
    for (std::size_t i = 0; i < p.size(); ++i) gradient[i] = p[i] * (gradient[i] - mean);
  };
  for (std::size_t t = 0; t < steps.size(); ++t) {
    discriminator_->value_of_symbols(of_embedding.data() + t * Discriminator::embedded, kinds, gaps);
    pauses.assign(gaps.begin() + static_cast<std::ptrdiff_t>(within), gaps.end());
    gaps.resize(steps[t].gaps.size());
    // Any pause is worth what pauses are on average, or that which was drawn.
    const bool pause = model_.generator.is_pause(steps[t].symbol);
    if (!pauses.empty()) gaps[within] = pause ? pauses[steps[t].symbol.gap - within] : mean_pause(pauses);
    through(steps[t].kinds, kinds);
    through(steps[t].gaps, gaps);
    if (pause) through(steps[t].pauses, pauses);
    model_.generator.learn(steps[t], kinds, gaps, pauses);
  }
  return static_cast<double>(pass.logit);
}

/// With a stretch of its own from somewhere in the recordings' times.
double Training::fool_once() {
  const Recording& recording = split_.training[random_.below(split_.training.size())];
  const auto span = static_cast<std::uint64_t>(std::max<Nanoseconds>(1, recording.end - recording.begin));
  const Nanoseconds begin = recording.begin + static_cast<Nanoseconds>(random_.below(span));
  Walk walk(model_.alphabet, model_.generator, past(begin), begin, random_);
  // The discriminator knows walks from their middle: the first packets are not shown.
  for (std::size_t warm = 0; warm < options_.stretch; ++warm) walk.next();
  Line line;
  std::vector<Generator::Step> steps;
  for (std::size_t t = 0; t < options_.stretch; ++t) {
    walk.next();
    line.push_back(walk.step().symbol);
    steps.push_back(walk.step());
  }
  return fool(line, steps);
}

void Training::train_generator() {
  // A stretch's gradient is spread over its packets: their sum weighs about as much as one recorded packet.
  const std::size_t stretches = std::max<std::size_t>(1, options_.batch / 4);
  const std::size_t likely = options_.stretch;
  const std::size_t quarter = std::max<std::size_t>(1, options_.generator_steps / 4);
  const auto weight = static_cast<float>(options_.likely_share * static_cast<double>(stretches) /
                                         static_cast<double>(likely));
  for (std::size_t step = 0; step < options_.generator_steps; ++step) {
    check();
    for (std::size_t i = 0; i < stretches; ++i) {
      const double share = 1 / static_cast<double>(quarter * stretches), logit = fool_once();
      if (step < quarter) next_.logit_at_first += share * logit;
      if (step + quarter >= options_.generator_steps) next_.logit_at_last += share * logit;
    }
    for (std::size_t i = 0; i < likely; ++i) learn_sample(samples_[random_.below(samples_.size())], weight);
    model_.generator.update(options_.adversarial_rate, 1 / static_cast<double>(stretches),
                            2 * options_.batch);
  }
  discriminator_->forget_gradients();
}

/// 1 for the recorded rate, less for others.
double nearness(double rate, double recorded) {
  if (rate <= 0 || recorded <= 0) return 0;
  return std::min(rate / recorded, recorded / rate);
}

void Training::choose() {
  model_.chosen = generators_.size() - 1;
  if (discriminator_) {
    constexpr std::size_t stretches = 200;
    std::size_t known = 0;
    const auto& reals = held_samples_.size() >= options_.stretch ? held_out_ : lines_;
    for (std::size_t i = 0; i < stretches; ++i) known += probability(stretch_of(reals)) > 0.5 ? 1 : 0;
    double best = -1;
    for (std::size_t g = 0; g < generators_.size(); ++g) {
      Generation ignored, &measured = model_.generations[g];
      const std::vector<Line> fresh = walk_all(generators_[g], &ignored);
      std::size_t caught = 0;
      for (std::size_t i = 0; i < stretches; ++i) {
        const auto stretch = stretch_of(fresh);
        const double p = stretch.empty() ? 0 : probability(stretch);
        caught += p > 0.5 ? 0 : 1;
        measured.fooled += p / stretches;
      }
      measured.accuracy = static_cast<double>(known + caught) / (2.0 * stretches);
      if (const double score = measured.fooled * nearness(measured.packets, rate_); score > best) {
        best = score;
        model_.chosen = g;
      }
    }
  }
  model_.generator = std::move(generators_[model_.chosen]);
}

/// Walks with the same chance for all generators, so that they can be compared.
Generation Training::of_walks(const Generator& generator) {
  constexpr int times = 2;
  const Random before = std::exchange(random_, Random(rate_walks_));
  Generation mean;
  for (int i = 0; i < times; ++i) {
    Generation once;
    walk_all(generator, &once);
    mean.packets += once.packets / times;
    mean.bytes += once.bytes / times;
    mean.events += once.events / times;
  }
  random_ = before;
  return mean;
}

Generator Training::tilted(double power) const {
  const Alphabet& alphabet = model_.alphabet;
  std::vector<double> added;
  for (std::size_t bin = alphabet.within(); bin < alphabet.gaps(); ++bin)
    added.push_back(power * std::log(static_cast<double>(alphabet.usual_gap(bin)) / 1e9));
  Generator made = model_.generator;
  made.favour_pauses(added);
  return made;
}

void Training::set_rate() {
  constexpr double enough = 0.9;
  constexpr int most_steps = 5;
  const Generation untilted = of_walks(model_.generator);
  const bool too_many = untilted.packets > rate_;
  double low = too_many ? 0 : -1, high = too_many ? 1 : 0;  // powers; high ones: longer pauses
  Generator best = model_.generator;
  model_.last = untilted;
  for (int step = 0; step < most_steps && nearness(model_.last.packets, rate_) < enough; ++step) {
    const double power = (low + high) / 2;
    const Generator made = tilted(power);
    const Generation walked = of_walks(made);
    (walked.packets > rate_ ? low : high) = power;
    if (nearness(walked.packets, rate_) <= nearness(model_.last.packets, rate_)) continue;
    model_.last = walked;
    best = made;
  }
  model_.generator = std::move(best);
}

}  // namespace

Model train(std::span<const Recording> recordings, const Options& options, traffic::StreamKey key,
            const std::function<void()>& check) {
  return Training(recordings, options, key, check).run();
}

}  // namespace ipet::gan
