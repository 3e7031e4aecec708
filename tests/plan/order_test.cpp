// Topological order, cycles, passes, and parts of a plan.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/plan/planning.hpp"

namespace {

using plan_test::plan_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Order, IsThatOfTheFileWhereTheEdgesAllow) {
  const auto planned = plan_of({{"s", "store", {{"", "d"}, {"", "b"}}},
                                {"b", "counter", {}},
                                {"d", "doubler", {{"", "a"}}},
                                {"a", "counter", {}}});
  EXPECT_THAT(planned->texts(), IsEmpty());
  EXPECT_THAT(planned->order(), ElementsAre("b@0", "a@0", "d@0", "s@0"));
}

TEST(Passes, AreCutWhereAWholeValueIsNeeded) {
  // fit waits for all numbers (pass 1), refit for the whole of fit's stream-judged numbers (pass 3).
  const auto planned = plan_of({{"n", "counter", {}},
                                {"fit", "fitter", {{"", "n"}}},
                                {"judge", "judge", {{"numbers", "n"}, {"fit", "fit"}}},
                                {"refit", "fitter", {{"", "judge"}}},
                                {"last", "fitter", {{"", "refit"}}},
                                {"keep", "store", {{"", "n"}, {"", "fit"}, {"", "last"}}}});
  EXPECT_THAT(planned->texts(), IsEmpty());
  EXPECT_THAT(planned->order(), ElementsAre("n@0", "fit@1", "judge@2", "refit@3", "last@4", "keep@4"));
  EXPECT_EQ(planned->plan.passes, 5u);
}

TEST(Passes, RunAStreamOnlyWhenItIsRead) {
  // late feeds only judge, which waits for fit; early is needed at once, shown by a sink.
  const auto planned = plan_of({{"n", "counter", {}},
                                {"fit", "fitter", {{"", "n"}}},
                                {"other", "counter", {}},
                                {"late", "doubler", {{"", "other"}}},
                                {"early", "doubler", {{"", "n"}}},
                                {"judge", "judge", {{"numbers", "late"}, {"fit", "fit"}}},
                                {"keep", "store", {{"", "judge"}, {"", "early"}}}});
  EXPECT_THAT(planned->texts(), IsEmpty());
  EXPECT_THAT(planned->order(),
              ElementsAre("n@0", "fit@1", "other@2", "late@2", "early@0", "judge@2", "keep@2"));
  auto problems = planned->problems;
  const auto part = ipet::plan::part_until(planned->plan, "late", "--until late", problems);
  EXPECT_EQ(part.passes, 1u);
}

TEST(Cycle, IsReportedOnceForEach) {
  const auto planned = plan_of({{"a", "doubler", {{"", "b"}}},
                                {"b", "doubler", {{"", "a"}}},
                                {"c", "doubler", {{"", "c"}}},
                                {"s", "store", {{"", "a"}, {"", "c"}}}});
  EXPECT_THAT(planned->texts(), ElementsAre("cycle: stages feed each other: a -> b -> a",
                                            "cycle: stages feed each other: c -> c"));
}

TEST(Cycle, IsFoundWithBadOptionsAndUnknownPluginsOnIt) {
  const auto planned = plan_of({{"a", "doubler", {{"", "b"}}}, {"b", "dubler", {{"", "a"}}}});
  EXPECT_THAT(planned->texts(), ElementsAre("unknown-plugin: no plugin 'dubler'",
                                            "cycle: stages feed each other: a -> b -> a"));
}

TEST(Part, HoldsTheStageAndItsAncestorsOnly) {
  const auto planned = plan_of({{"other", "counter", {}},
                                {"n", "counter", {}},
                                {"d", "doubler", {{"", "n"}}},
                                {"fit", "fitter", {{"", "d"}}},
                                {"keep", "store", {{"", "fit"}, {"", "other"}}}});
  ASSERT_THAT(planned->texts(), IsEmpty());
  plan_test::Planned part;
  part.plan = ipet::plan::part_until(planned->plan, "d", "--until d", part.problems);
  EXPECT_THAT(part.texts(), IsEmpty());
  EXPECT_THAT(part.order(), ElementsAre("n@0", "d@0"));
  EXPECT_THAT(part.edges(), ElementsAre("n.numbers -stream-> d.in"));
  EXPECT_EQ(part.plan.passes, 1u);
}

TEST(Environment, ProblemsNameTheStage) {
  auto planned = plan_of({{"n", "counter", {}}, {"keep", "store", {{"", "n"}}}});
  ipet::StageDescription changed = *planned->plan.stages[0].description;
  changed.check_environment = [](const void* options, const ipet::Place& where, ipet::Problems& problems) {
    const auto& counter = *static_cast<const toys::CounterOptions*>(options);
    problems.push_back({"environment", where, "no room for " + std::to_string(counter.count), {}});
  };
  planned->plan.stages[0].description = &changed;
  ipet::plan::check_environment(planned->plan, {}, planned->problems);
  EXPECT_THAT(planned->texts(), ElementsAre("environment: stage 'n': no room for 3"));
}

}  // namespace
