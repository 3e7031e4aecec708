// Optimisers over one flat array of parameters, in Keras' formulation (the publication's).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ipet::fingerprint {

/// Where an Adam stands: with it, another one takes the same steps.
template <class Real>
struct BasicAdamState {
  std::uint64_t steps = 0;
  std::vector<Real> first, second;  ///< moments, one per parameter
};
using AdamState = BasicAdamState<float>;

/// Kingma and Ba 2015, with the epsilon outside of the bias correction ("epsilon hat"), as in Keras. Real:
/// float or double.
template <class Real>
class BasicAdam {
 public:
  explicit BasicAdam(std::size_t size) : state_{0, std::vector<Real>(size), std::vector<Real>(size)} {}
  void step(std::span<Real> parameters, std::span<const Real> gradient, double learning_rate);
  [[nodiscard]] const BasicAdamState<Real>& state() const { return state_; }
  /// Throws std::runtime_error when the state is for another number of parameters.
  void restore(BasicAdamState<Real> state);

  static constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7;

 private:
  BasicAdamState<Real> state_;
};
using Adam = BasicAdam<float>;

/// Dozat 2016: Adam with Nesterov momentum; momentum schedule beta1 (1 - 0.96^(0.004 t) / 2), as in Keras.
class Nadam {
 public:
  explicit Nadam(std::size_t size) : first_(size), second_(size) {}
  void step(std::span<float> parameters, std::span<const float> gradient, double learning_rate);

  static constexpr double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, schedule_decay = 0.004;

 private:
  std::uint64_t steps_ = 0;
  double schedule_ = 1;  ///< product of the momenta so far
  std::vector<float> first_, second_;
};

}  // namespace ipet::fingerprint
