// The first Ctrl-C drains, the second cancels.
#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/run/support.hpp"

namespace ipet::run::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// An endless source that asks for a stop at its 50th number.
ToySource::Options endless(StopRequest& stop, int level) {
  ToySource::Options options;
  options.units = {"u"};
  options.step = [&stop, level](std::size_t, std::size_t step, Emitter& emit) {
    emit(Number{static_cast<std::int64_t>(step)});
    if (step == 50) stop.level = level;
    return true;
  };
  return options;
}

TEST(Cancel, TheFirstStopDrainsAndCommits) {
  PlanBuilder plan;
  Written written;
  bool interrupted = false;
  ToyKeyed::Options count;
  count.on_message = [](ToyKeyed::State& state, const Number& n, Emitter&) {
    nap(microseconds(20));
    state.values.push_back(n.value);
  };
  count.on_end = [](ToyKeyed::State& state, Emitter& emit) {
    for (const std::int64_t n : state.values) emit(Number{n});
  };
  ToySink::Options sink = written.sink();
  sink.commit = [&](StageContext& context) {
    ++written.commits;
    interrupted = context.interrupted();
    EXPECT_FALSE(context.cancelled());
  };
  plan.stage("in", "numbers", endless(plan.stop, 1)).stage("keyed", "keyed", count);
  plan.stage("out", "writer", sink).edge("in", "keyed").edge("keyed", "out");
  const Result result = plan.run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_TRUE(interrupted);
  EXPECT_EQ(written.commits, 1);
  // Everything that was read came through, in order, and was ended.
  EXPECT_EQ(written.lanes()["u"], sequence(0, static_cast<std::int64_t>(written.calls.size())));
  EXPECT_GE(written.calls.size(), 51U);
  EXPECT_EQ(result.counters[0].messages, written.calls.size());
}

TEST(Cancel, AfterTheFirstStopNoValueIsMadeOfHalfAStream) {
  PlanBuilder plan;
  Written written;
  bool task_ran = false, fold_finished = false;
  ToyFold::Options fold;
  fold.finish = [&](NumberSet&, Emitter&) { fold_finished = true; };
  plan.stage("in", "numbers", endless(plan.stop, 1)).stage("fold", "folder", fold);
  plan.stage("task", "tasker", ToyTask::Options{[&](StageContext&, Emitter&) { task_ran = true; }});
  plan.stage("gather", "tasker", ToyTask::Options{[&](StageContext&, Emitter&) { task_ran = true; }});
  plan.stage("out", "writer", written.sink());
  plan.edge("in", "fold").edge("fold", "task.a").edge("in", "gather.a").edge("fold", "out").edge("in", "out");
  EXPECT_TRUE(plan.run().interrupted);
  EXPECT_FALSE(fold_finished);
  EXPECT_FALSE(task_ran);
  EXPECT_TRUE(written.sets.empty());
  EXPECT_FALSE(written.calls.empty());
  EXPECT_EQ(written.commits, 1);
}

TEST(Cancel, AStopInALaterPassKeepsWhatEarlierPassesGave) {
  PlanBuilder plan;
  Written written;
  bool last_ran = false;
  plan.stage("in", "numbers", numbers({{1, 2}})).stage("fold", "folder", ToyFold::Options{});
  plan.stage("task", "tasker", ToyTask::Options{[&](StageContext&, Emitter& emit) {
               plan.stop.level = 1;
               emit(NumberSet{});
             }});
  plan.stage("last", "tasker", ToyTask::Options{[&](StageContext&, Emitter&) { last_ran = true; }});
  plan.stage("out", "writer", written.sink());
  plan.edge("in", "fold")
      .edge("fold", "task.a")
      .edge("task", "last.a")
      .edge("fold", "out")
      .edge("task", "out");
  EXPECT_TRUE(plan.run().interrupted);
  EXPECT_FALSE(last_ran);
  EXPECT_EQ(written.sets.size(), 2U);
  EXPECT_EQ(written.commits, 1);
}

TEST(Cancel, AStopAfterAllWasReadCutsNothingShort) {
  PlanBuilder plan;
  Written written;
  bool told = true;
  ToyFold::Options fold;
  fold.finish = [&](NumberSet&, Emitter&) { plan.stop.level = 1; };
  ToySink::Options sink = written.sink();
  sink.commit = [&](StageContext& context) { told = context.interrupted(); };
  plan.stage("in", "numbers", numbers({{1, 2}})).stage("fold", "folder", fold).stage("out", "writer", sink);
  plan.edge("in", "fold").edge("fold", "out").edge("in", "out");
  EXPECT_FALSE(plan.run().interrupted);
  EXPECT_FALSE(told);
  EXPECT_EQ(written.sets.size(), 1U);
}

