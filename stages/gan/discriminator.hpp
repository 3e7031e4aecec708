// The discriminator: whether a stretch of packets is of the device or imitated.
//
//   e_t = A[kind_t] + B[gap_t],  c_t = rectify((e_t-2, e_t-1, e_t) C),  mean of c_t over the stretch,
//   logit = rectify(mean M) O
#pragma once

#include <span>
#include <vector>

#include "stages/gan/dense.hpp"
#include "stages/gan/past.hpp"

namespace ipet::gan {

class Discriminator {
 public:
  static constexpr std::size_t embedded = 12, features = 32, hidden = 32, reach = 3;

  Discriminator(const Alphabet& alphabet, traffic::Random& random);

  struct Pass {
    std::span<const Symbol> stretch;
    std::vector<float> embedding;   ///< [packet, embedded], after reach - 1 rows of 0
    std::vector<float> feature;     ///< [packet, features]
    std::vector<float> mean, last;  ///< [features], [hidden]
    float logit = 0;                ///< above 0: of the device
  };
  /// `stretch` is not empty, and outlives the result.
  [[nodiscard]] Pass look(std::span<const Symbol> stretch) const;
  /// Probability that it is of the device.
  [[nodiscard]] static double probability(const Pass& pass);

  /// The gradient of the logit x `of_logit` is added to the weights'. Returns that of e_t:
  /// [packet, embedded].
  std::vector<float> learn(const Pass& pass, float of_logit);
  void update(double rate, double scale);
  /// Drops gradients: those that came while only a generator was trained.
  void forget_gradients();

  /// What it would be worth at packet t to have each other kind and gap, to first order: A de_t and B de_t.
  void value_of_symbols(const float* of_embedding, std::vector<float>& kinds, std::vector<float>& gaps) const;

 private:
  [[nodiscard]] std::vector<Weights*> weights();

  std::size_t kinds_count_, gaps_count_;
  Table kinds_, gaps_;
  Dense convolution_, to_hidden_, to_logit_;
};

}  // namespace ipet::gan
