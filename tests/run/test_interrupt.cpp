// A stage that stops early because it was asked to: tasks after the first Ctrl-C.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/run/output_files.hpp"

namespace ipet::run::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A task that works until it is told to stop.
ToyTask::Options endless_task(StopRequest& stop) {
  return {[&stop](StageContext& context, Emitter&) {
    stop.level = 1;
    for (;;) context.check_interrupted();
  }};
}

TEST(Interrupt, ATaskStopsAtTheFirstStopAndWhatIsCompleteIsCommitted) {
  PlanBuilder plan;
  Written written;
  bool last_ran = false, told = false;
  plan.stage("in", "numbers", numbers({{1, 2}})).stage("fold", "folder", ToyFold::Options{});
  plan.stage("task", "tasker", endless_task(plan.stop));
  plan.stage("last", "tasker", ToyTask::Options{[&](StageContext&, Emitter&) { last_ran = true; }});
  ToySink::Options sink = written.sink();
  sink.commit = [&](StageContext& context) {
    ++written.commits;
    told = context.interrupted();
  };
  plan.stage("out", "writer", sink);
  plan.edge("in", "fold")
      .edge("fold", "task.a")
      .edge("task", "last.a")
      .edge("fold", "out")
      .edge("task", "out");
  const Result result = plan.run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_TRUE(result.committed);
  EXPECT_TRUE(told);
  EXPECT_FALSE(last_ran);
  EXPECT_EQ(written.sets.size(), 1U);  // the fold's; the task gave none, which is no error
  EXPECT_EQ(written.commits, 1);
}

TEST(Interrupt, ATaskThatStopsOfItselfWhenNobodyAskedIsAnError) {
  PlanBuilder plan;
  plan.stage("task", "tasker", ToyTask::Options{[](StageContext&, Emitter&) { throw Interrupted(); }});
  EXPECT_EQ(plan.error(), "stage 'task' (plugin tasker): it stopped early, though nobody asked it to");
}

TEST(Interrupt, ATaskThatEndsAllTheSameGivesItsValue) {
  PlanBuilder plan;
  Written written;
  plan.stage("task", "tasker", ToyTask::Options{[&](StageContext&, Emitter& emit) {
               plan.stop.level = 1;
               emit(NumberSet{{7}, true});
             }});
  plan.stage("out", "writer", written.sink()).edge("task", "out");
  EXPECT_FALSE(plan.run().interrupted);
  ASSERT_EQ(written.sets.size(), 1U);
  EXPECT_THAT(written.sets[0].second, ElementsAre(7));
}

TEST(Interrupt, AStreamThatIsBrokenOffIsNotCommitted) {
  PlanBuilder plan;
  Written written;
  ToyMap::Options map;
  map.on_message = [&](const Number& number, Emitter& emit) {
    if (number.value == 3) {
      plan.stop.level = 1;
      throw Interrupted();
    }
    emit(number);
  };
  plan.stage("in", "numbers", numbers({sequence(0, 1000)})).stage("map", "mapper", map);
  plan.stage("out", "writer", written.sink()).edge("in", "map").edge("map", "out");
  const Result result = plan.run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_FALSE(result.committed);
  EXPECT_EQ(written.commits, 0);
}

TEST(Interrupt, AStageThatStopsWhileItIsMadeEndsTheRunThereAndWhatIsCompleteIsCommitted) {
  for (const bool first_pass : {true, false}) {
    PlanBuilder plan;
    Written written;
    const auto stops = [&](StageContext& context) {
      plan.stop.level = 1;
      context.check_interrupted();
    };
    ToySource::Options source = numbers({{1, 2}});
    if (first_pass) source.create = stops;
    bool mapped = false;
    ToyMap::Options map{[&](const Number&, Emitter&) { mapped = true; }, {}};
    if (!first_pass) map.create = stops;
    plan.stage("in", "numbers", source).stage("fold", "folder", ToyFold::Options{});
    plan.stage("mix", "informed", map).stage("out", "writer", written.sink());
    plan.edge("in", "fold")
        .edge("in", "mix.in")
        .edge("fold", "mix.set")
        .edge("fold", "out")
        .edge("mix", "out");
    const Result result = plan.run();
    EXPECT_TRUE(result.interrupted);
    EXPECT_EQ(result.committed, !first_pass);
    EXPECT_EQ(written.commits, first_pass ? 0 : 1);
    EXPECT_EQ(written.sets.size(), first_pass ? 0U : 1U);
    EXPECT_FALSE(mapped);
  }
}

TEST(Interrupt, AStageThatStopsOfItselfWhileItIsMadeIsAnError) {
  PlanBuilder plan;
  ToySource::Options source = numbers({{1}});
  source.create = [](StageContext&) { throw Interrupted(); };
  plan.stage("in", "numbers", source).stage("out", "writer", ToySink::Options{}).edge("in", "out");
  EXPECT_EQ(plan.error(), "stage 'in' (plugin numbers): it stopped early, though nobody asked it to");
}

