// Gradients of every model against central differences of its own loss.
//
// A float32 loss carries rounding noise of about 1e-7, so a difference over a small step is noise and one
// over a large step is curvature. Three things make 1e-3 possible: the loss is summed up in double precision,
// every step goes along the gradient plus a random direction (so that the loss changes by much more than its
// noise), and the step is halved until two extrapolated differences agree best (Ridders 1982), which does not
// look at the gradient.
#include <cmath>
#include <functional>
#include <limits>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/network.hpp"
#include "tests/fingerprint/models.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::fingerprint {
namespace {

constexpr std::int64_t slots = 12, classes = 3;

struct Case {
  explicit Case(const std::string& name, const std::string& normalisation)
      : random(std::uint64_t{6}), network(test::model(name), {slots, classes}, normalisation, random) {
    const LabelledWindows data = toy::windows(classes, 32, slots, 1);
    network.normalisation().fit(data);
    std::vector<std::uint32_t> rows(data.size());
    for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
    batch = make_batch(data, rows);
    // Raw features of hundreds would leave every unit saturated and every gradient zero.
    if (normalisation == "none") batch.features /= 50;
    // No two slots alike: units of a rectifier that switch at the same step would make a kink. And above 0,
    // where log1p is steepest.
    for (std::int64_t i = 0; i < batch.features.numel(); ++i)
      batch.features.data_ptr<float>()[i] += static_cast<float>(random.uniform(0.5, 4));
  }
  torch::Tensor loss(const torch::Tensor& features) {
    const torch::Tensor logits = network.forward(features, batch.silence).to(torch::kFloat64);
    return torch::nll_loss(torch::log_softmax(logits, 1), batch.label) + network.model().penalty();
  }
  torch::Tensor normal_like(const torch::Tensor& tensor) {
    const torch::Tensor values = torch::empty(tensor.sizes());
    for (std::int64_t i = 0; i < values.numel(); ++i)
      values.data_ptr<float>()[i] = static_cast<float>(random.normal());
    return values / values.norm();
  }

  traffic::Random random;
  Network network;
  Batch batch;
};

/// Slope of `loss` at 0: five-point differences over ever smaller steps; the one that changed least.
double slope(double largest_step, const std::function<double(double)>& loss) {
  double best = 0, smallest_change = std::numeric_limits<double>::infinity();
  double before = std::numeric_limits<double>::quiet_NaN();
  for (double h = largest_step; h > 5e-4; h /= 2) {
    const double now = (8 * (loss(h) - loss(-h)) - (loss(2 * h) - loss(-2 * h))) / (12 * h);
    if (std::abs(now - before) < smallest_change) {
      smallest_change = std::abs(now - before);
      best = now;
    }
    before = now;
  }
  return best;
}

class Gradients : public testing::TestWithParam<std::tuple<const char*, const char*>> {
 protected:
  Case make() const { return Case(std::get<0>(GetParam()), std::get<1>(GetParam())); }
  /// Rectifiers have kinks: only over small steps do few of them switch.
  double largest_step() const { return std::string(std::get<0>(GetParam())) == "cnn" ? 8e-3 : 0.2; }
  void expect_equal(double got, double expected, const std::string& what) const {
    EXPECT_LT(std::abs(got - expected), 1e-3 * std::abs(expected)) << what << ": " << got << ", " << expected;
  }
};

TEST_P(Gradients, OfTheFeaturesEqualFiniteDifferences) {
  Case c = make();
  const torch::Tensor x = c.batch.features.clone().set_requires_grad(true);
  const torch::Tensor gradient = torch::autograd::grad({c.loss(x)}, {x})[0];
  const double norm = gradient.norm().item<double>();
  ASSERT_GT(norm, 1e-4);
  const torch::NoGradGuard no_gradients;
  for (int trial = 0; trial < 3; ++trial) {
    const torch::Tensor direction = gradient / norm + c.normal_like(gradient);
    const double expected = slope(largest_step(), [&](double step) {
      return c.loss(c.batch.features + step * direction).item<double>();
    });
    expect_equal((gradient * direction).sum().item<double>(), expected, "features");
  }
}

TEST_P(Gradients, OfEveryParameterEqualFiniteDifferences) {
  Case c = make();
  const auto gradients = torch::autograd::grad({c.loss(c.batch.features)}, c.network.parameters());
  const torch::NoGradGuard no_gradients;
  const auto names = c.network.model().named_parameters();
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    torch::Tensor parameter = names[i].value();
    const double norm = gradients[i].norm().item<double>();
    ASSERT_GT(norm, 1e-6) << names[i].key();
    const torch::Tensor before = parameter.clone();
    const torch::Tensor direction = gradients[i] / norm + c.normal_like(parameter);
    const double expected = slope(largest_step(), [&](double step) {
      parameter.copy_(before + step * direction);
      return c.loss(c.batch.features).item<double>();
    });
    parameter.copy_(before);
    expect_equal((gradients[i] * direction).sum().item<double>(), expected, names[i].key());
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Gradients,
                         testing::Combine(test::every_model, testing::Values("log1p", "none")),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param)) + "_" + std::get<1>(info.param);
                         });

}  // namespace
}  // namespace ipet::fingerprint
