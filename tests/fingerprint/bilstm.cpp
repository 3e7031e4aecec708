// The hand-written layer against LibTorch's own, forwards and backwards.
#include "stages/fingerprint/bilstm.hpp"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/network.hpp"
#include "tests/fingerprint/simd.hpp"
#include "tests/fingerprint/tensors.hpp"

namespace ipet::fingerprint {
namespace {

using test::expect_close;
using test::largest_difference;
using test::normal;

/// LibTorch's layer on the same parameters; it has a second bias, which is zero here.
torch::Tensor torch_bilstm(const BiLstm& layer, const torch::Tensor& x, std::int64_t width) {
  const auto p = layer.named_parameters();
  const torch::Tensor state = torch::zeros({2, x.size(0), width}), zero = torch::zeros({4 * width});
  return std::get<0>(
      torch::lstm(x, {state, state},
                  {p["forward_kernel"].t(), p["forward_recurrent"].t(), p["forward_bias"], zero,
                   p["backward_kernel"].t(), p["backward_recurrent"].t(), p["backward_bias"], zero},
                  true, 1, 0.0, false, true, true));
}

struct LstmCase {
  std::int64_t samples, slots, inputs, width;
};
class BiLstmAgainstLibTorch : public testing::TestWithParam<std::tuple<const char*, LstmCase>> {
 protected:
  void SetUp() override {
    if (!test::available(std::get<0>(GetParam()))) GTEST_SKIP() << "this processor does not have it";
  }
};

TEST_P(BiLstmAgainstLibTorch, StatesAndAllGradientsAgree) {
  use_one_torch_thread();
  const test::WithSimd with(std::get<0>(GetParam()));
  const auto [samples, slots, inputs, width] = std::get<1>(GetParam());
  traffic::Random random(std::uint64_t{11});
  const BiLstm layer(inputs, width, random);
  const torch::Tensor x = normal({samples, slots, inputs}, random).set_requires_grad(true);
  const torch::Tensor ours = layer.sequences(x), theirs = torch_bilstm(layer, x, width);
  EXPECT_LT(largest_difference(ours, theirs), 1e-5);

  std::vector<torch::Tensor> wanted = layer.parameters();
  wanted.push_back(x);
  const torch::Tensor weight = normal({samples, slots, 2 * width}, random);
  const auto a = torch::autograd::grad({(ours * weight).sum()}, wanted, {}, true);
  const auto b = torch::autograd::grad({(theirs * weight).sum()}, wanted);
  expect_close(a, b);
  const auto again = torch::autograd::grad({(ours * weight).sum()}, wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_TRUE(a[i].equal(again[i])) << "gradient " << i;
}

TEST_P(BiLstmAgainstLibTorch, TheLastStatesAndTheirGradientsAgree) {
  use_one_torch_thread();
  const test::WithSimd with(std::get<0>(GetParam()));
  const auto [samples, slots, inputs, width] = std::get<1>(GetParam());
  traffic::Random random(std::uint64_t{12});
  const BiLstm layer(inputs, width, random);
  const torch::Tensor x = normal({samples, slots, inputs}, random).set_requires_grad(true);
  const torch::Tensor ours = layer.last(x), all = torch_bilstm(layer, x, width);
  const torch::Tensor theirs =
      torch::cat({all.select(1, slots - 1).narrow(1, 0, width), all.select(1, 0).narrow(1, width, width)}, 1);
  EXPECT_LT(largest_difference(ours, theirs), 1e-5);
  std::vector<torch::Tensor> wanted = layer.parameters();
  wanted.push_back(x);
  const torch::Tensor weight = normal({samples, 2 * width}, random);
  expect_close(torch::autograd::grad({(ours * weight).sum()}, wanted),
               torch::autograd::grad({(theirs * weight).sum()}, wanted));
}

INSTANTIATE_TEST_SUITE_P(Shapes, BiLstmAgainstLibTorch,
                         testing::Combine(testing::Values("avx512", "avx2", "portable"),
                                          testing::Values(LstmCase{128, 40, 4, 8}, LstmCase{16, 40, 16, 8},
                                                          LstmCase{1, 1, 3, 1}, LstmCase{17, 5, 3, 3},
                                                          LstmCase{7, 2, 7, 3}, LstmCase{33, 7, 1, 10},
                                                          LstmCase{17, 9, 4, 32}, LstmCase{7, 6, 64, 64},
                                                          LstmCase{17, 3, 5, 65})));

TEST(BiLstm, Avx512AndAvx2GiveTheSameBits) {
  if (!test::available("avx512")) GTEST_SKIP() << "this processor has no AVX-512";
  for (const auto& [samples, slots, inputs, width] :
       {LstmCase{1, 1, 1, 1}, LstmCase{17, 5, 3, 3}, LstmCase{128, 40, 4, 8}, LstmCase{41, 4, 9, 65}}) {
    const auto results = [&, samples = samples, slots = slots, inputs = inputs, width = width](bool last) {
      traffic::Random random(std::uint64_t{13});
      const BiLstm layer(inputs, width, random);
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

TEST(BiLstm, EachSampleHasTheSameStatesAndGradientsInABatchOfAnySize) {
  traffic::Random random(std::uint64_t{12});
  const BiLstm layer(4, 8, random);
  const torch::Tensor x = normal({64, 10, 4}, random), weight = normal({64, 10, 16}, random);
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

TEST(BiLstm, WithoutGradientsTheStatesAreTheSame) {
  traffic::Random random(std::uint64_t{12});
  const BiLstm layer(4, 9, random);
  const torch::Tensor x = normal({21, 10, 4}, random), all = layer.sequences(x), last = layer.last(x);
  const torch::NoGradGuard no_gradients;
  EXPECT_TRUE(all.equal(layer.sequences(x)));
  EXPECT_TRUE(last.equal(layer.last(x)));
}

TEST(BiLstm, LastIsTheStateOfEachDirectionAfterItsOwnLastSlot) {
  traffic::Random random(std::uint64_t{11});
  const BiLstm layer(4, 8, random);
  const torch::Tensor x = normal({9, 12, 4}, random);
  const torch::Tensor all = torch_bilstm(layer, x, 8), last = layer.last(x);
  EXPECT_LT(largest_difference(last.narrow(1, 0, 8), all.select(1, 11).narrow(1, 0, 8)), 1e-5);
  EXPECT_LT(largest_difference(last.narrow(1, 8, 8), all.select(1, 0).narrow(1, 8, 8)), 1e-5);
}

TEST(BiLstm, ExtremeInputsSaturateAndNaNStaysNaN) {
  traffic::Random random(std::uint64_t{11});
  const BiLstm layer(2, 4, random);
  const torch::Tensor x = torch::full({3, 4, 2}, 1e30F);
  for (const std::string& name : simd_choices()) {
    const test::WithSimd with(name);
    EXPECT_LE(layer.sequences(x).abs().max().item<double>(), 1.0 + 1e-6) << name;
    EXPECT_LE(layer.sequences(-x).abs().max().item<double>(), 1.0 + 1e-6) << name;
    EXPECT_TRUE(layer.sequences(x * std::numeric_limits<float>::quiet_NaN()).isnan().all().item<bool>())
        << name;
  }
}

TEST(BiLstm, GradientsOfInputsAloneNeedNoWeights) {
  traffic::Random random(std::uint64_t{11});
  const BiLstm layer(4, 8, random);
  for (torch::Tensor& parameter : layer.parameters()) parameter.set_requires_grad(false);
  const torch::Tensor x = normal({9, 12, 4}, random).set_requires_grad(true);
  const auto a = torch::autograd::grad({layer.sequences(x).square().sum()}, {x});
  const auto b = torch::autograd::grad({torch_bilstm(layer, x, 8).square().sum()}, {x});
  EXPECT_LT(largest_difference(a[0], b[0]), 1e-4);
}

}  // namespace
}  // namespace ipet::fingerprint
