#include "stages/gan/generator.hpp"

#include <cmath>
#include <numeric>

namespace ipet::gan {

namespace {

constexpr double table_deviation = 0.1;

/// Logits of what was recorded; weights that say otherwise begin small.
void begin_with(std::span<const double> counts, Dense& layer) {
  for (float& weight : layer.weights.value) weight *= 0.1F;
  for (std::size_t i = 0; i < counts.size(); ++i)
    layer.bias.value[i] = static_cast<float>(std::log(counts[i]));
}

/// Those within events, and the sum of all others if there are any.
std::vector<double> with_pause(const Alphabet& alphabet) {
  const auto& counts = alphabet.gap_counts();
  const auto pauses = counts.begin() + static_cast<std::ptrdiff_t>(alphabet.within());
  std::vector<double> merged(counts.begin(), pauses);
  if (pauses != counts.end()) merged.push_back(std::accumulate(pauses, counts.end(), 0.0));
  return merged;
}

}  // namespace

Generator::Eyes::Eyes(std::size_t kind_count, std::size_t gap_count, traffic::Random& random)
    : kind_rows(kind_count + 1),
      gap_rows(gap_count + 1),
      kinds(remembered * kind_rows, hidden, table_deviation, random),
      gaps(remembered * gap_rows, hidden, table_deviation, random),
      numbers(past_numbers, hidden, random) {}

void Generator::Eyes::see(const View& view, float* layer) const {
  numbers.apply(view.numbers.data(), layer);
  for (std::size_t i = 0; i < remembered; ++i) {
    kinds.add(i * kind_rows + view.symbols[i].kind, layer);
    gaps.add(i * gap_rows + view.symbols[i].gap, layer);
  }
}

void Generator::Eyes::learn(const View& view, const float* of_layer) {
  numbers.learn(view.numbers.data(), of_layer, nullptr);
  for (std::size_t i = 0; i < remembered; ++i) {
    kinds.learn(i * kind_rows + view.symbols[i].kind, of_layer);
    gaps.learn(i * gap_rows + view.symbols[i].gap, of_layer);
  }
}

Generator::Generator(const Alphabet& alphabet, traffic::Random& random)
    : kinds_(alphabet.kinds()),
      within_(alphabet.within()),
      pauses_(alphabet.gaps() - alphabet.within()),
      gap_classes_(within_ + (pauses_ > 0 ? 1 : 0)),
      eyes_(kinds_, alphabet.gaps(), random),
      eyes_for_pauses_(kinds_, alphabet.gaps(), random),
      to_kinds_(hidden, kinds_, random),
      between_(hidden, hidden, random),
      to_gaps_(hidden, gap_classes_, random),
      to_pauses_(hidden, pauses_, random),
      given_kind_(kinds_, hidden, table_deviation, random),
      pause_given_kind_(kinds_, hidden, table_deviation, random) {
  begin_with(alphabet.kind_counts(), to_kinds_);
  begin_with(with_pause(alphabet), to_gaps_);
  begin_with(std::span(alphabet.gap_counts()).subspan(within_), to_pauses_);
}

void Generator::see_kinds(Step& step) const {
  step.first.resize(hidden);
  eyes_.see(step.view, step.first.data());
  rectify(step.first);
  step.kinds.resize(kinds_);
  to_kinds_.apply(step.first.data(), step.kinds.data());
  softmax(step.kinds);
}

void Generator::see_gaps(Step& step) const {
  step.second.resize(hidden);
  between_.apply(step.first.data(), step.second.data());
  given_kind_.add(step.symbol.kind, step.second.data());
  rectify(step.second);
  step.gaps.resize(gap_classes_);
  to_gaps_.apply(step.second.data(), step.gaps.data());
  softmax(step.gaps);
}

void Generator::see_pauses(Step& step) const {
  step.third.resize(hidden);
  eyes_for_pauses_.see(step.view, step.third.data());
  pause_given_kind_.add(step.symbol.kind, step.third.data());
  rectify(step.third);
  step.pauses.resize(pauses_);
  to_pauses_.apply(step.third.data(), step.pauses.data());
  softmax(step.pauses);
}

void Generator::judge(Step& step) const {
  see_kinds(step);
  see_gaps(step);
  if (is_pause(step.symbol)) see_pauses(step);
}

void Generator::draw(Step& step, traffic::Random& random) const {
  see_kinds(step);
  step.symbol.kind = static_cast<std::uint16_t>(gan::draw(step.kinds, random));
  see_gaps(step);
  step.symbol.gap = static_cast<std::uint16_t>(gan::draw(step.gaps, random));
  if (!is_pause(step.symbol)) return;
  see_pauses(step);
  step.symbol.gap = static_cast<std::uint16_t>(within_ + gan::draw(step.pauses, random));
}

void Generator::learn(const Step& step, const std::vector<float>& of_kinds, const std::vector<float>& of_gaps,
                      const std::vector<float>& of_pauses) {
  std::vector<float> of_second(hidden), of_first(hidden), of_third(hidden);
  to_gaps_.learn(step.second.data(), of_gaps.data(), of_second.data());
  unrectify(step.second, of_second);
  given_kind_.learn(step.symbol.kind, of_second.data());
  between_.learn(step.first.data(), of_second.data(), of_first.data());
  to_kinds_.learn(step.first.data(), of_kinds.data(), of_first.data());
  unrectify(step.first, of_first);
  eyes_.learn(step.view, of_first.data());
  if (!is_pause(step.symbol)) return;
  ++seen_pauses_;
  to_pauses_.learn(step.third.data(), of_pauses.data(), of_third.data());
  unrectify(step.third, of_third);
  pause_given_kind_.learn(step.symbol.kind, of_third.data());
  eyes_for_pauses_.learn(step.view, of_third.data());
}

std::vector<Weights*> Generator::weights() {
  std::vector<Weights*> all = {&eyes_.kinds.weights, &eyes_.gaps.weights, &given_kind_.weights};
  for (Dense* layer : {&eyes_.numbers, &to_kinds_, &between_, &to_gaps_}) {
    all.push_back(&layer->weights);
    all.push_back(&layer->bias);
  }
  return all;
}

std::vector<Weights*> Generator::weights_of_pauses() {
  std::vector<Weights*> all = {&eyes_for_pauses_.kinds.weights, &eyes_for_pauses_.gaps.weights,
                               &pause_given_kind_.weights};
  for (Dense* layer : {&eyes_for_pauses_.numbers, &to_pauses_}) {
    all.push_back(&layer->weights);
    all.push_back(&layer->bias);
  }
  return all;
}

void Generator::update(double rate, double scale, std::size_t batch) {
  for (Weights* each : weights()) each->step(rate, scale);
  if (seen_pauses_ < batch) return;
  for (Weights* each : weights_of_pauses()) each->step(rate, 1 / static_cast<double>(seen_pauses_));
  seen_pauses_ = 0;
}

void Generator::favour_pauses(const std::vector<double>& added) {
  for (std::size_t i = 0; i < added.size(); ++i) to_pauses_.bias.value[i] += static_cast<float>(added[i]);
}

void Generator::forget_training() {
  for (Weights* each : weights()) each->forget_training();
  for (Weights* each : weights_of_pauses()) each->forget_training();
}

}  // namespace ipet::gan
