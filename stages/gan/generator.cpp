#include "stages/gan/generator.hpp"

#include <cmath>

namespace ipet::gan {

namespace {

constexpr double table_deviation = 0.1;

/// Logits of what was recorded; weights that say otherwise begin small.
void begin_with(const std::vector<double>& counts, Dense& layer) {
  for (float& weight : layer.weights.value) weight *= 0.1F;
  for (std::size_t i = 0; i < counts.size(); ++i)
    layer.bias.value[i] = static_cast<float>(std::log(counts[i]));
}

}  // namespace

Generator::Generator(const Alphabet& alphabet, traffic::Random& random)
    : kinds_(alphabet.kinds()),
      gaps_(alphabet.gaps()),
      past_kinds_(remembered * (kinds_ + 1), hidden, table_deviation, random),
      past_gaps_(remembered * (gaps_ + 1), hidden, table_deviation, random),
      numbers_(past_numbers, hidden, random),
      to_kinds_(hidden, kinds_, random),
      between_(hidden, hidden, random),
      to_gaps_(hidden, gaps_, random),
      given_kind_(kinds_, hidden, table_deviation, random) {
  begin_with(alphabet.kind_counts(), to_kinds_);
  begin_with(alphabet.gap_counts(), to_gaps_);
}

void Generator::see_kinds(Step& step) const {
  step.first.resize(hidden);
  numbers_.apply(step.view.numbers.data(), step.first.data());
  for (std::size_t i = 0; i < remembered; ++i) {
    past_kinds_.add(i * (kinds_ + 1) + step.view.symbols[i].kind, step.first.data());
    past_gaps_.add(i * (gaps_ + 1) + step.view.symbols[i].gap, step.first.data());
  }
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
  step.gaps.resize(gaps_);
  to_gaps_.apply(step.second.data(), step.gaps.data());
  softmax(step.gaps);
}

void Generator::judge(Step& step) const {
  see_kinds(step);
  see_gaps(step);
}

void Generator::draw(Step& step, traffic::Random& random) const {
  see_kinds(step);
  step.symbol.kind = static_cast<std::uint16_t>(gan::draw(step.kinds, random));
  see_gaps(step);
  step.symbol.gap = static_cast<std::uint16_t>(gan::draw(step.gaps, random));
}

void Generator::learn(const Step& step, const std::vector<float>& of_kinds,
                      const std::vector<float>& of_gaps) {
  std::vector<float> of_second(hidden), of_first(hidden);
  to_gaps_.learn(step.second.data(), of_gaps.data(), of_second.data());
  unrectify(step.second, of_second);
  given_kind_.learn(step.symbol.kind, of_second.data());
  between_.learn(step.first.data(), of_second.data(), of_first.data());
  to_kinds_.learn(step.first.data(), of_kinds.data(), of_first.data());
  unrectify(step.first, of_first);
  numbers_.learn(step.view.numbers.data(), of_first.data(), nullptr);
  for (std::size_t i = 0; i < remembered; ++i) {
    past_kinds_.learn(i * (kinds_ + 1) + step.view.symbols[i].kind, of_first.data());
    past_gaps_.learn(i * (gaps_ + 1) + step.view.symbols[i].gap, of_first.data());
  }
}

std::vector<Weights*> Generator::weights() {
  std::vector<Weights*> all = {&past_kinds_.weights, &past_gaps_.weights, &given_kind_.weights};
  for (Dense* layer : {&numbers_, &to_kinds_, &between_, &to_gaps_}) {
    all.push_back(&layer->weights);
    all.push_back(&layer->bias);
  }
  return all;
}

void Generator::update(double rate, double scale) {
  for (Weights* each : weights()) each->step(rate, scale);
}

void Generator::forget_training() {
  for (Weights* each : weights()) each->forget_training();
}

}  // namespace ipet::gan
