// Training, validation and test windows get perturbations of their own, seen by a model that takes notes.
#include <map>
#include <mutex>
#include <set>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/grad_mode.h>

#include "stages/evaluation/generation_evaluation.hpp"
#include "stages/fingerprint/model.hpp"
#include "tests/evaluation/generation_samples.hpp"

namespace ipet::evaluation::test {
namespace {

using fingerprint::Part;

/// What was seen of each window, by the silence that tells which one it is.
struct Notes {
  std::mutex mutex;
  std::map<float, std::set<std::vector<float>>> seen;
};

class Spy final : public fingerprint::Model {
 public:
  Spy(const fingerprint::ModelShape& shape, traffic::Random& random, Notes& notes) : notes_(notes) {
    kernel_ = register_parameter("kernel", torch::empty({shape.slots * 4, shape.classes}));
    const torch::NoGradGuard no_gradients;
    fingerprint::glorot_uniform_(kernel_, random);
  }
  torch::Tensor forward(const torch::Tensor& features, const torch::Tensor& silence) override {
    const torch::Tensor flat = features.flatten(1).contiguous(), seconds = silence.contiguous();
    const std::lock_guard lock(notes_.mutex);
    for (std::int64_t i = 0; i < flat.size(0); ++i) {
      const float* from = flat.data_ptr<float>() + i * flat.size(1);
      notes_.seen[seconds.data_ptr<float>()[i]].insert({from, from + flat.size(1)});
    }
    return (flat * 0.01).matmul(kernel_);
  }

 private:
  Notes& notes_;
  torch::Tensor kernel_;
};

class SpyFactory final : public fingerprint::ModelFactory {
 public:
  explicit SpyFactory(Notes& notes) : notes_(notes) {}
  std::shared_ptr<fingerprint::Model> create(const fingerprint::ModelShape& shape,
                                             traffic::Random& random) const override {
    return std::make_shared<Spy>(shape, random, notes_);
  }

 private:
  Notes& notes_;
};

/// Windows without any packet, told apart by their silence alone.
windows::WindowSet silent_home() {
  windows::WindowSet set = home();
  std::fill(set.features.begin(), set.features.end(), 0.0F);
  for (std::size_t i = 0; i < set.size(); ++i) set.silence[i] = static_cast<float>(i);
  return set;
}

fingerprint::TrainedModel spying_discriminator(const windows::WindowSet& set, Notes& notes) {
  fingerprint::TrainedModel model;
  model.model = "spy";
  model.factory = std::make_shared<const SpyFactory>(notes);
  model.classes = set.devices;
  model.slots = set.slots;
  model.omega = set.omega;
  model.batch = 64;
  model.learning_rate = 0.01;
  model.normalisation = fingerprint::Normalisation::none;
  model.parameters = {{"kernel",
                       {static_cast<std::int64_t>(slots * 4), static_cast<std::int64_t>(devices)},
                       std::vector<float>(slots * 4 * devices, 0.1F)}};
  model.split = fingerprint::decide_split(set, {}).record;
  return model;
}

/// Generators that are all the same, so that windows of equal noise are perturbed alike.
generator::GeneratorSet equal_generators(const fingerprint::TrainedModel& model) {
  generator::GeneratorSet set = fixed(model, 1, 1);
  std::vector<generator::Generator>& made = set.chains[0].generations[0].devices;
  traffic::Random random(std::uint64_t{7});
  for (float& weight : made[0].weight) weight = static_cast<float>(random.uniform(-0.3, 0.3));
  made[0].bias.assign(made[0].bias.size(), 0.0F);
  for (generator::Generator& device : made) device = made[0];
  return set;
}

TEST(GenerationParts, HaveNoPerturbationInCommon) {
  SCOPED_TRACE("seed 7 of the generators' weights");
  Notes notes;
  const windows::WindowSet set = silent_home();
  const fingerprint::TrainedModel model = spying_discriminator(set, notes);
  GenerationEvaluationOptions options;
  options.training.epochs = 2;
  options.shared_generator = false;
  fingerprint::Observer observer;
  evaluate_generations(set, model, equal_generators(model), options, observer);

  std::map<std::vector<float>, Part> part_of_perturbation;
  std::map<Part, std::size_t> windows_of_part;
  for (const auto& [silence, seen] : notes.seen) {
    const auto i = static_cast<std::size_t>(silence);
    const Part part = fingerprint::part_of(model.split, set.devices[set.device[i]],
                                           set.captures[set.capture[i]], set.start[i]);
    ++windows_of_part[part];
    for (const std::vector<float>& values : seen) {
      if (values == std::vector<float>(slots * 4, 0.0F)) continue;  // undefended
      EXPECT_EQ(part_of_perturbation.emplace(values, part).first->second, part) << "window " << i;
    }
  }
  // One of five captures each for validation and testing, 90 windows in a capture.
  EXPECT_EQ(windows_of_part[Part::training], 270U);
  EXPECT_EQ(windows_of_part[Part::validation], 90U);
  EXPECT_EQ(windows_of_part[Part::test], 90U);
  EXPECT_GT(part_of_perturbation.size(), 440U) << "each window has one of its own";
}

}  // namespace
}  // namespace ipet::evaluation::test
