// Gradients of every model against central differences of its own loss.
//
// A float32 loss carries rounding noise of about 1e-7, so a difference over a small step is noise, and one
// over a large step is curvature, or with rectifiers the sum of many kinks. So the differences are those of a
// double-precision copy of the network, over small steps. The lstm's kernel knows float32 alone: there the
// steps are large and the differences are extrapolated. Either way the loss is summed up in double precision,
// each step goes along the gradient plus a random direction, so that the loss changes by much more than its
// noise, and the step is halved until two differences agree best (Ridders 1982), which does not look at the
// gradient.
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

LabelledWindows toy_data() {
  return toy::windows(classes, 12, slots, 1);
}

/// Features that no two slots share: units of a rectifier that switch at the same step would make a large
/// kink. And above 0, where log1p is steepest.
Batch toy_batch(const std::string& normalisation) {
  const LabelledWindows data = toy_data();
  std::vector<std::uint32_t> rows(data.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  Batch batch = make_batch(data, rows);
  // Raw features of hundreds would leave every unit saturated and every gradient zero.
  if (normalisation == "none") batch.features /= 50;
  traffic::Random random(std::uint64_t{4});
  for (std::int64_t i = 0; i < batch.features.numel(); ++i)
    batch.features.data_ptr<float>()[i] += static_cast<float>(random.uniform(0.5, 4));
  return batch;
}

/// A network and its loss on the toy batch, in one precision.
struct Case {
  Case(const std::string& name, const std::string& normalisation, torch::ScalarType precision)
      : random(std::uint64_t{6}),
        network(test::model(name), {slots, classes}, normalisation, random),
        batch(toy_batch(normalisation)) {
    network.normalisation().fit(toy_data());
    network.model().to(precision);
    batch.features = batch.features.to(precision);
    batch.silence = batch.silence.to(precision);
  }
  torch::Tensor loss(const torch::Tensor& features) {
    const torch::Tensor logits = network.forward(features, batch.silence).to(torch::kFloat64);
    return torch::nll_loss(torch::log_softmax(logits, 1), batch.label) + network.model().penalty();
  }

  traffic::Random random;
  Network network;
  Batch batch;
};

struct Steps {
  double largest, smallest;
};

/// Slope of `loss` at 0: five-point differences over ever smaller steps; the one that changed least.
double slope(const Steps& steps, const std::function<double(double)>& loss) {
  double best = 0, smallest_change = std::numeric_limits<double>::infinity();
  double before = std::numeric_limits<double>::quiet_NaN();
  for (double h = steps.largest; h > steps.smallest; h /= 2) {
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
  Gradients()
      : name(std::get<0>(GetParam())),
        precision(name == "lstm" ? torch::kFloat32 : torch::kFloat64),
        steps(name == "lstm" ? Steps{0.2, 5e-4} : Steps{1e-4, 1e-6}),
        tested(name, std::get<1>(GetParam()), torch::kFloat32),
        exact(name, std::get<1>(GetParam()), precision) {
    use_one_torch_thread();
  }
  /// Along the gradient and a random direction of the same length.
  torch::Tensor direction_near(const torch::Tensor& gradient) {
    const torch::Tensor values = torch::empty(gradient.sizes());
    for (std::int64_t i = 0; i < values.numel(); ++i)
      values.data_ptr<float>()[i] = static_cast<float>(exact.random.normal());
    return gradient / gradient.norm() + values / values.norm();
  }
  /// What the gradient says of the slope along `direction`, against `loss(step)`.
  void expect_slope(const torch::Tensor& gradient, const torch::Tensor& direction,
                    const std::function<double(double)>& loss, const std::string& what) const {
    const double expected = slope(steps, loss);
    const double got = (gradient.to(torch::kFloat64) * direction.to(torch::kFloat64)).sum().item<double>();
    EXPECT_LT(std::abs(got - expected), 1e-3 * std::abs(expected)) << what << ": " << got << ", " << expected;
  }

  std::string name;
  torch::ScalarType precision;
  Steps steps;
  Case tested, exact;
};

TEST_P(Gradients, OfTheFeaturesEqualFiniteDifferences) {
  const torch::Tensor x = tested.batch.features.clone().set_requires_grad(true);
  const torch::Tensor gradient = torch::autograd::grad({tested.loss(x)}, {x})[0];
  ASSERT_GT(gradient.norm().item<double>(), 1e-4);
  const torch::NoGradGuard no_gradients;
  for (int trial = 0; trial < 3; ++trial) {
    const torch::Tensor direction = direction_near(gradient);
    const auto loss = [&](double step) {
      return exact.loss(exact.batch.features + step * direction).item<double>();
    };
    expect_slope(gradient, direction, loss, "features");
  }
}

TEST_P(Gradients, OfEveryParameterEqualFiniteDifferences) {
  const auto gradients =
      torch::autograd::grad({tested.loss(tested.batch.features)}, tested.network.parameters());
  const torch::NoGradGuard no_gradients;
  const auto parameters = exact.network.model().named_parameters();
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    torch::Tensor parameter = parameters[i].value();
    ASSERT_GT(gradients[i].norm().item<double>(), 1e-6) << parameters[i].key();
    const torch::Tensor before = parameter.clone(), direction = direction_near(gradients[i]);
    const auto loss = [&](double step) {
      parameter.copy_(before + step * direction);
      return exact.loss(exact.batch.features).item<double>();
    };
    expect_slope(gradients[i], direction, loss, parameters[i].key());
    parameter.copy_(before);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Gradients,
                         testing::Combine(test::every_model, testing::Values("log1p", "none")),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param)) + "_" + std::get<1>(info.param);
                         });

}  // namespace
}  // namespace ipet::fingerprint
