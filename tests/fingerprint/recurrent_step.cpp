// What a training step of the recurrent models computes, against LibTorch's own layers on the same
// parameters: the parts that are one operation each, and whole networks. tests/bench/recurrent compares their
// speed.
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/cross_entropy.hpp"
#include "stages/fingerprint/layers.hpp"
#include "stages/fingerprint/network.hpp"
#include "stages/fingerprint/tensor_pool.hpp"
#include "tests/fingerprint/models.hpp"
#include "tests/fingerprint/tensors.hpp"

namespace ipet::fingerprint {
namespace {

using test::expect_close;
using test::normal;

torch::Tensor labels(std::int64_t samples, std::int64_t classes, traffic::Random& random) {
  torch::Tensor label = torch::empty({samples}, torch::kInt64);
  for (std::int64_t i = 0; i < samples; ++i)
    label.data_ptr<std::int64_t>()[i] =
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(classes)));
  return label;
}

TEST(Head, IsItsPartsWithAndWithoutDropout) {
  traffic::Random random(std::uint64_t{1});
  const Dense dense(6, 9, random), output(9, 4, random);
  const torch::Tensor x = normal({7, 5}, random).set_requires_grad(true),
                      silence = normal({7, 1}, random).set_requires_grad(true);
  const std::vector<torch::Tensor> wanted{
      x, silence, dense.kernel(), dense.bias(), output.kernel(), output.bias()};
  const torch::Tensor weight = normal({7, 4}, random);
  for (const torch::Tensor& mask : {torch::Tensor(), (normal({7, 9}, random) > 0).to(torch::kFloat32) * 2}) {
    torch::Tensor hidden = torch::tanh(dense.forward(torch::cat({x, silence}, 1)));
    if (mask.defined()) hidden = hidden * mask;
    const torch::Tensor theirs = output.forward(hidden), ours = head(x, silence, mask, dense, output);
    expect_close({ours}, {theirs});
    expect_close(torch::autograd::grad({(ours * weight).sum()}, wanted),
                 torch::autograd::grad({(theirs * weight).sum()}, wanted));
  }
}

TEST(WeightedSquares, AreTheSumOfTheSquaresTimesTheWeight) {
  traffic::Random random(std::uint64_t{2});
  const torch::Tensor a = normal({3, 4}, random).set_requires_grad(true),
                      b = normal({2, 5}, random).set_requires_grad(true);
  const torch::Tensor ours = weighted_squares(0.3, a, b),
                      theirs = 0.3 * (a.square().sum() + b.square().sum());
  expect_close({ours}, {theirs});
  expect_close(torch::autograd::grad({2 * ours}, {a, b}), torch::autograd::grad({2 * theirs}, {a, b}));
  const torch::Tensor alone = weighted_squares(0.3, a);
  expect_close(torch::autograd::grad({alone}, {a}), torch::autograd::grad({0.3 * a.square().sum()}, {a}));
}

TEST(CrossEntropy, EqualsLibTorchsInBothPrecisions) {
  traffic::Random random(std::uint64_t{3});
  const torch::Tensor label = labels(50, 4, random);
  for (const auto precision : {torch::kFloat32, torch::kFloat64}) {
    const torch::Tensor logits = (5 * normal({50, 4}, random)).to(precision).set_requires_grad(true);
    const torch::Tensor sum = torch::nll_loss(torch::log_softmax(logits, 1), label, {}, at::Reduction::Sum);
    const CrossEntropy ours = cross_entropy(logits, label, 0.02);
    EXPECT_NEAR(ours.sum, sum.item<double>(), 1e-5 * sum.item<double>());
    EXPECT_EQ(ours.gradient.scalar_type(), precision);
    expect_close({ours.gradient}, torch::autograd::grad({0.02 * sum}, {logits}));
    EXPECT_EQ(ours.hits, static_cast<std::size_t>(logits.argmax(1).eq(label).sum().item<std::int64_t>()));
  }
}

TEST(CrossEntropy, OfHugeLogitsIsFiniteAndOfNaNIsNaN) {
  const torch::Tensor label = torch::zeros({1}, torch::kInt64);
  EXPECT_NEAR(cross_entropy(torch::tensor({{-1e30F, 0.0F}}), label, 1).sum, 1e30, 1e24);
  for (const std::size_t place : {0U, 1U, 2U}) {
    torch::Tensor logits = torch::zeros({1, 3});
    logits.data_ptr<float>()[place] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan(cross_entropy(logits, label, 1).sum)) << place;
  }
}

