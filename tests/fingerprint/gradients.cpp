// Gradients of every model, with every instruction set of the kernels, against central differences of its own
// loss.
//
// A float32 loss carries rounding noise of about 1e-7, so a difference over a small step is noise, and one
// over a large step is curvature, or with rectifiers the sum of many kinks. What is left of both depends on
// the processor. So the differences are those of a double-precision copy of the network, over small steps: an
// lstm or gru in double precision is made of plain LibTorch operations in place of the kernel. Each step goes
// along the gradient plus a random direction, so that the loss changes by much more than its noise, and the
// step is halved until two differences agree best (Ridders 1982), which does not look at the gradient.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "stages/fingerprint/network.hpp"
#include "tests/fingerprint/models.hpp"
#include "tests/fingerprint/simd.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::fingerprint {
namespace {

constexpr std::int64_t slots = 12, classes = 3;

LabelledWindows toy_data() {
  return toy::windows(classes, 12, slots, 1);
}

/// Features that no two slots share: units of a rectifier that switch at the same step would make a large
/// kink. And above 0, where log1p is steepest.
Batch toy_batch(Normalisation normalisation) {
  const LabelledWindows data = toy_data();
  std::vector<std::uint32_t> rows(data.size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  Batch batch = make_batch(data, rows);
  // Raw features of hundreds would leave every unit saturated and every gradient zero.
  if (normalisation == Normalisation::none) batch.features /= 50;
  traffic::Random random(std::uint64_t{4});
  for (std::int64_t i = 0; i < batch.features.numel(); ++i)
    batch.features.data_ptr<float>()[i] += static_cast<float>(random.uniform(0.5, 4));
  return batch;
}

/// A network and its loss on the toy batch, in one precision.
struct GradientCase {
  GradientCase(const std::string& name, Normalisation normalisation, torch::ScalarType precision)
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

/// Slope of `loss` at 0: five-point differences over ever smaller steps; the one that changed least.
double slope(const std::function<double(double)>& loss) {
  constexpr double largest_step = 1e-4, smallest_step = 1e-6;
  double best = 0, smallest_change = std::numeric_limits<double>::infinity();
  double before = std::numeric_limits<double>::quiet_NaN();
  for (double h = largest_step; h > smallest_step; h /= 2) {
    const double now = (8 * (loss(h) - loss(-h)) - (loss(2 * h) - loss(-2 * h))) / (12 * h);
    if (std::abs(now - before) < smallest_change) {
      smallest_change = std::abs(now - before);
      best = now;
    }
    before = now;
  }
  return best;
}

/// Ten times what float32 leaves of a gradient here with any of our instruction sets, LibTorch's and
/// OpenBLAS': 1.8e-6 at most.
constexpr double most_error = 2e-5;

/// Gradients by instruction set, the one in use first.
using Computed = std::vector<std::pair<std::string, torch::autograd::variable_list>>;

class Gradients : public testing::TestWithParam<std::tuple<const char*, Normalisation>> {
 protected:
  Gradients()
      : tested(std::get<0>(GetParam()), std::get<1>(GetParam()), torch::kFloat32),
        exact(std::get<0>(GetParam()), std::get<1>(GetParam()), torch::kFloat64) {
    use_one_torch_thread();
  }
  void TearDown() override {
    for (const auto& [simd, error] : largest_error) RecordProperty("largest_error_" + simd, number(error));
  }
  static Computed with_every_simd(const std::function<torch::autograd::variable_list()>& compute) {
    Computed all{{simd(), compute()}};
    for (const std::string& name : simd_choices()) {
      if (name == all[0].first) continue;
      const test::WithSimd with(name);
      all.emplace_back(name, compute());
    }
    return all;
  }
  /// Along the gradient and a random direction of the same length.
  torch::Tensor direction_near(const torch::Tensor& gradient) {
    const torch::Tensor values = torch::empty(gradient.sizes());
    for (std::int64_t i = 0; i < values.numel(); ++i)
      values.data_ptr<float>()[i] = static_cast<float>(exact.random.normal());
    return gradient / gradient.norm() + values / values.norm();
  }
  /// What gradient `i` of each instruction set says of the slope along `direction`, against `loss(step)`.
  void expect_slope(const Computed& gradients, std::size_t i, const torch::Tensor& direction,
                    const std::function<double(double)>& loss, const std::string& what) {
    const double expected = slope(loss);
    for (const auto& [simd, values] : gradients) {
      const double got = (values[i].to(torch::kFloat64) * direction.to(torch::kFloat64)).sum().item<double>();
      const double error = std::abs(got / expected - 1);
      EXPECT_LT(error, most_error) << what << ", " << simd << ": " << got << ", " << expected;
      largest_error[simd] = std::max(largest_error[simd], error);
    }
  }
  static std::string number(double value) {
    std::ostringstream text;
    text << value;
    return text.str();
  }

  GradientCase tested, exact;
  std::map<std::string, double> largest_error;
};

TEST_P(Gradients, OfTheFeaturesEqualFiniteDifferences) {
  const torch::Tensor x = tested.batch.features.clone().set_requires_grad(true);
  const Computed gradients = with_every_simd([&] { return torch::autograd::grad({tested.loss(x)}, {x}); });
  const torch::Tensor first = gradients[0].second[0];
  ASSERT_GT(first.norm().item<double>(), 1e-4);
  const torch::NoGradGuard no_gradients;
  for (int trial = 0; trial < 3; ++trial) {
    const torch::Tensor direction = direction_near(first);
    const auto loss = [&](double step) {
      return exact.loss(exact.batch.features + step * direction).item<double>();
    };
    expect_slope(gradients, 0, direction, loss, "features");
  }
}

TEST_P(Gradients, OfEveryParameterEqualFiniteDifferences) {
  const Computed gradients = with_every_simd([&] {
    return torch::autograd::grad({tested.loss(tested.batch.features)}, tested.network.parameters());
  });
  const torch::NoGradGuard no_gradients;
  const auto parameters = exact.network.model().named_parameters();
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const torch::Tensor first = gradients[0].second[i];
    torch::Tensor parameter = parameters[i].value();
    ASSERT_GT(first.norm().item<double>(), 1e-6) << parameters[i].key();
    const torch::Tensor before = parameter.clone(), direction = direction_near(first);
    const auto loss = [&](double step) {
      parameter.copy_(before + step * direction);
      return exact.loss(exact.batch.features).item<double>();
    };
    expect_slope(gradients, i, direction, loss, parameters[i].key());
    parameter.copy_(before);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, Gradients,
                         testing::Combine(test::every_model,
                                          testing::Values(Normalisation::log1p, Normalisation::none)),
                         [](const auto& info) {
                           return std::string(std::get<0>(info.param)) + "_" +
                                  std::string(text::word_of(normalisations, std::get<1>(info.param)));
                         });

}  // namespace
}  // namespace ipet::fingerprint
