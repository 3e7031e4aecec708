// The hand-written GRU layer against LibTorch's own, forwards and backwards.
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/layers.hpp"
#include "stages/fingerprint/network.hpp"
#include "tests/fingerprint/simd.hpp"
#include "tests/fingerprint/tensors.hpp"

namespace ipet::fingerprint {
namespace {

using test::expect_close;
using test::largest_difference;
using test::normal;

/// A layer whose biases are not zero: the two of the candidate act differently.
Gru make_layer(std::int64_t inputs, std::int64_t width, traffic::Random& random) {
  const torch::NoGradGuard no_gradients;
  Gru layer(inputs, width, random);
  layer.named_parameters()["bias"].copy_(normal({2, 3 * width}, random));
  return layer;
}

/// LibTorch's layer on the same parameters. It has the reset gate first, and its kernels transposed.
torch::Tensor torch_gru(const Gru& layer, const torch::Tensor& x, std::int64_t width) {
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

struct GruCase {
  std::int64_t samples, slots, inputs, width;
};
class GruAgainstLibTorch : public testing::TestWithParam<std::tuple<const char*, GruCase>> {
 protected:
  void SetUp() override {
    if (!test::available(std::get<0>(GetParam()))) GTEST_SKIP() << "this processor does not have it";
  }
};

TEST_P(GruAgainstLibTorch, StatesAndAllGradientsAgree) {
  use_one_torch_thread();
  const test::WithSimd with(std::get<0>(GetParam()));
  const auto [samples, slots, inputs, width] = std::get<1>(GetParam());
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(inputs, width, random);
  const torch::Tensor x = normal({samples, slots, inputs}, random).set_requires_grad(true);
  const torch::Tensor ours = layer.sequences(x), theirs = torch_gru(layer, x, width);
  EXPECT_LT(largest_difference(ours, theirs), 1e-5);

  std::vector<torch::Tensor> wanted = layer.parameters();
  wanted.push_back(x);
  const torch::Tensor weight = normal({samples, slots, width}, random);
  const auto a = torch::autograd::grad({(ours * weight).sum()}, wanted, {}, true);
  expect_close(a, torch::autograd::grad({(theirs * weight).sum()}, wanted));
  const auto again = torch::autograd::grad({(ours * weight).sum()}, wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE(a[i].equal(again[i])) << "gradient " << i;
}

TEST_P(GruAgainstLibTorch, TheLastStateAndItsGradientsAgree) {
  use_one_torch_thread();
  const test::WithSimd with(std::get<0>(GetParam()));
  const auto [samples, slots, inputs, width] = std::get<1>(GetParam());
  traffic::Random random(std::uint64_t{13});
  const Gru layer = make_layer(inputs, width, random);
  const torch::Tensor x = normal({samples, slots, inputs}, random).set_requires_grad(true);
  const torch::Tensor ours = layer.last(x), theirs = torch_gru(layer, x, width).select(1, slots - 1);
  EXPECT_LT(largest_difference(ours, theirs), 1e-5);
  std::vector<torch::Tensor> wanted = layer.parameters();
  wanted.push_back(x);
  const torch::Tensor weight = normal({samples, width}, random);
  expect_close(torch::autograd::grad({(ours * weight).sum()}, wanted),
               torch::autograd::grad({(theirs * weight).sum()}, wanted));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, GruAgainstLibTorch,
    testing::Combine(testing::Values("avx512", "avx2", "portable"),
                     testing::Values(GruCase{128, 40, 4, 32}, GruCase{7, 40, 32, 32}, GruCase{1, 1, 3, 1},
                                     GruCase{17, 5, 3, 3}, GruCase{16, 5, 4, 8}, GruCase{5, 2, 7, 3},
                                     GruCase{33, 7, 1, 10}, GruCase{17, 3, 9, 64}, GruCase{7, 3, 64, 65})));

TEST(Gru, Avx512AndAvx2GiveTheSameBits) {
  if (!test::available("avx512")) GTEST_SKIP() << "this processor has no AVX-512";
  for (const auto& [samples, slots, inputs, width] :
       {GruCase{1, 1, 1, 1}, GruCase{17, 5, 3, 3}, GruCase{128, 40, 4, 32}, GruCase{41, 4, 9, 65}}) {
    const auto results = [&, samples = samples, slots = slots, inputs = inputs, width = width](bool last) {
      traffic::Random random(std::uint64_t{13});
      const Gru layer = make_layer(inputs, width, random);
      const torch::Tensor x = normal({samples, slots, inputs}, random).set_requires_grad(true);
      std::vector<torch::Tensor> wanted = layer.parameters();
      wanted.push_back(x);
      const torch::Tensor states = last ? layer.last(x) : layer.sequences(x);
      auto all = torch::autograd::grad({(states * normal(states.sizes().vec(), random)).sum()}, wanted);
      all.push_back(states.detach());
      return all;
    };
    for (const bool last : {false, true}) {
      const auto wide = [&] { return test::WithSimd("avx512"), results(last); }();
      const auto narrow = [&] { return test::WithSimd("avx2"), results(last); }();
      for (std::size_t i = 0; i < wide.size(); ++i)
        EXPECT_TRUE(wide[i].equal(narrow[i])) << i << " of width " << width << (last ? ", last" : "");
    }
  }
}

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

TEST(Gru, WithoutGradientsTheStatesAreTheSame) {
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(4, 9, random);
  const torch::Tensor x = normal({21, 10, 4}, random), all = layer.sequences(x), last = layer.last(x);
  const torch::NoGradGuard no_gradients;
  EXPECT_TRUE(all.equal(layer.sequences(x)));
  EXPECT_TRUE(last.equal(layer.last(x)));
}

TEST(Gru, LastIsTheStateAfterTheLastSlot) {
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(4, 8, random);
  const torch::Tensor x = normal({9, 12, 4}, random);
  EXPECT_LT(largest_difference(layer.last(x), torch_gru(layer, x, 8).select(1, 11)), 1e-5);
}

TEST(Gru, ExtremeInputsSaturateAndNaNStaysNaN) {
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(2, 4, random);
  const torch::Tensor x = torch::full({3, 4, 2}, 1e30F);
  for (const std::string& name : simd_choices()) {
    const test::WithSimd with(name);
    EXPECT_LE(layer.sequences(x).abs().max().item<double>(), 1.0 + 1e-6) << name;
    EXPECT_LE(layer.sequences(-x).abs().max().item<double>(), 1.0 + 1e-6) << name;
    EXPECT_TRUE(layer.sequences(x * std::numeric_limits<float>::quiet_NaN()).isnan().all().item<bool>())
        << name;
  }
}

TEST(Gru, GradientsOfInputsAloneNeedNoWeights) {
  traffic::Random random(std::uint64_t{12});
  const Gru layer = make_layer(4, 8, random);
  for (torch::Tensor& parameter : layer.parameters()) parameter.set_requires_grad(false);
  const torch::Tensor x = normal({9, 12, 4}, random).set_requires_grad(true);
  const auto a = torch::autograd::grad({layer.sequences(x).square().sum()}, {x});
  const auto b = torch::autograd::grad({torch_gru(layer, x, 8).square().sum()}, {x});
  EXPECT_LT(largest_difference(a[0], b[0]), 1e-4);
}

}  // namespace
}  // namespace ipet::fingerprint