TEST(Reused, MemoryThatIsStillInUseIsNotHandedOut) {
  const torch::Tensor first = reused({100, 10}).fill_(1);
  const torch::Tensor view = reused({100, 10}).fill_(2).narrow(0, 50, 10);
  for (int i = 0; i < 40; ++i) reused({100, 10}).fill_(3);
  EXPECT_TRUE(first.eq(1).all().item<bool>());
  EXPECT_TRUE(view.eq(2).all().item<bool>());
}

TEST(Reused, MemoryIsReusedOnceNobodyHasIt) {
  const void* before = reused({300, 11}).data_ptr();
  const torch::Tensor again = reused({299, 11});
  EXPECT_EQ(again.data_ptr(), before);
  EXPECT_EQ(again.sizes(), (std::vector<std::int64_t>{299, 11}));
}

/// LibTorch's layer on the parameters of ours.
torch::Tensor states(const torch::OrderedDict<std::string, torch::Tensor>& p, const std::string& layer,
                     const torch::Tensor& x, bool lstm) {
  const auto at = [&](const char* name) { return p[layer + "." + name]; };
  if (lstm) {
    const std::int64_t width = at("forward_recurrent").size(0);
    const torch::Tensor state = torch::zeros({2, x.size(0), width}), zero = torch::zeros({4 * width});
    return std::get<0>(
        torch::lstm(x, {state, state},
                    {at("forward_kernel").t(), at("forward_recurrent").t(), at("forward_bias"), zero,
                     at("backward_kernel").t(), at("backward_recurrent").t(), at("backward_bias"), zero},
                    true, 1, 0.0, false, true, true));
  }
  const std::int64_t width = at("recurrent").size(0);
  const auto reordered = [&](const torch::Tensor& gates) {  // the reset gate first
    const auto parts = gates.split(width, -1);
    return torch::cat({parts[1], parts[0], parts[2]}, -1);
  };
  return std::get<0>(torch::gru(x, torch::zeros({1, x.size(0), width}),
                                {reordered(at("kernel")).t(), reordered(at("recurrent")).t(),
                                 reordered(at("bias")[0]), reordered(at("bias")[1])},
                                true, 1, 0.0, false, false, true));
}

class RecurrentStep : public testing::TestWithParam<const char*> {};

TEST_P(RecurrentStep, LogitsPenaltyAndAllGradientsAreThoseOfLibTorchsLayers) {
  use_one_torch_thread();
  const std::string name = GetParam();
  const bool lstm = name == "lstm";
  traffic::Random random(std::uint64_t{4});
  const auto model = test::model(name)->create({40, 10}, random);
  const torch::Tensor x = normal({128, 40, 4}, random), silence = normal({128, 1}, random),
                      label = labels(128, 10, random);
  const auto p = model->named_parameters();
  const torch::Tensor all = states(p, name + "_2", states(p, name + "_1", x, lstm), lstm);
  torch::Tensor last = all.select(1, 39), penalty;
  if (lstm) {
    last = torch::cat({last.narrow(1, 0, 8), all.select(1, 0).narrow(1, 8, 8)}, 1);
    penalty = 0.01 * (p["lstm_1.forward_kernel"].square().sum() + p["lstm_1.backward_kernel"].square().sum());
  } else {
    penalty = 0.01 * p["gru_1.kernel"].square().sum();
  }
  const torch::Tensor hidden =
      torch::tanh(torch::addmm(p["dense.bias"], torch::cat({last, silence}, 1), p["dense.kernel"]));
  const torch::Tensor theirs = torch::addmm(p["output.bias"], hidden, p["output.kernel"]);
  const torch::Tensor ours = model->forward(x, silence);
  expect_close({ours, model->penalty()}, {theirs, penalty});

  const CrossEntropy loss = cross_entropy(ours, label, 1 / 128.0);
  expect_close(
      torch::autograd::grad({ours, model->penalty()}, p.values(), {loss.gradient, torch::ones({})}),
      torch::autograd::grad({torch::nll_loss(torch::log_softmax(theirs, 1), label) + penalty}, p.values()));
}

INSTANTIATE_TEST_SUITE_P(Models, RecurrentStep, testing::Values("lstm", "gru"), test::name_of);

}  // namespace
}  // namespace ipet::fingerprint
