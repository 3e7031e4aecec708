#include "stages/generator/sampling.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/defence/fixtures.hpp"

namespace ipet::defence::test {
namespace {

using testing::StartsWith;
using namespace generator;  // NOLINT(google-build-using-namespace): what is tested here

template <class List>
std::string numbers(const List& list) {
  std::ostringstream text;
  text.precision(9);
  for (const auto value : list) text << value << ' ';
  return text.str() + "\n";
}

/// Reads weight, bias, z and the limits; prints sigmoid(z weight + bias) and the rounded rows ("free").
constexpr const char* script = R"(
import sys
import numpy as np
weight, bias, z, limits, got, rows = [np.array(l.split(), float) for l in open(sys.argv[1])]
want = 1 / (1 + np.exp(-(z @ weight.reshape(20, -1) + bias)))
assert np.abs(got - want).max() < 1e-6, np.abs(got - want).max()
exact = want * np.tile(limits, len(bias) // 2)
away = np.abs(exact - np.floor(exact) - 0.5) > 1e-3   # float and double may round a near half differently
assert away.sum() > 150
assert (np.rint(exact)[away] == rows[away]).all()
)";

TEST(Sampling, equals_numpy_for_the_same_z) {
  const auto perturbations = varied({"plug"}, 17, 1300, 5);
  auto set = *perturbations->generators;
  set.rows = RowKind::free;
  const generator::Generator& generator = set.chains[1].generations[0].devices[0];
  traffic::Random random(5);
  const Latent z = draw_latent(random);
  std::vector<float> activation(160);
  activate(generator, z, activation);
  std::vector<std::uint16_t> rows(160);
  evaluate(set, generator, z, rows);

  const auto folder = std::filesystem::temp_directory_path();
  const std::string data = folder / ("ipet-sampling-" + std::to_string(getpid()) + ".txt");
  const std::string program = folder / ("ipet-sampling-" + std::to_string(getpid()) + ".py");
  std::ofstream(program) << script;
  std::ofstream(data) << numbers(generator.weight) << numbers(generator.bias) << numbers(z)
                      << numbers(std::vector<double>{17, 1300}) << numbers(activation) << numbers(rows);
  EXPECT_EQ(std::system(("/usr/bin/python3 '" + program + "' '" + data + "'").c_str()), 0);
  std::filesystem::remove(data);
  std::filesystem::remove(program);
}

TEST(Sampling, draws_z_from_the_standard_normal_distribution) {
  constexpr std::uint64_t seed = 6;
  traffic::Random random(seed);
  double sum = 0, squares = 0, fourth = 0;
  constexpr int count = 20000;
  for (int i = 0; i < count / 20; ++i) {
    for (const float value : draw_latent(random)) {
      sum += value;
      squares += value * value;
      fourth += std::pow(value, 4);
    }
  }
  // Standard deviations of the means: 1, sqrt(2) and sqrt(96) over sqrt(20,000) = 141.4; four of them.
  EXPECT_NEAR(sum / count, 0, 4 * 1 / 141.4) << "seed " << seed;
  EXPECT_NEAR(squares / count, 1, 4 * 1.4142 / 141.4) << "seed " << seed;
  EXPECT_NEAR(fourth / count, 3, 4 * 9.798 / 141.4) << "seed " << seed;
}

TEST(Sampling, depends_on_seed_device_and_index_only) {
  const auto perturbations = varied({"plug", "lamp"}, 17, 1300, 5);
  auto other_seed = *perturbations;
  other_seed.seed = 6;
  const auto sample = [](const Perturbations& from, std::size_t device, std::uint64_t index) {
    std::vector<std::uint16_t> out(160);
    from.sample(device, index, out);
    return out;
  };
  EXPECT_EQ(sample(*perturbations, 0, 3), sample(*perturbations, 0, 3));
  EXPECT_NE(sample(*perturbations, 0, 3), sample(*perturbations, 0, 4));
  EXPECT_NE(sample(*perturbations, 0, 3), sample(*perturbations, 1, 3));
  EXPECT_NE(sample(*perturbations, 0, 3), sample(other_seed, 0, 3));
}

/// Generators that give 1, 2 (chain 0) and 3 (chain 1) outgoing packets, whatever z is.
std::shared_ptr<Perturbations> telling() {
  auto perturbations = fixed("plug", {1, 100, 0, 0});
  auto set = *perturbations->generators;
  const auto of = [](double packets) {
    return fixed("plug", {packets, 100, 0, 0})->generators->chains[0].generations[0];
  };
  set.chains = {{{of(1), of(2)}}, {{of(3)}}};
  perturbations->generators = std::make_shared<generator::GeneratorSet>(set);
  return perturbations;
}

TEST(Sampling, draws_from_every_chain_and_generation_of_an_ensemble) {
  const auto perturbations = telling();
  std::map<int, int> counts;
  std::vector<std::uint16_t> out(160);
  for (std::uint64_t window = 0; window < 4000; ++window) {
    perturbations->for_window(0, 0, 0, window, out);
    ++counts[out[0]];
  }
  // Chains are drawn first: 1/4, 1/4, 1/2 of 4000, standard deviations 27.4 and 31.6.
  EXPECT_NEAR(counts[1], 1000, 4 * 27.4);
  EXPECT_NEAR(counts[2], 1000, 4 * 27.4);
  EXPECT_NEAR(counts[3], 2000, 4 * 31.6);
}

TEST(Sampling, draws_from_the_chosen_chain_and_generation_without_ensemble) {
  const auto perturbations = telling();
  perturbations->ensemble = false;
  perturbations->generation = 1;
  std::vector<std::uint16_t> out(160);
  for (std::uint64_t index = 0; index < 100; ++index) {
    perturbations->sample(0, index, out);
    ASSERT_EQ(out[0], 2);
  }
}

template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "no error";
}

TEST(Sampling, errors_name_the_chains_generations_and_devices_that_exist) {
  const auto perturbations = telling();
  EXPECT_EQ(error_of([&] { perturbations->check(); }), "no error");
  perturbations->generation = 1;
  EXPECT_EQ(error_of([&] { perturbations->check(); }), "no generation 1 in chain 1; only 0 exists")
      << "chain 1 may be drawn";
  perturbations->ensemble = false;
  EXPECT_EQ(error_of([&] { perturbations->check(); }), "no error") << "chain 0 has it";
  perturbations->chain = 7;
  EXPECT_EQ(error_of([&] { perturbations->check(); }), "no chain 7; 0 to 1 exist");
  perturbations->ensemble = true;
  EXPECT_EQ(error_of([&] { perturbations->check(); }), "no chain 7; 0 to 1 exist");
  perturbations->chain = 1;
  EXPECT_EQ(error_of([&] { perturbations->check(); }), "no generation 1 in chain 1; only 0 exists");
  perturbations->generation = 0;
  perturbations->device = "lamp";
  EXPECT_EQ(error_of([&] { perturbations->check(); }),
            "no generator for device 'lamp'; there are generators for: plug");
  EXPECT_EQ(error_of([&] { (void)perturbations->device_index("lamp"); }),
            "no generator for device 'lamp'; there are generators for: plug");
}

TEST(Sampling, refuses_sets_that_it_cannot_use) {
  const auto with = [](auto change) {
    auto set = *telling()->generators;
    change(set);
    return error_of([&] { check(set); });
  };
  EXPECT_EQ(with([](auto& set) { set.chains.clear(); }), "generator set: it has no chain");
  EXPECT_THAT(with([](auto& set) { set.max_payload_per_omega = 70000; }),
              StartsWith("generator set: max_payload_per_omega = 70000"));
  EXPECT_EQ(with([](auto& set) { set.slots = 20; }),
            "generator set: chain 0, generation 0, device 'plug': weight has 3200 and bias 160 numbers, but "
            "20 slots "
            "need 1600 and 80");
  EXPECT_EQ(with([](auto& set) { set.chains[0].generations[1].devices[0].bias[3] = NAN; }),
            "generator set: chain 0, generation 1, device 'plug': a weight is not a finite number");
  EXPECT_EQ(with([](auto& set) { set.devices.push_back("lamp"); }),
            "generator set: chain 0, generation 0 has 1 generators for 2 devices");
}

}  // namespace
}  // namespace ipet::defence::test
