// Training of a generator against the same with LibTorch's own modules (plain_torch.hpp): from the same
// weights and with the same draws it comes to the same weights.
#include "tests/generator/plain_torch.hpp"

#include <gtest/gtest.h>

#include "stages/fingerprint/discriminator_training.hpp"
#include "stages/fingerprint/lstm.hpp"
#include "stages/fingerprint/network.hpp"
#include "stages/generator_training/device_trainer.hpp"
#include "tests/fingerprint/toy_windows.hpp"

namespace ipet::generator {
namespace {

constexpr std::size_t slots = 12, devices = 3, count = 23;
const traffic::StreamKey key = traffic::StreamKey(7).with("plain");

/// Dozat 2016 with Keras' schedule, written with tensors.
struct PlainNadam {
  std::vector<torch::Tensor> parameters, m, v;
  double rate, product = 1;
  int t = 0;
  PlainNadam(std::vector<torch::Tensor> of, double learning_rate)
      : parameters(std::move(of)), rate(learning_rate) {
    for (const torch::Tensor& p : parameters) {
      m.push_back(torch::zeros(p.sizes(), torch::kFloat64));
      v.push_back(torch::zeros(p.sizes(), torch::kFloat64));
    }
  }
  void step() {
    const torch::NoGradGuard no_gradients;
    ++t;
    const double now = 0.9 * (1 - 0.5 * std::pow(0.96, 0.004 * t)),
                 next = 0.9 * (1 - 0.5 * std::pow(0.96, 0.004 * (t + 1)));
    product *= now;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const torch::Tensor g = parameters[i].grad().to(torch::kFloat64);
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      const torch::Tensor ahead = next * m[i] / (1 - product * next) + (1 - now) * g / (1 - product);
      parameters[i].sub_(
          (rate * ahead / (torch::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-7)).to(torch::kFloat32));
    }
  }
};

fingerprint::TrainedModel discriminator() {
  fingerprint::Observer quiet;
  fingerprint::DiscriminatorTrainingOptions options;
  options.epochs = 4;
  options.learning_rate = 5e-3;
  fingerprint::LstmOptions lstm;
  lstm.dropout = 0;  // drawn in two ways
  const auto training = toy::windows(devices, 60, slots, 1);
  return fingerprint::train(std::make_shared<const fingerprint::LstmFactory>(lstm), training, training,
                            toy::names(devices), options, quiet);
}

GeneratorSet set_of(const GeneratorTrainingOptions& options) {
  GeneratorSet set;
  set.slots = slots;
  set.max_packets_per_omega = options.max_packets_per_omega;
  set.max_payload_per_omega = options.max_payload_per_omega;
  set.rows = options.rows;
  set.minimum_size = options.minimum_size;
  return set;
}

/// Largest difference of any weight, and how far the weights moved.
struct Compared {
  double difference = 0, moved = 0, loss = 0, plain_loss = 0;
};

Compared compare(const GeneratorTrainingOptions& options, std::uint32_t passes) {
  fingerprint::use_one_torch_thread();
  const fingerprint::TrainedModel model = discriminator();
  const auto all = toy::windows(devices, count, slots, 3);
  std::vector<std::uint32_t> own;
  for (std::uint32_t i = 1; i < all.size(); i += devices) own.push_back(i);
  const Generator start = fresh_generator(slots, traffic::Random(key.with("initial")));
  fingerprint::FrozenNetwork network{fingerprint::Network(model)};
  fingerprint::Observer quiet;
  const Generator ours = train_device(start, network, all, own, set_of(options), options, passes, key, quiet);

  const auto outputs = static_cast<std::int64_t>(slots * 4);
  torch::nn::Linear linear(static_cast<std::int64_t>(latent_size), outputs);
  {
    const torch::NoGradGuard no_gradients;
    linear->weight.copy_(torch::tensor(start.weight).view({-1, outputs}).t());
    linear->bias.copy_(torch::tensor(start.bias));
  }
  plain::Discriminator plain_discriminator(model, 8, 0);
  PlainNadam nadam(linear->parameters(), options.generator_learning_rate);
  const auto latents = [&](std::uint32_t pass) {
    return torch::tensor(latents_of_pass(options.latents, count, key, pass))
        .view({-1, static_cast<std::int64_t>(latent_size)});
  };
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  const auto shuffled = [&](std::uint32_t pass) {
    shuffle(order, key, pass);
    return std::vector<std::int64_t>(order.begin(), order.end());
  };
  Compared result;
  result.loss = ours.last_loss;
  result.plain_loss = plain::train(linear, plain_discriminator, plain::Windows(all, own),
                                   {options, passes, latents, shuffled, [&] { nadam.step(); }});
  const torch::Tensor weight = torch::tensor(ours.weight).view({-1, outputs}).t(),
                      bias = torch::tensor(ours.bias);
  result.difference = std::max((weight - linear->weight).abs().max().item<double>(),
                               (bias - linear->bias).abs().max().item<double>());
  result.moved = (torch::tensor(ours.weight) - torch::tensor(start.weight)).abs().max().item<double>();
  return result;
}

/// Tolerances are shares of how far the weights move: an optimiser's first steps have the size of the
/// learning rate however small the gradient is.
GeneratorTrainingOptions options(Rounding rounding) {
  GeneratorTrainingOptions options;
  options.generator_batch = 8;
  options.rounding = rounding;
  options.max_packets_per_omega = 6;
  options.max_payload_per_omega = 300;
  options.minimum_size = 40;
  return options;
}

TEST(AgainstPlainLibTorch, OneStepGivesTheSameWeights) {
  for (const Rounding rounding : {Rounding::straight_through, Rounding::none}) {
    GeneratorTrainingOptions one = options(rounding);
    one.generator_batch = count;
    const Compared compared = compare(one, 1);
    EXPECT_GT(compared.moved, 0.009) << text::word_of(roundings, rounding);
    EXPECT_LT(compared.difference, 2e-5) << text::word_of(roundings, rounding);
    EXPECT_NEAR(compared.loss, compared.plain_loss, 1e-5 * compared.plain_loss)
        << text::word_of(roundings, rounding);
  }
}

TEST(AgainstPlainLibTorch, AShortTrainingGivesTheSameWeights) {
  for (const Latents latents : {Latents::every_pass, Latents::once}) {
    for (const Rounding rounding : {Rounding::straight_through, Rounding::none}) {
      GeneratorTrainingOptions some = options(rounding);
      some.latents = latents;
      const Compared compared = compare(some, 5);  // 15 steps
      EXPECT_GT(compared.moved, 0.05)
          << text::word_of(latent_words, latents) << ", " << text::word_of(roundings, rounding);
      EXPECT_LT(compared.difference, 5e-4)
          << text::word_of(latent_words, latents) << ", " << text::word_of(roundings, rounding);
      EXPECT_NEAR(compared.loss, compared.plain_loss, 1e-4 * compared.plain_loss)
          << text::word_of(latent_words, latents) << ", " << text::word_of(roundings, rounding);
    }
  }
}

}  // namespace
}  // namespace ipet::generator