TEST(Interrupt, IsHeardWhileAnInputIsReadForItsChecksum) {
  const Folder folder;
  std::ofstream(folder / "large").seekp((std::int64_t{1} << 40) - 1).put('x');  // sparse: minutes to read
  ASSERT_EQ(std::filesystem::file_size(folder / "large"), std::uintmax_t{1} << 40);
  PlanBuilder plan;
  ToySource::Options source = numbers({{1}});
  source.create = [&](StageContext& context) {
    plan.stop.level = 1;
    context.record_input(folder / "large");
  };
  plan.stage("in", "numbers", source).stage("out", "writer", ToySink::Options{}).edge("in", "out");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(plan.run().interrupted);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST(Interrupt, TheSecondStopEndsATaskWithNothingCommitted) {
  PlanBuilder plan;
  Written written;
  plan.stage("in", "numbers", numbers({{1}})).stage("fold", "folder", ToyFold::Options{});
  plan.stage("task", "tasker", ToyTask::Options{[&](StageContext& context, Emitter&) {
               plan.stop.level = 2;
               for (;;) context.check_interrupted();
             }});
  plan.stage("out", "writer", written.sink());
  plan.edge("in", "fold").edge("fold", "task.a").edge("fold", "out").edge("task", "out");
  const Result result = plan.run();
  EXPECT_TRUE(result.interrupted);
  EXPECT_FALSE(result.committed);
  EXPECT_EQ(written.commits, 0);
}

TEST(Interrupt, TheResultSaysWhereToGoOn) {
  PlanBuilder plan;
  plan.stage("task", "tasker", ToyTask::Options{[&](StageContext& context, Emitter&) {
               context.resume_point("from stage 2 of 5");
               context.resume_point("from stage 3 of 5");
               plan.stop.level = 1;
               context.check_interrupted();
             }});
  EXPECT_EQ(plan.run().counters[0].resume_point, "from stage 3 of 5");
}

TEST(Interrupt, ProgressTellsWhichTasksAreAtWorkAndWhenResultsAreWritten) {
  PlanBuilder plan;
  std::atomic<int> working{0}, commits{0};
  plan.observer.progress = [&](const Progress& progress) {
    if (progress.phase == Phase::commits) return void(++commits);
    for (const StageCounters& stage : progress.stages)
      if (stage.working && stage.stage == "task") ++working;
  };
  const auto wait = [](const std::atomic<int>& count) {
    for (int i = 0; i < 5000 && count == 0; ++i) nap(std::chrono::milliseconds(1));
    EXPECT_GT(count, 0);
  };
  plan.stage("task", "tasker", ToyTask::Options{[&](StageContext&, Emitter& emit) {
               wait(working);
               emit(NumberSet{});
             }});
  ToySink::Options sink;
  sink.commit = [&](StageContext&) { wait(commits); };
  plan.stage("out", "writer", sink).edge("task", "out");
  EXPECT_FALSE(plan.run().counters[0].working);
}

TEST(Interrupt, ResultsThatAreGivenUpAreNotSaidToGetTheirNames) {
  PlanBuilder plan;
  int naming = 0, reports = 0;
  plan.observer.progress = [&](const Progress& progress) {
    ++reports;
    if (progress.phase == Phase::naming) ++naming;
  };
  ToySink::Options sink;
  sink.commit = [&](StageContext& context) {
    plan.stop.level = 2;
    context.check_interrupted();
  };
  plan.stage("in", "numbers", numbers({{1}})).stage("out", "writer", sink).edge("in", "out");
  const Result result = plan.run();
  EXPECT_FALSE(result.committed);
  EXPECT_GT(reports, 0);
  EXPECT_EQ(naming, 0);
}

TEST(Interrupt, EveryPartOfTheRunIsAnnounced) {
  PlanBuilder plan;
  std::vector<std::string> parts;
  plan.observer.part = [&](const std::string& text) { parts.push_back(text); };
  plan.stage("in", "numbers", numbers({{1}})).stage("fold", "folder", ToyFold::Options{});
  auto options = ToyMap::Options{[](const Number& n, Emitter& emit) { emit(n); }, {}};
  plan.stage("mix", "informed", options).stage("out", "writer", ToySink::Options{});
  plan.edge("in", "fold").edge("in", "mix.in").edge("fold", "mix.set").edge("mix", "out");
  plan.run();
  EXPECT_THAT(parts,
              ElementsAre("pass 1 of 2: in, fold", "pass 2 of 2: mix; again: in", "writing the results"));
}

/// A run whose sinks are asked to stop while the first of them writes, and what came of it.
struct StopWhileWriting {
  explicit StopWhileWriting(bool asks) : run(folder / "out") {
    write_text(folder / "out/.keep", "");
    ToySink::Options first;
    first.create = [this](StageContext& context) { context.reserve(folder / "out/a"); };
    first.commit = [this, asks](StageContext& context) {
      if (asks) {
        EXPECT_FALSE(context.stop_requested());
      }
      run.stop.level = 1;
      EXPECT_FALSE(context.interrupted()) << "results say of themselves what they said before";
      if (!asks || !context.stop_requested()) hand_over(context, folder / "out/a", {{"", "A"}});
    };
    run.stage("first", "writer", first);
    run.edge("n.out", "first.in");
    run.sink("second", folder / "out/b", {{"", "B"}});
    result = run.run();
  }
  Folder folder;
  FileRun run;
  Result result;
};

TEST(Interrupt, WhileResultsAreWrittenIsToldToASinkThatAsksForIt) {
  const StopWhileWriting asks(true);
  EXPECT_TRUE(asks.result.interrupted);
  EXPECT_FALSE(fs::exists(asks.folder / "out/a")) << "it wrote nothing";
  EXPECT_EQ(text_of(asks.folder / "out/b"), "B") << "the others are finished";
}

TEST(Interrupt, WhileResultsAreWrittenChangesNothingForThoseThatDoNotAsk) {
  const StopWhileWriting others(false);
  EXPECT_FALSE(others.result.interrupted);
  EXPECT_EQ(text_of(others.folder / "out/a"), "A");
  EXPECT_EQ(text_of(others.folder / "out/b"), "B");
}

}  // namespace
}  // namespace ipet::run::test
