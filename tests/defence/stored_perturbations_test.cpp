// Perturbations of a stored table, of one device, of a pinned chain; what every prediction keeps to.
#include <map>
#include <set>

#include <gmock/gmock.h>

#include "tests/defence/fixtures.hpp"

namespace ipet::defence::test {
namespace {

/// Sample i of device d is d * 1000 + i in every place.
Perturbations stored(std::uint64_t samples) {
  auto table = std::make_shared<SampleTable>();
  table->slots = 3;
  table->omega = 0.5;
  for (std::uint16_t d = 0; d < 2; ++d) {
    SampleTable::Device& device = table->devices.emplace_back();
    device.name = d == 0 ? "plug" : "lamp";
    device.trained = d == 0;
    for (std::uint64_t i = 0; i < samples; ++i)
      device.samples.insert(device.samples.end(), 12, static_cast<std::uint16_t>(d * 1000 + i));
  }
  Perturbations made;
  made.table = table;
  made.num_samples = samples;
  made.seed = 3;
  return made;
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

TEST(StoredPerturbations, give_their_rows_by_index) {
  const Perturbations made = stored(5);
  made.check();
  std::vector<std::uint16_t> out(12);
  made.sample(1, 4, out);
  EXPECT_EQ(out, std::vector<std::uint16_t>(12, 1004));
  EXPECT_TRUE(made.covers("plug"));
  EXPECT_FALSE(made.covers("lamp"));
  EXPECT_EQ(made.devices(), (std::vector<std::string>{"plug", "lamp"}));
  EXPECT_EQ(error_of([&] { made.sample(0, 5, out); }), "no sample 5 of 3 slots is stored");
  EXPECT_EQ(error_of([&] { (void)made.device_index("hub"); }),
            "no stored samples of device 'hub'; there are samples of: plug, lamp");
}

TEST(StoredPerturbations, give_every_row_equally_often_to_windows) {
  const Perturbations made = stored(4);
  std::map<int, int> counts;
  std::vector<std::uint16_t> out(12), again(12);
  for (std::uint64_t window = 0; window < 4000; ++window) {
    made.for_window(0, 1, 2, window, out);
    made.for_window(0, 1, 2, window, again);
    ASSERT_EQ(out, again);
    ++counts[out[0]];
  }
  // 4000 / 4, standard deviation sqrt(4000 x 1/4 x 3/4) = 27.4; four of them.
  for (int row = 0; row < 4; ++row) EXPECT_NEAR(counts[row], 1000, 4 * 27.4);
}

TEST(StoredPerturbations, are_mixed_as_those_of_generators_are) {
  const auto made = std::make_shared<Perturbations>(stored(1));
  auto table = std::make_shared<SampleTable>(*made->table);
  table->slots = 40;
  table->omega = 0.1;
  for (SampleTable::Device& device : table->devices) {
    device.samples.clear();
    for (int slot = 0; slot < 40; ++slot) device.samples.insert(device.samples.end(), {4, 100, 0, 0});
  }
  made->table = table;
  const auto drawn = fixed("plug", {4, 100, 0, 0}, made->seed);
  const auto user = random_user(8, 50);
  // A row is drawn from the table, which the generators' path draws differently; the slots are the same.
  const Mixed a = mix(made, "plug", user), b = mix(drawn, "plug", user);
  EXPECT_GT(a.only(true).size(), 100U);
  EXPECT_EQ(a.packets, b.packets);
  EXPECT_TRUE(mix(made, "lamp", user).only(true).empty()) << "it was not trained";
}

TEST(StoredPerturbations, that_cannot_be_used_are_refused) {
  Perturbations made = stored(2);
  made.num_samples = 3;
  EXPECT_EQ(error_of([&] { made.check(); }), "stored perturbations of 'plug': 24 numbers, not 36");
  made = stored(0);
  EXPECT_EQ(error_of([&] { made.check(); }), "stored perturbations: there are none");
  made = stored(1);
  made.generators = varied({"plug"}, 4, 100, 1)->generators;
  EXPECT_EQ(error_of([&] { made.check(); }),
            "perturbations come from generators or from a table, one of them");
}

TEST(OneDevice, is_all_that_is_stored_and_covered) {
  Perturbations made = *varied({"plug", "lamp"}, 4, 100, 1);
  EXPECT_EQ(made.chosen_devices(), (std::vector<std::size_t>{0, 1}));
  made.device = "lamp";
  made.check();
  EXPECT_EQ(made.chosen_devices(), std::vector<std::size_t>{1});
  EXPECT_TRUE(made.covers("lamp"));
  EXPECT_FALSE(made.covers("plug"));
}

TEST(PinnedChain, leaves_the_generation_to_chance_and_the_other_way_round) {
  Perturbations made = *fixed("plug", {1, 100, 0, 0});
  auto set = *made.generators;
  const auto of = [](double packets) {
    return fixed("plug", {packets, 100, 0, 0})->generators->chains[0].generations[0];
  };
  set.chains = {{{of(1), of(2)}}, {{of(3), of(4)}}};
  made.generators = std::make_shared<const generator::GeneratorSet>(set);
  const auto seen = [&](std::int64_t chain, std::int64_t generation, bool ensemble = true) {
    made.chain = chain;
    made.generation = generation;
    made.ensemble = ensemble;
    made.check();
    std::set<int> packets;
    std::vector<std::uint16_t> out(160);
    for (std::uint64_t i = 0; i < 60; ++i) {
      made.sample(0, i, out);
      packets.insert(out[0]);
    }
    return packets;
  };
  EXPECT_EQ(seen(-1, -1), (std::set<int>{1, 2, 3, 4}));
  EXPECT_EQ(seen(1, -1), (std::set<int>{3, 4}));
  EXPECT_EQ(seen(-1, 1), (std::set<int>{2, 4}));
  EXPECT_EQ(seen(0, 1), (std::set<int>{2}));
  EXPECT_EQ(seen(1, -1, false), (std::set<int>{3}));
  EXPECT_EQ(seen(-1, -1, false), (std::set<int>{1}));
}

TEST(EveryPrediction, of_random_generators_keeps_limits_and_feasible_rows) {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    traffic::Random random(seed);
    const double packets = std::floor(random.uniform(0, 30)), bytes = std::floor(random.uniform(0, 3000));
    Perturbations made = *varied({"plug"}, packets, bytes, seed);
    auto set = *made.generators;
    set.minimum_size = static_cast<std::uint32_t>(1 + random.below(60));
    made.generators = std::make_shared<const generator::GeneratorSet>(set);
    made.seed = seed;
    std::vector<std::uint16_t> out(160);
    for (std::uint64_t i = 0; i < 100; ++i) {
      i % 2 == 0 ? made.sample(0, i, out) : made.for_window(0, 1, 2, i, out);
      for (std::size_t at = 0; at < out.size(); at += 2) {
        ASSERT_LE(out[at], packets);
        ASSERT_LE(out[at + 1], bytes);
        ASSERT_EQ(out[at] == 0, out[at + 1] == 0);
        ASSERT_GE(out[at + 1], out[at] * set.minimum_size);
      }
    }
  }
}

}  // namespace
}  // namespace ipet::defence::test
