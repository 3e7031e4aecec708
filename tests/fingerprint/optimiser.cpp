// Adam and Nadam against numbers worked out apart from our code, by this Python:
//
//   b1, b2, eps, lr = .9, .999, 1e-7, .1
//   def adam(gs, x=1.):
//     m = v = 0.
//     for t, g in enumerate(gs, 1):
//       m = b1*m + (1-b1)*g; v = b2*v + (1-b2)*g*g
//       x -= lr * (1-b2**t)**.5 / (1-b1**t) * m / (v**.5 + eps)
//     return x
//   def nadam(gs, x=1.):
//     m = v = 0.; p = 1.
//     for t, g in enumerate(gs, 1):
//       u = b1*(1-.5*.96**(.004*t)); w = b1*(1-.5*.96**(.004*(t+1)))
//       p *= u; gp = g/(1-p)
//       m = b1*m + (1-b1)*g; mp = m/(1-p*w)
//       v = b2*v + (1-b2)*g*g; vp = v/(1-b2**t)
//       x -= lr*((1-u)*gp + w*mp)/(vp**.5 + eps)
//     return x
//   print(adam([.5, -.2, .1]), nadam([.5]), nadam([.5, -.2, .1]))
#include "stages/model/optimiser.hpp"

#include <array>
#include <stdexcept>

#include <gtest/gtest.h>

namespace ipet::fingerprint {
namespace {

template <class Optimiser>
float after(std::initializer_list<float> gradients) {
  Optimiser optimiser(1);
  std::array<float, 1> parameter{1};
  for (const float g : gradients) {
    const std::array<float, 1> gradient{g};
    optimiser.step(parameter, gradient, 0.1);
  }
  return parameter[0];
}

TEST(Optimiser, AdamFollowsItsFormula) {
  EXPECT_NEAR(after<Adam>({0.5F, -0.2F, 0.1F}), 0.82750129, 1e-6);
}

TEST(Optimiser, NadamFollowsItsFormula) {
  EXPECT_NEAR(after<Nadam>({0.5F}), 0.89435484, 1e-6);
  EXPECT_NEAR(after<Nadam>({0.5F, -0.2F, 0.1F}), 0.90335939, 1e-6);
}

TEST(Optimiser, RefusesAGradientOfAnotherSize) {
  Adam adam(2);
  std::array<float, 2> parameters{};
  const std::array<float, 1> gradient{};
  EXPECT_THROW(adam.step(parameters, gradient, 0.1), std::logic_error);
}

}  // namespace
}  // namespace ipet::fingerprint
