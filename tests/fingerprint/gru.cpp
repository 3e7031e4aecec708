// The hand-written GRU layer against LibTorch's own, forwards and backwards.
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/layers.hpp"
#include "stages/fingerprint/network.hpp"

namespace ipet::fingerprint {
namespace {

torch::Tensor normal(std::vector<std::int64_t> sizes, traffic::Random& random) {
  torch::Tensor tensor = torch::empty(sizes);
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    tensor.data_ptr<float>()[i] = static_cast<float>(random.normal());
  return tensor;
}

/// A layer whose biases are not zero: the two of the candidate act differently.
Gru make_layer(std::int64_t inputs, std::int64_t width, traffic::Random& random) {
  const torch::NoGradGuard no_gradients;
  Gru layer(inputs, width, random);
  layer.named_parameters()["bias"].copy_(normal({2, 3 * width}, random));
  return layer;
}

/// LibTorch's layer on the same parameters. It has the reset gate first, and its kernels transposed.
torch::Tensor reference(const Gru& layer, const torch::Tensor& x, std::int64_t width) {
  const auto reordered = [&](const torch::Tensor& gates) {
    const auto parts = gates.split(width, -1);
    return torch::cat({parts[1], parts[0], parts[2]}, -1);
  };
  const auto p = layer.named_parameters();
  return std::get<0>(torch::gru(x, torch::zeros({1, x.size(0), width}),
                                {reordered(p["kernel"]).t(), reordered(p["recurrent"]).t(),
                                 reordered(p["bias"][0]), reordered(p["bias"][1])},
                                true, 1, 0.0, false, false, true));
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a - b).abs().max().item<double>();
}

struct Case {
  std::int64_t samples, slots, inputs, width;
};
class GruAgainstLibTorch : public testing::TestWithParam<Case> {};

TEST_P(GruAgainstLibTorch, StatesAndAllGradientsAgree) {
  use_one_torch_thread();
  const auto [samples, slots, inputs, width] = GetParam();
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(inputs, width, random);
  const torch::Tensor x = normal({samples, slots, inputs}, random).set_requires_grad(true);
  const torch::Tensor ours = layer.sequences(x), theirs = reference(layer, x, width);
  EXPECT_LT(largest_difference(ours, theirs), 1e-5);

  std::vector<torch::Tensor> wanted = layer.parameters();
  wanted.push_back(x);
  const torch::Tensor weight = normal({samples, slots, width}, random);
  const auto a = torch::autograd::grad({(ours * weight).sum()}, wanted, {}, true);
  const auto b = torch::autograd::grad({(theirs * weight).sum()}, wanted);
  const auto again = torch::autograd::grad({(ours * weight).sum()}, wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    // Relative to the largest one. With a single slot the state's kernel has the gradient zero.
    const double scale = std::max(1e-3, b[i].abs().max().item<double>());
    EXPECT_LT(largest_difference(a[i], b[i]) / scale, 1e-4) << "gradient " << i;
    EXPECT_TRUE(a[i].equal(again[i])) << "gradient " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, GruAgainstLibTorch,
                         testing::Values(Case{1, 40, 4, 32}, Case{3, 40, 32, 32}, Case{16, 40, 4, 32},
                                         Case{17, 40, 32, 32}, Case{64, 40, 32, 32}, Case{1, 1, 3, 1},
                                         Case{17, 5, 3, 5}, Case{5, 2, 7, 3}, Case{33, 7, 1, 10}));

TEST(Gru, EachSampleHasTheSameStatesAndGradientsInABatchOfAnySize) {
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(4, 32, random);
  const torch::Tensor x = normal({64, 10, 4}, random), weight = normal({64, 10, 32}, random);
  const auto run = [&](std::int64_t samples) {
    const torch::Tensor some = x.narrow(0, 0, samples).clone().set_requires_grad(true);
    const torch::Tensor states = layer.sequences(some);
    return std::pair(states,
                     torch::autograd::grad({(states * weight.narrow(0, 0, samples)).sum()}, {some})[0]);
  };
  const auto [all_states, all_gradients] = run(64);
  for (const std::int64_t samples : {1, 3, 16, 17}) {
    const auto [states, gradients] = run(samples);
    EXPECT_TRUE(states.equal(all_states.narrow(0, 0, samples))) << samples;
    EXPECT_TRUE(gradients.equal(all_gradients.narrow(0, 0, samples))) << samples;
  }
}

// With fused multiply-add the results would depend on the machine. One slot of one sample: the gradient of
// the first bias is that of the gates itself, and the gradient of an input the sum of its products with the
// kernel.
TEST(Gru, EachProductOfAGradientIsRoundedBeforeItIsAdded) {
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(2, 32, random);
  const torch::Tensor x = normal({1, 1, 2}, random).set_requires_grad(true);
  const auto p = layer.named_parameters();
  const auto gradients = torch::autograd::grad({layer.sequences(x).sum()}, {x, p["bias"]});
  const float *kernel = p["kernel"].data_ptr<float>(), *gates = gradients[1].data_ptr<float>();
  for (std::size_t input = 0; input < 2; ++input) {
    volatile float sum = 0;
    for (std::size_t g = 0; g < 96; ++g) {
      const volatile float product = kernel[input * 96 + g] * gates[g];
      sum = sum + product;
    }
    EXPECT_EQ(gradients[0].data_ptr<float>()[input], sum);
  }
}

TEST(Gru, LastIsTheStateAfterTheLastSlot) {
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(4, 8, random);
  const torch::Tensor x = normal({9, 12, 4}, random);
  EXPECT_LT(largest_difference(layer.last(x), reference(layer, x, 8).select(1, 11)), 1e-5);
}

TEST(Gru, ExtremeInputsSaturateAndNaNStaysNaN) {
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(2, 4, random);
  const torch::Tensor x = torch::full({3, 4, 2}, 1e30F);
  EXPECT_LE(layer.sequences(x).abs().max().item<double>(), 1.0);
  EXPECT_LE(layer.sequences(-x).abs().max().item<double>(), 1.0);
  EXPECT_TRUE(layer.sequences(x * std::numeric_limits<float>::quiet_NaN()).isnan().all().item<bool>());
}

TEST(Gru, GradientsOfInputsAloneNeedNoWeights) {
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(4, 8, random);
  for (torch::Tensor& parameter : layer.parameters()) parameter.set_requires_grad(false);
  const torch::Tensor x = normal({9, 12, 4}, random).set_requires_grad(true);
  const auto a = torch::autograd::grad({layer.sequences(x).square().sum()}, {x});
  const auto b = torch::autograd::grad({reference(layer, x, 8).square().sum()}, {x});
  EXPECT_LT(largest_difference(a[0], b[0]), 1e-4);
}

}  // namespace
}  // namespace ipet::fingerprint
