// The hand-written layer against LibTorch's own, forwards and backwards.
#include "stages/fingerprint/bilstm.hpp"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/network.hpp"

namespace ipet::fingerprint {
namespace {

torch::Tensor normal(std::vector<std::int64_t> sizes, traffic::Random& random) {
  torch::Tensor tensor = torch::empty(sizes);
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    tensor.data_ptr<float>()[i] = static_cast<float>(random.normal());
  return tensor;
}

/// LibTorch's layer on the same parameters; it has a second bias, which is zero here.
torch::Tensor reference(const BiLstm& layer, const torch::Tensor& x, std::int64_t width) {
  const auto p = layer.named_parameters();
  const torch::Tensor state = torch::zeros({2, x.size(0), width}), zero = torch::zeros({4 * width});
  return std::get<0>(
      torch::lstm(x, {state, state},
                  {p["forward_kernel"].t(), p["forward_recurrent"].t(), p["forward_bias"], zero,
                   p["backward_kernel"].t(), p["backward_recurrent"].t(), p["backward_bias"], zero},
                  true, 1, 0.0, false, true, true));
}

double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return (a - b).abs().max().item<double>();
}

struct Case {
  std::int64_t samples, slots, inputs, width;
};
class BiLstmAgainstLibTorch : public testing::TestWithParam<Case> {};

TEST_P(BiLstmAgainstLibTorch, StatesAndAllGradientsAgree) {
  use_one_torch_thread();
  const auto [samples, slots, inputs, width] = GetParam();
  traffic::Random random(std::uint64_t{11});
  const BiLstm layer(inputs, width, random);
  const torch::Tensor x = (3 * normal({samples, slots, inputs}, random)).set_requires_grad(true);
  const torch::Tensor ours = layer.sequences(x), theirs = reference(layer, x, width);
  EXPECT_LT(largest_difference(ours, theirs), 1e-5);

  std::vector<torch::Tensor> wanted = layer.parameters();
  wanted.push_back(x);
  const torch::Tensor weight = normal({samples, slots, 2 * width}, random);
  const auto a = torch::autograd::grad({(ours * weight).sum()}, wanted);
  const auto b = torch::autograd::grad({(theirs * weight).sum()}, wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const double scale = std::max(1.0, b[i].abs().max().item<double>());
    EXPECT_LT(largest_difference(a[i], b[i]) / scale, 1e-4) << "gradient " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, BiLstmAgainstLibTorch,
                         testing::Values(Case{32, 40, 4, 8}, Case{16, 40, 16, 8}, Case{1, 1, 3, 1},
                                         Case{17, 5, 3, 5}, Case{5, 2, 7, 3}, Case{33, 7, 1, 10}));

TEST(BiLstm, LastIsTheStateOfEachDirectionAfterItsOwnLastSlot) {
  traffic::Random random(std::uint64_t{11});
  const BiLstm layer(4, 8, random);
  const torch::Tensor x = normal({9, 12, 4}, random);
  const torch::Tensor all = reference(layer, x, 8), last = layer.last(x);
  EXPECT_LT(largest_difference(last.narrow(1, 0, 8), all.select(1, 11).narrow(1, 0, 8)), 1e-5);
  EXPECT_LT(largest_difference(last.narrow(1, 8, 8), all.select(1, 0).narrow(1, 8, 8)), 1e-5);
}

TEST(BiLstm, ExtremeInputsSaturateAndNaNStaysNaN) {
  traffic::Random random(std::uint64_t{11});
  const BiLstm layer(2, 4, random);
  const torch::Tensor x = torch::full({3, 4, 2}, 1e30F);
  EXPECT_LE(layer.sequences(x).abs().max().item<double>(), 1.0);
  EXPECT_LE(layer.sequences(-x).abs().max().item<double>(), 1.0);
  EXPECT_TRUE(layer.sequences(x * std::numeric_limits<float>::quiet_NaN()).isnan().all().item<bool>());
}

TEST(BiLstm, GradientsOfInputsAloneNeedNoWeights) {
  traffic::Random random(std::uint64_t{11});
  const BiLstm layer(4, 8, random);
  for (torch::Tensor& parameter : layer.parameters()) parameter.set_requires_grad(false);
  const torch::Tensor x = normal({9, 12, 4}, random).set_requires_grad(true);
  const auto a = torch::autograd::grad({layer.sequences(x).square().sum()}, {x});
  const auto b = torch::autograd::grad({reference(layer, x, 8).square().sum()}, {x});
  EXPECT_LT(largest_difference(a[0], b[0]), 1e-4);
}

}  // namespace
}  // namespace ipet::fingerprint
