// Gradients against differences, and what training does to small networks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/gan/discriminator.hpp"
#include "stages/gan/training.hpp"
#include "tests/gan/toy.hpp"

namespace ipet::gan::test {
namespace {

TEST(Dense, has_the_gradients_that_differences_give) {
  const std::uint64_t seed = 20;
  traffic::Random random(seed);
  Dense layer(7, 5, random);
  std::vector<float> in(7), factor(5), of_in(7);
  for (float& x : in) x = static_cast<float>(random.normal());
  for (float& x : factor) x = static_cast<float>(random.normal());
  const auto value = [&] {  // sum of factor x leaky rectified outputs
    std::vector<float> out(5);
    layer.apply(in.data(), out.data());
    rectify(out);
    double sum = 0;
    for (std::size_t i = 0; i < 5; ++i) sum += static_cast<double>(factor[i]) * static_cast<double>(out[i]);
    return sum;
  };
  std::vector<float> out(5), of_out = factor;
  layer.apply(in.data(), out.data());
  rectify(out);
  unrectify(out, of_out);
  layer.learn(in.data(), of_out.data(), of_in.data());
  const auto check = [&](float& x, float gradient) {
    const float kept = x, step = 1e-2F;
    x = kept + step;
    const double above = value();
    x = kept - step;
    const double below = value();
    x = kept;
    EXPECT_NEAR((above - below) / 0.02, static_cast<double>(gradient), 2e-3) << "seed " << seed;
  };
  for (std::size_t i = 0; i < 35; ++i) check(layer.weights.value[i], layer.weights.gradient[i]);
  for (std::size_t i = 0; i < 5; ++i) check(layer.bias.value[i], layer.bias.gradient[i]);
  for (std::size_t i = 0; i < 7; ++i) check(in[i], of_in[i]);
}

TEST(Weights, take_steps_of_adam) {
  // Gradients 2 and then -1, each times 0.5, at a rate of 0.1, by hand: first step 0.1 x 1 / 1; then
  // m = (0.9 x 0.1 - 0.1 x 0.5) / 0.19 = 0.210526, v = (0.999 x 0.001 + 0.001 x 0.25) / 0.001999 = 0.624812.
  traffic::Random random(std::uint64_t{1});
  Weights weights(1, 0, random);
  weights.gradient[0] = 2;
  weights.step(0.1, 0.5);
  EXPECT_NEAR(weights.value[0], -0.1, 1e-6);
  EXPECT_EQ(weights.gradient[0], 0);
  weights.gradient[0] = -1;
  weights.step(0.1, 0.5);
  EXPECT_NEAR(weights.value[0], -0.1 - 0.1 * 0.210526 / 0.790451, 1e-5);
}

const std::vector<DevicePacket> toy_packets = toy_day(first_day, 3, 20'000);
const Recording toy{first_day * traffic::day, first_day* traffic::day + 20'000 * second, toy_packets};
const Alphabet toy_alphabet(std::span(&toy, 1), 48, second);

/// Kinds in turn, or at random.
std::vector<Symbol> stretch(bool in_turn, traffic::Random& random) {
  std::vector<Symbol> symbols;
  for (std::uint16_t i = 0; i < 16; ++i)
    symbols.push_back({static_cast<std::uint16_t>(in_turn ? i % 2 : random.below(2)),
                       static_cast<std::uint16_t>(random.below(toy_alphabet.gaps()))});
  return symbols;
}

TEST(Discriminator, learns_an_order_that_no_count_of_symbols_shows_and_what_would_be_better) {
  const std::uint64_t seed = 20;
  traffic::Random random(seed);
  Discriminator discriminator(toy_alphabet, random);
  for (int step = 0; step < 150; ++step) {
    for (const bool real : {true, false, true, false, true, false, true, false}) {
      const auto symbols = stretch(real, random);
      const auto pass = discriminator.look(symbols);
      discriminator.learn(pass, static_cast<float>(Discriminator::probability(pass) - (real ? 1 : 0)));
    }
    discriminator.update(5e-3, 1.0 / 8);
  }
  int right = 0, better = 0, changed = 0;
  for (int i = 0; i < 200; ++i) {
    const bool real = i % 2 == 0;
    auto symbols = stretch(real, random);
    right += (discriminator.look(symbols).logit > 0) == real ? 1 : 0;
    // A wrong kind in an orderly stretch: the other one must be worth more.
    symbols = stretch(true, random);
    const std::size_t at = 4 + random.below(8);
    symbols[at].kind = 1 - symbols[at].kind;
    const auto pass = discriminator.look(symbols);
    const auto of_embedding = discriminator.learn(pass, 1);
    std::vector<float> kinds, gaps;
    discriminator.value_of_symbols(of_embedding.data() + at * Discriminator::embedded, kinds, gaps);
    ++changed;
    better += kinds[1 - symbols[at].kind] > kinds[symbols[at].kind] ? 1 : 0;
  }
  EXPECT_GE(right, 190) << "seed " << seed;
  EXPECT_GE(better, 0.9 * changed) << "seed " << seed;
}

TEST(Generator, draws_untrained_what_was_recorded_as_often) {
  traffic::Random random(std::uint64_t{20});
  const Generator generator(toy_alphabet, random);
  Past past(toy_alphabet, second, 0, toy.begin);
  Generator::Step step;
  step.view = past.view();
  std::size_t first = 0, pauses = 0;
  for (int i = 0; i < 4'000; ++i) {
    generator.draw(step, random);
    first += step.symbol.kind == 0 ? 1 : 0;
    pauses += generator.is_pause(step.symbol) ? 1 : 0;
  }
  // Half each; weights that are small, but not 0, move it a little.
  EXPECT_NEAR(static_cast<double>(first) / 4'000, 0.5, 0.1);
  EXPECT_NEAR(static_cast<double>(pauses) / 4'000, 0.5, 0.1);
}

TEST(Training, against_a_frozen_discriminator_makes_it_take_imitations_for_recorded) {
  // Without likelihood, and with no recorded packet in the generator's own training.
  Options options;
  options.epochs = 0;
  options.likely_share = 0;
  options.stages = 1;
  options.discriminator_steps = 30;
  options.adversarial_rate = 1e-3;
  for (const std::uint64_t seed : {20, 21, 22}) {
    const Model model = train(std::span(&toy, 1), options, traffic::StreamKey(seed));
    ASSERT_EQ(model.generations.size(), 2U);
    const Generation& fooling = model.generations[1];
    EXPECT_GT(fooling.logit_at_last, fooling.logit_at_first + 0.5) << "seed " << seed;
  }
}

TEST(Training, on_recordings_alone_finds_what_follows_what) {
  Options options;
  options.stages = 0;
  options.epochs = 0;
  const auto likelihood = [&] {
    return train(std::span(&toy, 1), options, traffic::StreamKey(20)).generations[0].likelihood;
  };
  const double untrained = likelihood();
  options.epochs = 8;
  options.most_samples = 6'000;
  // By hand: kinds follow from each other; gaps are one of 16 or of 24 bins, equally likely.
  const double best = -(std::log(16.0) + std::log(24.0)) / 2;
  EXPECT_LT(untrained, best - 1);
  EXPECT_NEAR(likelihood(), best, 0.2);
}

TEST(Training, keeps_to_the_likely_where_there_are_too_few_packets_for_a_discriminator) {
  const Recording few{toy.begin, toy.end, std::span(toy_packets).first(40)};
  EXPECT_EQ(train(std::span(&few, 1), Options(), traffic::StreamKey(20)).generations.size(), 1U);
}

}  // namespace
}  // namespace ipet::gan::test
