#include "stages/model/optimiser.hpp"

#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace ipet::fingerprint {
namespace {

void check_sizes(std::size_t state, std::size_t parameters, std::size_t gradient) {
  if (state != parameters || state != gradient)
    throw std::logic_error("optimiser: parameters and gradient differ in size from the state");
}

}  // namespace

template <class Real>
void BasicAdam<Real>::step(std::span<Real> parameters, std::span<const Real> gradient, double learning_rate) {
  check_sizes(state_.first.size(), parameters.size(), gradient.size());
  const auto t = static_cast<double>(++state_.steps);
  const double rate = learning_rate * std::sqrt(1 - std::pow(beta2, t)) / (1 - std::pow(beta1, t));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const double g = gradient[i];
    const double m = beta1 * state_.first[i] + (1 - beta1) * g;
    const double v = beta2 * state_.second[i] + (1 - beta2) * g * g;
    state_.first[i] = static_cast<Real>(m);
    state_.second[i] = static_cast<Real>(v);
    parameters[i] = static_cast<Real>(parameters[i] - rate * m / (std::sqrt(v) + epsilon));
  }
}

template <class Real>
void BasicAdam<Real>::restore(BasicAdamState<Real> state) {
  const std::size_t size = state_.first.size();
  if (state.first.size() != size || state.second.size() != size)
    throw std::runtime_error("the stored optimiser has moments for " + std::to_string(state.first.size()) +
                             " parameters, the model has " + std::to_string(size));
  state_ = std::move(state);
}

template class BasicAdam<float>;
template class BasicAdam<double>;

void Nadam::step(std::span<float> parameters, std::span<const float> gradient, double learning_rate) {
  check_sizes(first_.size(), parameters.size(), gradient.size());
  const auto t = static_cast<double>(++steps_);
  const auto momentum = [](double step) { return beta1 * (1 - 0.5 * std::pow(0.96, schedule_decay * step)); };
  const double now = momentum(t), next = momentum(t + 1);
  schedule_ *= now;
  const double from_gradient = (1 - now) / (1 - schedule_);
  const double from_momentum = next / (1 - schedule_ * next);
  const double second_correction = 1 - std::pow(beta2, t);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const double g = gradient[i];
    const double m = beta1 * first_[i] + (1 - beta1) * g;
    const double v = beta2 * second_[i] + (1 - beta2) * g * g;
    first_[i] = static_cast<float>(m);
    second_[i] = static_cast<float>(v);
    const double step = from_gradient * g + from_momentum * m;
    parameters[i] = static_cast<float>(parameters[i] -
                                       learning_rate * step / (std::sqrt(v / second_correction) + epsilon));
  }
}

}  // namespace ipet::fingerprint
