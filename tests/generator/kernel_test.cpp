// The vector code of generators on every instruction set that this machine has, against double precision and
// numpy.
#include "stages/generator/kernel.hpp"

#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "stages/simd/simd.hpp"
#include "stages/traffic/random.hpp"

namespace ipet::generator {
namespace {

/// Runs `body` once for each instruction set; the name tells which.
template <class Body>
void on_every_target(const Body& body) {
  const std::string usual = fingerprint::simd();
  for (const std::string& name : fingerprint::simd_choices()) {
    fingerprint::use_simd(name);
    SCOPED_TRACE(name);
    body(name);
  }
  fingerprint::use_simd(usual);
}

struct Case {
  std::size_t slots = 0, count = 0;
  std::vector<float> weight, bias, z;
  [[nodiscard]] Dense dense() const { return {weight.data(), bias.data(), bias.size()}; }
};

Case random_case(std::size_t slots, std::size_t count, std::uint64_t seed) {
  Case made;
  traffic::Random random(seed);
  const auto fill = [&](std::vector<float>& numbers, std::size_t size, double scale) {
    for (std::size_t i = 0; i < size; ++i) numbers.push_back(static_cast<float>(scale * random.normal()));
  };
  made.slots = slots;
  made.count = count;
  fill(made.weight, latent_size * slots * 4, 0.5);
  fill(made.bias, slots * 4, 1);
  fill(made.z, latent_size * count, 1);
  return made;
}

// The same in double precision.

std::vector<double> exact_latents(std::uint64_t key, std::uint64_t first, std::size_t count) {
  std::vector<double> z;
  const auto add_normals = [&](std::uint32_t a, std::uint32_t b) {
    const double radius = std::sqrt(-2 * std::log(((a >> 8) + 1) * 0x1p-24));
    const double angle = std::numbers::pi / 2 * ((b >> 30) + static_cast<std::int32_t>(b << 2) * 0x1p-32);
    z.push_back(radius * std::cos(angle));
    z.push_back(radius * std::sin(angle));
  };
  for (std::size_t i = 0; i < count; ++i)
    for (std::uint32_t block = 0; block < latent_size / 4; ++block) {
      const auto words = random_words(key, first + i, block);
      add_normals(words[0], words[1]);
      add_normals(words[2], words[3]);
    }
  return z;
}

std::vector<double> exact_activations(const Case& given) {
  const std::size_t outputs = given.bias.size();
  std::vector<double> out;
  for (std::size_t i = 0; i < given.count; ++i)
    for (std::size_t j = 0; j < outputs; ++j) {
      double sum = given.bias[j];
      for (std::size_t k = 0; k < latent_size; ++k)
        sum += double{given.z[i * latent_size + k]} * double{given.weight[k * outputs + j]};
      out.push_back(1 / (1 + std::exp(-sum)));
    }
  return out;
}

/// Of weight and bias; `of_rows`: gradients of what add_rows added.
std::vector<double> exact_gradients(const Case& given, const RowScale& scale,
                                    const std::vector<float>& of_rows) {
  const std::size_t outputs = given.bias.size();
  const std::vector<double> activation = exact_activations(given);
  std::vector<double> result((latent_size + 1) * outputs);
  for (std::size_t i = 0; i < given.count; ++i)
    for (std::size_t j = 0; j < outputs; ++j) {
      const double a = activation[i * outputs + j];
      const double of_sum =
          of_rows[i * outputs + j] * double{j % 2 == 0 ? scale.packets : scale.bytes} * a * (1 - a);
      for (std::size_t k = 0; k < latent_size; ++k)
        result[k * outputs + j] += double{given.z[i * latent_size + k]} * of_sum;
      result[latent_size * outputs + j] += of_sum;
    }
  return result;
}

const RowScale scale{5.5F, 300, {5, 300, true, 40}};

TEST(RandomWords, AreThoseOfPhilox4x32WithTenRounds) {
  // Known answers of the authors' distribution (Random123, kat_vectors).
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(random_words(0, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
}

TEST(Latents, AreTheSameHoweverManyAreDrawnTogether) {
  constexpr std::uint64_t first = 0xFFFFFFFFULL - 40;  // the index's upper half changes on the way
  on_every_target([](const std::string&) {
    std::vector<float> together(200 * latent_size), one(latent_size);
    draw_latents(99, first, 200, together.data());
    for (std::size_t i = 0; i < 200; ++i) {
      draw_latents(99, first + i, 1, one.data());
      for (std::size_t k = 0; k < latent_size; ++k) ASSERT_EQ(one[k], together[i * latent_size + k]) << i;
    }
  });
}

TEST(Latents, AreTheNumbersOfTheFormulaInDoublePrecision) {
  const std::vector<double> exact = exact_latents(7, 3, 5000);
  std::vector<float> drawn(exact.size());
  on_every_target([&](const std::string&) {
    draw_latents(7, 3, 5000, drawn.data());
    double worst = 0;
    for (std::size_t i = 0; i < exact.size(); ++i)
      worst = std::max(worst, std::abs(double{drawn[i]} - exact[i]));
    EXPECT_LT(worst, 2e-6);
  });
}

/// Philox and the formula of kernel.hpp once more, from their description: nothing is shared with the code.
constexpr const char* script = R"(
import sys
import numpy as np
key, first, count = (int(x) for x in sys.argv[2:5])
drawn = np.fromfile(sys.argv[1], np.float32).reshape(count, 20)
u = lambda x: np.uint64(x)
low32 = u(0xFFFFFFFF)
index = np.arange(first, first + count, dtype=np.uint64)[:, None]
c = [index & low32 | u(0) * np.arange(5, dtype=np.uint64), index >> u(32) | u(0) * np.arange(5, dtype=np.uint64),
     np.arange(5, dtype=np.uint64) | u(0) * index, u(0) * index * np.arange(5, dtype=np.uint64)]
k = [key & 0xFFFFFFFF, key >> 32]
for _ in range(10):
    a, b = u(0xD2511F53) * c[0], u(0xCD9E8D57) * c[2]
    c = [(b >> u(32)) ^ c[1] ^ u(k[0]), b & low32, (a >> u(32)) ^ c[3] ^ u(k[1]), a & low32]
    k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
c = [x.astype(np.int64) for x in c]
parts = []
for w, v in ((c[0], c[1]), (c[2], c[3])):
    radius = np.sqrt(-2 * np.log(((w >> 8) + 1) / 2.0 ** 24))
    four = (4 * v) % 2 ** 32
    angle = np.pi / 2 * ((v >> 30) + np.where(four >= 2 ** 31, four - 2 ** 32, four) / 2.0 ** 32)
    parts += [radius * np.cos(angle), radius * np.sin(angle)]
want = np.stack(parts, axis=2).reshape(count, 20)
assert np.abs(drawn - want).max() < 2e-6, np.abs(drawn - want).max()

# Distribution: moments within five standard errors, and Kolmogorov and Smirnov's distance below what one sample in
# a thousand exceeds.
x = drawn.astype(float).ravel()
n = len(x)
for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
    assert abs((x ** power).mean() - expected) < 5 * (variance / n) ** 0.5, (power, (x ** power).mean())
from math import erf
x.sort()
cdf = np.array([0.5 * (1 + erf(v / 2 ** 0.5)) for v in x])
distance = max((np.arange(1, n + 1) / n - cdf).max(), (cdf - np.arange(n) / n).max())
assert distance < 1.95 / n ** 0.5, distance
# No two of the 20 numbers of a vector go together, nor those of neighbouring vectors.
for rows in (drawn, np.hstack([drawn[:-1], drawn[1:]])):
    together = np.corrcoef(rows.T.astype(float)) - np.eye(rows.shape[1])
    assert np.abs(together).max() < 5 / count ** 0.5, np.abs(together).max()
)";

TEST(Latents, EqualNumpyAndAreNormal) {
  constexpr std::uint64_t key = 0x0123456789ABCDEFULL, first = (1ULL << 32) - 5000;
  constexpr std::size_t count = 10000;
  std::vector<float> drawn(count * latent_size);
  draw_latents(key, first, count, drawn.data());
  const auto folder = std::filesystem::temp_directory_path();
  const std::string data = folder / ("ipet-latents-" + std::to_string(getpid()) + ".bin");
  const std::string program = folder / ("ipet-latents-" + std::to_string(getpid()) + ".py");
  std::ofstream(program) << script;
  std::ofstream(data, std::ios::binary)
      .write(reinterpret_cast<const char*>(drawn.data()),
             static_cast<std::streamsize>(drawn.size() * sizeof(float)));
  const std::string command = "/usr/bin/python3 '" + program + "' '" + data + "' " + std::to_string(key) +
                              " " + std::to_string(first) + " " + std::to_string(count);
  EXPECT_EQ(std::system(command.c_str()), 0) << "seed " << key;
  std::filesystem::remove(data);
  std::filesystem::remove(program);
}

TEST(Generators, GiveTheActivationsAndRowsOfDoublePrecision) {
  for (const std::size_t slots : {1U, 2U, 3U, 7U, 40U, 43U}) {
    const Case given = random_case(slots, 5, slots);
    const std::vector<double> exact = exact_activations(given);
    std::vector<float> activation(exact.size());
    on_every_target([&](const std::string&) {
      activate(given.dense(), given.z.data(), 5, activation.data());
      std::vector<std::uint16_t> rows(exact.size());
      evaluate(given.dense(), scale, given.z.data(), 5, rows.data());
      for (std::size_t j = 0; j < exact.size(); ++j) ASSERT_NEAR(activation[j], exact[j], 1e-6) << j;
      for (std::size_t j = 0; j < exact.size(); j += 2)
        ASSERT_EQ((Row{rows[j], rows[j + 1]}),
                  make_row(activation[j] * scale.packets, activation[j + 1] * scale.bytes, scale.rule));
    });
  }
}

TEST(Generators, SaturateWhereSumsAreHuge) {
  Case given = random_case(2, 1, 1);
  given.weight.assign(given.weight.size(), 0);
  given.bias = {100, -100, 1e30F, -1e30F, 3e38F, 0, -3e38F, 88.5F};
  on_every_target([&](const std::string&) {
    std::vector<float> activation(8);
    activate(given.dense(), given.z.data(), 1, activation.data());
    const float expected[] = {1, 0, 1, 0, 1, 0.5F, 0, 1};
    for (std::size_t j = 0; j < 8; ++j) EXPECT_NEAR(activation[j], expected[j], 1e-30) << j;
  });
}

TEST(Generators, RowsKeepTheRuleForAllLimits) {
  constexpr std::uint64_t seed = 5;
  traffic::Random random(seed);
  for (int i = 0; i < 300; ++i) {
    RowScale any;
    any.packets = static_cast<float>(random.uniform(0, i % 3 == 0 ? 65535 : 6));
    any.bytes = static_cast<float>(random.uniform(0, i % 2 == 0 ? 65535 : 200));
    any.rule = {whole_limit(any.packets), whole_limit(any.bytes), i % 4 != 0,
                static_cast<std::uint32_t>(random.below(i % 5 == 0 ? 70000 : 90))};
    // Activations whose rows are near halves, nothing and the limits as well.
    std::vector<float> activation;
    for (int j = 0; j < 24; ++j) {
      const float limit = j % 2 == 0 ? any.packets : any.bytes;
      const double kinds[] = {random.uniform(), 0, 1, std::round(random.uniform(0, 5)) + 0.5};
      const double value = kinds[random.below(4)];
      activation.push_back(static_cast<float>(value > 1 ? value / std::max(1.0F, limit) : value));
    }
    on_every_target([&](const std::string&) {
      std::vector<float> windows(24, 0.0F);
      add_rows(any, true, activation.data(), 24, windows.data());
      for (std::size_t j = 0; j < 24; j += 2) {
        const Row expected = make_row(activation[j] * any.packets, activation[j + 1] * any.bytes, any.rule);
        ASSERT_EQ(windows[j], expected.packets) << "seed " << seed << ", rule " << i;
        ASSERT_EQ(windows[j + 1], expected.bytes) << "seed " << seed << ", rule " << i;
      }
    });
  }
}

TEST(Generators, GradientsAreThoseOfDoublePrecision) {
  for (const std::size_t slots : {1U, 3U, 40U}) {
    const Case given = random_case(slots, 33, slots);
    const std::size_t outputs = slots * 4;
    std::vector<float> activation(33 * outputs), of_rows, result((latent_size + 1) * outputs);
    activate(given.dense(), given.z.data(), 33, activation.data());
    traffic::Random random(std::uint64_t{4});
    for (std::size_t i = 0; i < activation.size(); ++i)
      of_rows.push_back(static_cast<float>(1e-3 * random.normal()));
    const std::vector<double> exact = exact_gradients(given, scale, of_rows);
    on_every_target([&](const std::string&) {
      auto copy = of_rows;
      gradients(scale, given.z.data(), activation.data(), 33, outputs, copy.data(), result.data());
      for (std::size_t j = 0; j < exact.size(); ++j) ASSERT_NEAR(result[j], exact[j], 2e-5) << j;
    });
  }
}

TEST(Generators, GiveTheSameBitsOnEveryInstructionSet) {
  const Case given = random_case(40, 70, 3);
  std::map<std::vector<std::uint32_t>, std::string> seen;
  on_every_target([&](const std::string& name) {
    std::vector<float> numbers(70 * latent_size), activation(70 * 160), result(21 * 160);
    draw_latents(4, 0, 70, numbers.data());
    activate(given.dense(), numbers.data(), 70, activation.data());
    numbers.insert(numbers.end(), activation.begin(), activation.end());
    std::vector<float> of_rows(given.weight.begin(), given.weight.end());
    of_rows.resize(70 * 160, 0.25F);
    gradients(scale, numbers.data(), activation.data(), 70, 160, of_rows.data(), result.data());
    numbers.insert(numbers.end(), result.begin(), result.end());
    std::vector<std::uint32_t> bits;
    for (const float value : numbers) bits.push_back(std::bit_cast<std::uint32_t>(value));
    seen[bits] += name + " ";
  });
  if (fingerprint::simd_choices().size() < 2) GTEST_SKIP() << "this processor has one of them alone";
  EXPECT_EQ(seen.size(), 1U);
}

}  // namespace
}  // namespace ipet::generator
