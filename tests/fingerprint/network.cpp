// What only tensors can show: gradients, normalisation, initial values.
#include "stages/fingerprint/network.hpp"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/lstm.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::fingerprint {
namespace {

TEST(Normalisation, GivesTheTrainingPartMeanZeroAndDeviationOne) {
  const LabelledWindows data = toy::windows(3, 50, 20, 1);
  Normalisation layer("log1p");
  layer.fit(data);
  std::vector<std::uint32_t> rows(data.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  const Batch all = make_batch(data, rows);
  const torch::Tensor x = layer.features(all.features).reshape({-1, 4}), s = layer.silence(all.silence);
  EXPECT_LT(x.mean(0).abs().max().item<double>(), 1e-4);
  EXPECT_LT((x.std(0, false) - 1).abs().max().item<double>(), 1e-4);
  EXPECT_LT(s.mean().abs().item<double>(), 1e-5);
  EXPECT_TRUE(Normalisation("none").features(all.features).equal(all.features));
  EXPECT_TRUE(Normalisation("none").constants().empty());
}

TEST(Network, GradientsPassThroughNormalisationAndModelToTheFeatures) {
  const LabelledWindows data = toy::windows(3, 4, 10, 1);
  traffic::Random random(std::uint64_t{5});
  Network network(std::make_shared<LstmFactory>(LstmOptions{}), {10, 3}, "log1p", random);
  network.normalisation().fit(data);
  const std::vector<std::uint32_t> rows{0, 1, 2, 3, 4, 5};
  const Batch batch = make_batch(data, rows);
  const auto loss = [&](const torch::Tensor& x) {
    return torch::nll_loss(torch::log_softmax(network.forward(x, batch.silence), 1), batch.label, {},
                           at::Reduction::Sum);
  };
  const torch::Tensor x = batch.features.clone().set_requires_grad(true);
  const torch::Tensor gradient = torch::autograd::grad({loss(x)}, {x})[0];
  EXPECT_GT(gradient.abs().max().item<double>(), 1e-4);
  // Along random directions, since one feature alone moves a float32 loss too little to measure.
  for (int trial = 0; trial < 5; ++trial) {
    torch::Tensor direction = torch::empty_like(x);
    float* values = direction.data_ptr<float>();
    for (std::int64_t i = 0; i < direction.numel(); ++i) values[i] = static_cast<float>(random.normal());
    const double step = 2e-2;  // features are not negative: stay above them
    const torch::Tensor base = batch.features + 1, at = base.clone().set_requires_grad(true);
    const double expected =
        (loss(base + step * direction).item<double>() - loss(base - step * direction).item<double>()) /
        (2 * step);
    const double got = (torch::autograd::grad({loss(at)}, {at})[0] * direction).sum().item<double>();
    EXPECT_NEAR(got, expected, 1e-3 + 1e-2 * std::abs(expected));
  }
}

TEST(Network, ParameterGradientsEqualFiniteDifferences) {
  const LabelledWindows data = toy::windows(3, 4, 10, 1);
  traffic::Random random(std::uint64_t{6});
  Network network(std::make_shared<LstmFactory>(LstmOptions{}), {10, 3}, "log1p", random);
  network.normalisation().fit(data);
  const std::vector<std::uint32_t> rows{0, 1, 2, 3, 4, 5};
  const Batch batch = make_batch(data, rows);
  const auto loss = [&] {
    return torch::nll_loss(torch::log_softmax(network.forward(batch.features, batch.silence), 1),
                           batch.label) +
           network.model().penalty();
  };
  const auto gradients = torch::autograd::grad({loss()}, network.parameters());
  const torch::NoGradGuard no_gradients;
  std::size_t i = 0;
  for (torch::Tensor& parameter : network.parameters()) {
    const torch::Tensor direction = torch::empty_like(parameter);
    for (std::int64_t j = 0; j < direction.numel(); ++j)
      direction.data_ptr<float>()[j] = static_cast<float>(random.normal());
    const double step = 1e-2;
    const torch::Tensor before = parameter.clone();
    parameter.copy_(before + step * direction);
    const double above = loss().item<double>();
    parameter.copy_(before - step * direction);
    const double below = loss().item<double>();
    parameter.copy_(before);
    const double expected = (above - below) / (2 * step);
    EXPECT_NEAR((gradients[i] * direction).sum().item<double>(), expected, 1e-3 + 1e-2 * std::abs(expected));
    ++i;
  }
}

TEST(Network, AReplicaSeesEveryChange) {
  traffic::Random random(std::uint64_t{5});
  Network network(std::make_shared<LstmFactory>(LstmOptions{}), {10, 3}, "log1p", random);
  const auto replica = network.replica();
  network.values()[3] = 42;
  EXPECT_EQ(replica->values()[3], 42);
  EXPECT_EQ(replica->parameters()[0].data_ptr<float>()[3], 42);
}

TEST(Initialisation, IsGlorotOrthogonalAndRemembersAtFirst) {
  traffic::Random random(std::uint64_t{5});
  Network network(std::make_shared<LstmFactory>(LstmOptions{}), {10, 3}, "none", random);
  const auto parameters = network.model().named_parameters();
  const torch::Tensor kernel = parameters["lstm_1.forward_kernel"];
  const double limit = std::sqrt(6.0 / (4 + 32));
  EXPECT_LE(kernel.abs().max().item<double>(), limit);
  EXPECT_GT(kernel.abs().max().item<double>(), 0.9 * limit);
  const torch::Tensor recurrent = parameters["lstm_2.backward_recurrent"];
  EXPECT_LT((recurrent.mm(recurrent.t()) - torch::eye(8)).abs().max().item<double>(), 1e-6);
  const torch::Tensor bias = parameters["lstm_1.forward_bias"];
  EXPECT_EQ(bias.narrow(0, 8, 8).sum().item<double>(), 8);
  EXPECT_EQ(bias.abs().sum().item<double>(), 8);
}

}  // namespace
}  // namespace ipet::fingerprint