TEST(Cancel, TheSecondStopCommitsNothing) {
  PlanBuilder plan;
  Written written;
  int destroyed = 0;
  ToySink::Options sink = written.sink();
  sink.destroyed = [&] { ++destroyed; };
  plan.stage("in", "numbers", endless(plan.stop, 2)).stage("out", "writer", sink).edge("in", "out");
  EXPECT_TRUE(plan.run().interrupted);
  EXPECT_EQ(written.commits, 0);
  EXPECT_EQ(destroyed, 1);
}

TEST(Cancel, TheSecondStopEndsALongTaskAndABackedUpGraph) {
  PlanBuilder plan;
  ToySource::Options in;
  in.units = {"u"};
  in.step = [](std::size_t, std::size_t, Emitter& emit) {
    emit(Number{1, 100'000});
    return true;
  };
  ToySink::Options slow;
  slow.write = [](const Number&, const Origin&) { nap(milliseconds(2)); };
  bool committed = false;
  slow.commit = [&](StageContext&) { committed = true; };
  plan.stage("in", "numbers", in).stage("out", "writer", slow).edge("in", "out");
  plan.stage("task", "tasker", ToyTask::Options{[](StageContext& context, Emitter&) {
               for (;;) {
                 context.check();
                 nap(microseconds(200));
               }
             }});
  std::chrono::steady_clock::time_point asked;
  std::thread user([&] {
    nap(milliseconds(60));
    plan.stop.level = 1;
    nap(milliseconds(20));
    asked = std::chrono::steady_clock::now();
    plan.stop.level = 2;
  });
  const Result result = plan.run(2, 8);
  const auto took = std::chrono::steady_clock::now() - asked;
  user.join();
  EXPECT_TRUE(result.interrupted);
  EXPECT_FALSE(committed);
  EXPECT_LT(took, milliseconds(500));
}

TEST(Cancel, AStopBeforeAnythingBeganCommitsNothing) {
  PlanBuilder plan;
  Written written;
  plan.stop.level = 1;
  plan.stage("in", "numbers", numbers({{1}})).stage("out", "writer", written.sink()).edge("in", "out");
  const Result result = plan.run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_FALSE(result.committed);
  EXPECT_EQ(written.commits, 0);
}

TEST(Cancel, CommitsThatHaveBegunAreFinishedAfterTheFirstStop) {
  PlanBuilder plan;
  int commits = 0;
  plan.stage("in", "numbers", numbers({{1}}));
  for (const char* id : {"a", "b"}) {
    ToySink::Options sink;
    sink.commit = [&](StageContext& context) {
      plan.stop.level = 1;
      EXPECT_FALSE(context.cancelled());
      EXPECT_FALSE(context.interrupted());
      ++commits;
    };
    plan.stage(id, "writer", sink).edge("in", id);
  }
  EXPECT_FALSE(plan.run().interrupted);
  EXPECT_EQ(commits, 2);
}

TEST(Cancel, TheSecondStopEndsCommitsThatHaveBegun) {
  PlanBuilder plan;
  int commits = 0;
  plan.stage("in", "numbers", numbers({{1}}));
  for (const char* id : {"a", "b"}) {
    ToySink::Options sink;
    sink.commit = [&](StageContext& context) {
      ++commits;
      plan.stop.level = 2;
      context.check();
      ADD_FAILURE() << "a long commit asks, and is told";
    };
    plan.stage(id, "writer", sink).edge("in", id);
  }
  const Result result = plan.run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_FALSE(result.committed);
  EXPECT_EQ(commits, 1);
}

TEST(Cancel, ProgressIsReportedWhileTheRunGoesOnAndAtItsEnd) {
  PlanBuilder plan;
  std::vector<Progress> seen;
  plan.observer.progress = [&](const Progress& progress) { seen.push_back(progress); };
  plan.stage("in", "numbers", numbers({sequence(0, 30)}));
  ToySink::Options slow;
  slow.write = [](const Number&, const Origin&) { nap(milliseconds(20)); };
  plan.stage("out", "writer", slow).edge("in", "out");
  plan.run();
  ASSERT_GE(seen.size(), 2U);
  EXPECT_EQ(seen[0].passes, 1U);
  EXPECT_EQ(seen[0].budget_bytes, 64U << 20);
  EXPECT_GT(seen[0].bytes_in_flight, 0U);
  EXPECT_GT(seen[0].stages.at(1).held_bytes, 0U);
  EXPECT_EQ(seen.back().stages.at(1).messages, 30U);
  EXPECT_EQ(seen.back().bytes_in_flight, 0U);
}

}  // namespace
}  // namespace ipet::run::test
