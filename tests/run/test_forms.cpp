// What each stage form is promised.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace ipet::run::test
