// What each stage form is promised.
#include <array>
#include <atomic>
#include <iostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tbb/parallel_for.h>

#include "tests/run/support.hpp"

namespace ipet::run::test {
namespace {

using std::chrono::microseconds;
using testing::ElementsAre;
using testing::Pair;

constexpr std::size_t thread_counts[] = {1, 2, 8};

TEST(Forms, ASourceGivesItsUnitsAsLanesInTheirOrder) {
  for (const std::size_t threads : thread_counts) {
    PlanBuilder plan;
    Written written;
    plan.stage("in", "numbers", numbers({{1, 2, 3}, {10, 20}})).stage("out", "writer", written.sink());
    plan.edge("in", "out");
    const Result result = plan.run(threads);
    EXPECT_THAT(written.lanes(),
                ElementsAre(Pair("000000/u0", ElementsAre(1, 2, 3)), Pair("000001/u1", ElementsAre(10, 20))));
    EXPECT_EQ(written.commits, 1);
    EXPECT_EQ(result.counters[0].messages, 5U);
    EXPECT_EQ(result.counters[1].messages, 5U);
  }
}

TEST(Forms, AMapMayEmitNothingOrSeveralAndKeepsTheOrder) {
  for (const std::size_t threads : thread_counts) {
    PlanBuilder plan;
    Written written;
    plan.stage("in", "numbers", numbers({sequence(0, 300)}));
    plan.stage("map", "mapper",
               ToyMap::Options{[](const Number& n, Emitter& emit) {
                                 nap(microseconds((n.value * 37) % 90));
                                 for (int i = 0; i < n.value % 3; ++i) emit(Number{n.value * 10 + i});
                               },
                               {}});
    plan.stage("out", "writer", written.sink()).edge("in", "map").edge("map", "out");
    plan.run(threads);
    std::vector<std::int64_t> expected;
    for (std::int64_t n = 0; n < 300; ++n)
      for (int i = 0; i < n % 3; ++i) expected.push_back(n * 10 + i);
    EXPECT_EQ(written.lanes()["000000/u0"], expected);
    for (std::size_t i = 0; i < written.calls.size(); ++i) EXPECT_EQ(written.calls[i].first.sequence, i);
  }
}

// The splitter gives every number a key of its own lane: "000000/u0/2".
ToyMap::Options splitter(int keys, std::uint64_t seed) {
  return {[keys, seed](const Number& n, Emitter& emit) {
            nap(microseconds((static_cast<std::uint64_t>(n.value) * 2654435761U + seed) % 60));
            emit(Number{n.value}, emit.key() + "/" + std::to_string(n.value % keys));
          },
          {}};
}

TEST(Forms, OneKeysMessagesComeOneAtATimeAndInOrder) {
  const auto seed = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  RecordProperty("seed", std::to_string(seed));
  std::cout << "seed " << seed << "\n";
  for (const std::size_t threads : thread_counts) {
    PlanBuilder plan;
    Written written;
    std::atomic<int> overlaps{0}, ends{0};
    std::array<std::atomic<int>, 12> busy{};
    plan.stage("in", "numbers", numbers({sequence(0, 200), sequence(0, 200), sequence(0, 200)}));
    plan.stage("split", "mapper", splitter(4, seed));
    ToyKeyed::Options options;
    options.on_message = [&](ToyKeyed::State& state, const Number& n, Emitter& emit) {
      const auto slot = static_cast<std::size_t>((state.key[1] - '0') * 4 + n.value % 4);
      if (busy[slot].fetch_add(1) != 0) ++overlaps;
      nap(microseconds(static_cast<std::uint64_t>(n.value) * 40503U % 50));
      state.values.push_back(n.value);
      busy[slot].fetch_sub(1);
      emit(n);
    };
    options.on_end = [&](ToyKeyed::State& state, Emitter& emit) {
      ++ends;
      emit(Number{-static_cast<std::int64_t>(state.values.size())});
    };
    plan.stage("keyed", "keyed", options).stage("out", "writer", written.sink());
    plan.edge("in", "split").edge("split", "keyed").edge("keyed", "out");
    plan.run(threads);
    EXPECT_EQ(overlaps, 0) << threads << " threads";
    EXPECT_EQ(ends, 12);
    const auto lanes = written.lanes();
    ASSERT_EQ(lanes.size(), 12U);
    for (const auto& [lane, values] : lanes) {
      std::vector<std::int64_t> expected;
      for (std::int64_t n = lane.back() - '0'; n < 200; n += 4) expected.push_back(n);
      expected.push_back(-50);
      EXPECT_EQ(values, expected) << lane;
    }
  }
}

TEST(Forms, KeysThatAStagePutsTogetherComeInTheOrderOfTheirLane) {
  for (const std::size_t threads : thread_counts) {
    PlanBuilder plan;
    Written written;
    plan.stage("in", "numbers", numbers({sequence(0, 200), sequence(0, 200)}));
    plan.stage("split", "mapper", splitter(4, 1));
    ToyKeyed::Options options;
    options.key_of = [](const std::string& key) { return key.substr(0, 2); };
    options.on_message = [](ToyKeyed::State& state, const Number& n, Emitter& emit) {
      EXPECT_EQ(state.key, emit.key());
      emit(n);
    };
    plan.stage("keyed", "keyed", options).stage("out", "writer", written.sink());
    plan.edge("in", "split").edge("split", "keyed").edge("keyed", "out");
    plan.run(threads);
    EXPECT_THAT(written.lanes(), ElementsAre(Pair("u0", sequence(0, 200)), Pair("u1", sequence(0, 200))));
  }
}

TEST(Forms, DifferentKeysAreHandledInParallel) {
  PlanBuilder plan;
  std::atomic<int> inside{0};
  std::atomic<bool> met{false};
  plan.stage("in", "numbers", numbers({{0}, {1}}));
  ToyKeyed::Options options;
  options.on_message = [&](ToyKeyed::State&, const Number&, Emitter&) {
    ++inside;
    // Both keys must be inside at once; a serial runtime would wait in vain.
    for (int i = 0; i < 4000 && inside.load() < 2; ++i) nap(microseconds(500));
    met = inside.load() == 2;
  };
  plan.stage("keyed", "keyed", options).edge("in", "keyed");
  plan.run(2);
  EXPECT_TRUE(met);
}

TEST(Forms, AFoldGivesTheSameValueForEveryNumberOfThreads) {
  std::vector<std::int64_t> expected = sequence(0, 100);
  const std::vector<std::int64_t> more = sequence(500, 50);
  expected.insert(expected.end(), more.begin(), more.end());
  for (const std::size_t threads : thread_counts) {
    PlanBuilder plan;
    Written written;
    plan.stage("in", "numbers", numbers({sequence(0, 100), {}, sequence(500, 50)}));
    plan.stage("map", "mapper",
               ToyMap::Options{[](const Number& n, Emitter& emit) {
                                 nap(microseconds((n.value * 53) % 40));
                                 emit(n);
                               },
                               {}});
    plan.stage("fold", "folder", ToyFold::Options{}).stage("out", "writer", written.sink());
    plan.edge("in", "map").edge("map", "fold").edge("fold", "out");
    const Result result = plan.run(threads);
    ASSERT_EQ(written.sets.size(), 1U);
    EXPECT_EQ(written.sets[0].first.lane, "fold");
    EXPECT_EQ(written.sets[0].first.sequence, 0U);
    EXPECT_EQ(written.sets[0].second, expected);
    EXPECT_EQ(result.counters[2].messages, 1U);
    EXPECT_EQ(result.counters[2].items, 150U);
  }
}

TEST(Forms, AFoldOfNothingGivesTheEmptyValue) {
  PlanBuilder plan;
  Written written;
  plan.stage("in", "numbers", numbers({}));
  plan.stage("fold", "folder", ToyFold::Options{}).stage("out", "writer", written.sink());
  plan.edge("in", "fold").edge("fold", "out");
  plan.run();
  ASSERT_EQ(written.sets.size(), 1U);
  EXPECT_TRUE(written.sets[0].second.empty());
  EXPECT_EQ(written.commits, 1);
}

TEST(Forms, ASinkIsCalledByOneThreadAtATimeInTheOrderOfEachLane) {
  for (const std::size_t threads : thread_counts) {
    PlanBuilder plan;
    Written written;
    std::atomic<int> inside{0}, overlaps{0};
    ToySink::Options sink = written.sink();
    const auto write = sink.write;
    sink.write = [&](const Number& n, const Origin& origin) {
      if (inside.fetch_add(1) != 0) ++overlaps;
      nap(microseconds(5));
      write(n, origin);
      inside.fetch_sub(1);
    };
    plan.stage("in", "numbers", numbers({sequence(0, 150), sequence(1000, 150), sequence(2000, 150)}));
    plan.stage("map", "mapper",
               ToyMap::Options{[](const Number& n, Emitter& emit) {
                                 nap(microseconds((n.value * 31) % 50));
                                 emit(n);
                               },
                               {}});
    plan.stage("out", "writer", sink).edge("in", "map").edge("map", "out");
    plan.run(threads);
    EXPECT_EQ(overlaps, 0);
    EXPECT_THAT(written.lanes(),
                ElementsAre(Pair("000000/u0", sequence(0, 150)), Pair("000001/u1", sequence(1000, 150)),
                            Pair("000002/u2", sequence(2000, 150))));
  }
}

TEST(Forms, MessagesOfSeveralProducersMeetInLanesOfTheirOwn) {
  PlanBuilder plan;
  Written written;
  plan.stage("a", "numbers", numbers({{1, 2}})).stage("b", "numbers", numbers({{3, 4}}));
  plan.stage("map", "mapper", ToyMap::Options{[](const Number& n, Emitter& emit) { emit(n); }, {}});
  plan.stage("out", "writer", written.sink());
  plan.edge("a", "map").edge("b", "map").edge("map", "out");
  plan.run();
  EXPECT_THAT(written.lanes(),
              ElementsAre(Pair("0/000000/u0", ElementsAre(1, 2)), Pair("1/000000/u0", ElementsAre(3, 4))));
}

TEST(Forms, SeveralReadersOfOneOutputEachGetAllOfIt) {
  PlanBuilder plan;
  Written first, second, direct;
  const ToyMap::Options same{[](const Number& n, Emitter& emit) { emit(n); }, {}};
  plan.stage("in", "numbers", numbers({sequence(0, 50)}));
  plan.stage("m1", "mapper", same).stage("m2", "mapper", same);
  plan.stage("o1", "writer", first.sink()).stage("o2", "writer", second.sink());
  plan.stage("o3", "writer", direct.sink());
  plan.edge("in", "m1").edge("in", "m2").edge("m1", "o1").edge("m2", "o2").edge("in", "o3");
  plan.run();
  for (Written* written : {&first, &second, &direct})
    EXPECT_EQ(written->lanes()["000000/u0"], sequence(0, 50));
}

TEST(Forms, KeysOfAKeyedStageMayBeSplitAgainBehindIt) {
  PlanBuilder plan;
  Written written;
  ToyKeyed::Options halves;
  halves.on_message = [](ToyKeyed::State& state, const Number& n, Emitter& emit) {
    emit(n, state.key + (n.value % 2 == 0 ? "-even" : "-odd"));
  };
  halves.on_end = [](ToyKeyed::State& state, Emitter& emit) { emit(Number{-1}, state.key + "-odd"); };
  ToyKeyed::Options pass;
  pass.on_message = [](ToyKeyed::State&, const Number& n, Emitter& emit) { emit(n); };
  pass.on_end = [](ToyKeyed::State&, Emitter& emit) { emit(Number{-2}); };
  plan.stage("in", "numbers", numbers({sequence(0, 6)}));
  plan.stage("first", "keyed", halves).stage("second", "keyed", pass);
  plan.stage("out", "writer", written.sink());
  plan.edge("in", "first").edge("first", "second").edge("second", "out");
  plan.run();
  EXPECT_THAT(written.lanes(), ElementsAre(Pair("u0-even", ElementsAre(0, 2, 4, -2)),
                                           Pair("u0-odd", ElementsAre(1, 3, 5, -1, -2))));
}

TEST(Forms, AStageThatWaitsInsideIsNotMadeToHandleAnotherMessage) {
  static thread_local bool inside = false;
  std::atomic<int> nested{0};
  PlanBuilder plan;
  plan.stage("in", "numbers", numbers({sequence(0, 100), sequence(0, 100)}));
  plan.stage("map", "mapper",
             ToyMap::Options{[&](const Number&, Emitter&) {
                               if (inside) ++nested;
                               inside = true;
                               tbb::parallel_for(0, 8, [](int) { nap(microseconds(20)); });
                               inside = false;
                             },
                             {}});
  plan.edge("in", "map");
  plan.run(4);
  EXPECT_EQ(nested, 0);
}

TEST(Forms, OriginsDoNotDependOnTheNumberOfThreads) {
  std::vector<std::string> first;
  for (const std::size_t threads : {1, 2, 3, 8}) {
    PlanBuilder plan;
    Written written;
    plan.stage("in", "numbers", numbers({sequence(0, 120), sequence(40, 77), sequence(9, 3)}));
    plan.stage("split", "mapper", splitter(5, threads));
    ToyKeyed::Options sums;
    sums.on_message = [](ToyKeyed::State& state, const Number& n, Emitter& emit) {
      state.values.push_back(n.value);
      if (state.values.size() % 3 == 0) emit(Number{n.value + state.values.front()});
    };
    sums.on_end = [](ToyKeyed::State& state, Emitter& emit) { emit(Number{state.values.back()}); };
    plan.stage("keyed", "keyed", sums).stage("out", "writer", written.sink());
    plan.edge("in", "split").edge("split", "keyed").edge("keyed", "out").edge("split", "out");
    plan.run(threads);
    if (first.empty()) first = written.sorted();
    EXPECT_EQ(written.sorted(), first) << threads << " threads";
  }
}

}  // namespace
}  // namespace ipet::run::test
