// Whole values and the passes that they cut a pipeline into.
#include <atomic>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/run/support.hpp"

namespace ipet::run::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

ToyTask::Options sum_of(const std::string& port) {
  return {[port](StageContext& context, Emitter& emit) {
    NumberSet out;
    out.values.push_back(0);
    for (const std::int64_t value : context.whole<NumberSet>(port)->values) out.values[0] += value;
    emit(std::move(out));
  }};
}

TEST(Passes, AStreamIsGatheredForAWholeInputInLaneOrder) {
  for (const std::size_t threads : {1, 2, 8}) {
    PlanBuilder plan;
    std::vector<std::int64_t> seen;
    bool finished = false;
    plan.stage("in", "numbers", numbers({sequence(0, 40), sequence(100, 40)}));
    plan.stage("map", "mapper",
               ToyMap::Options{[](const Number& n, Emitter& emit) {
                                 nap(std::chrono::microseconds(n.value * 17 % 60));
                                 emit(n);
                               },
                               {}});
    plan.stage("task", "tasker", ToyTask::Options{[&](StageContext& context, Emitter& emit) {
                 seen = context.whole<NumberSet>("a")->values;
                 finished = context.whole<NumberSet>("a")->finished;
                 emit(NumberSet{});
               }});
    plan.edge("in", "map").edge("map", "task.a");
    const Result result = plan.run(threads);
    std::vector<std::int64_t> expected = sequence(0, 40);
    for (const std::int64_t n : sequence(100, 40)) expected.push_back(n);
    EXPECT_EQ(seen, expected);
    EXPECT_TRUE(finished);
    EXPECT_EQ(result.counters[2].pass, 1U);
  }
}

TEST(Passes, ConsumersOfOneOutputShareTheGatheredValue) {
  PlanBuilder plan;
  std::vector<const NumberSet*> seen(2);
  plan.stage("in", "numbers", numbers({{1, 2}}));
  for (std::size_t i = 0; i < 2; ++i) {
    plan.stage(std::string("task") + std::to_string(i), "tasker",
               ToyTask::Options{[&, i](StageContext& context, Emitter&) {
                 seen[i] = context.whole<NumberSet>("a").get();
                 nap(std::chrono::milliseconds(20));
               }});
    plan.edge("in", std::string("task") + std::to_string(i) + ".a");
  }
  plan.run();
  EXPECT_NE(seen[0], nullptr);
  EXPECT_EQ(seen[0], seen[1]);
}

TEST(Passes, SeveralStreamsAreGatheredInTheOrderOfTheirEdges) {
  PlanBuilder plan;
  std::vector<std::int64_t> seen;
  plan.stage("x", "numbers", numbers({{5, 6}})).stage("y", "numbers", numbers({{1, 2}}));
  plan.stage("task", "tasker", ToyTask::Options{[&](StageContext& context, Emitter&) {
               seen = context.whole<NumberSet>("a")->values;
             }});
  plan.edge("x", "task.a").edge("y", "task.a");
  plan.run();
  EXPECT_THAT(seen, ElementsAre(5, 6, 1, 2));
}

TEST(Passes, ASourceNeededInTwoPassesIsReadTwiceButSpeaksOnce) {
  PlanBuilder plan;
  Written clean, mixed;
  std::atomic<int> opened{0}, created{0};
  std::vector<std::string> said;
  plan.observer.info = [&](const std::string& stage, const std::string& text) {
    said.push_back(stage + ": " + text);
  };
  plan.observer.warn = plan.observer.info;
  ToySource::Options in = numbers({{1, 2, 3}, {4}});
  in.open = [&](std::size_t) { ++opened; };
  in.create = [&](StageContext& context) {
    ++created;
    context.info("two units");
    context.warn("beware");
    context.print_at_end("table of " + context.stage());
  };
  plan.stage("in", "numbers", in);
  plan.stage("clean", "writer", clean.sink());
  plan.stage("fold", "folder", ToyFold::Options{});
  plan.stage("mix", "informed", ToyMap::Options{{}, {}});
  // The map adds the sum of the first pass, taken at construction, to every number of the second.
  std::int64_t sum = 0;
  auto options = std::make_shared<ToyMap::Options>();
  options->create = [&sum](StageContext& context) {
    for (const std::int64_t n : context.whole<NumberSet>("set")->values) sum += n;
  };
  options->on_message = [&sum](const Number& n, Emitter& emit) { emit(Number{n.value + sum}); };
  plan.plan.stages.back().options = options;
  plan.stage("mixed", "writer", mixed.sink());
  plan.edge("in", "clean")
      .edge("in", "fold")
      .edge("in", "mix.in")
      .edge("fold", "mix.set")
      .edge("mix", "mixed");
  const Result result = plan.run();
  EXPECT_EQ(plan.plan.passes, 2U);
  EXPECT_EQ(created, 2);
  EXPECT_EQ(opened, 4);
  EXPECT_THAT(clean.lanes(),
              ElementsAre(Pair("000000/u0", ElementsAre(1, 2, 3)), Pair("000001/u1", ElementsAre(4))));
  EXPECT_THAT(mixed.lanes(),
              ElementsAre(Pair("000000/u0", ElementsAre(11, 12, 13)), Pair("000001/u1", ElementsAre(14))));
  EXPECT_THAT(said, ElementsAre("in: two units", "in: beware"));
  EXPECT_THAT(result.printed, ElementsAre("table of in"));
  EXPECT_EQ(result.counters[0].messages, 4U);
  EXPECT_EQ(clean.commits + mixed.commits, 2);
}

TEST(Passes, AKeyedStageRunsAgainForALaterPassAndASinkReceivesInBoth) {
  for (const std::size_t threads : {1, 2, 8}) {
    PlanBuilder plan;
    Written written;
    std::atomic<int> ends{0};
    std::int64_t set = 0;
    ToyKeyed::Options keyed;
    keyed.on_message = [](ToyKeyed::State&, const Number& n, Emitter& emit) { emit(n); };
    keyed.on_end = [&](ToyKeyed::State&, Emitter& emit) {
      ++ends;
      emit(Number{9});
    };
    ToyMap::Options mix;
    mix.create = [&](StageContext& context) {
      set = static_cast<std::int64_t>(context.whole<NumberSet>("set")->values.size());
    };
    mix.on_message = [&](const Number& n, Emitter& emit) { emit(Number{n.value * 10 + set}); };
    plan.stage("in", "numbers", numbers({{1, 2}, {3}})).stage("keyed", "keyed", keyed);
    plan.stage("fold", "folder", ToyFold::Options{}).stage("mix", "informed", mix);
    plan.stage("out", "writer", written.sink()).edge("in", "keyed").edge("keyed", "fold");
    plan.edge("keyed", "mix.in").edge("fold", "mix.set").edge("keyed", "out").edge("mix", "out");
    plan.run(threads);
    EXPECT_EQ(ends, 4);
    EXPECT_EQ(written.commits, 1);
    EXPECT_THAT(written.lanes(),
                ElementsAre(Pair("0/u0", ElementsAre(1, 2, 9)), Pair("0/u1", ElementsAre(3, 9)),
                            Pair("1/u0", ElementsAre(15, 25, 95)), Pair("1/u1", ElementsAre(35, 95))));
  }
}

TEST(Passes, ATaskTakesSeveralWholeValues) {
  PlanBuilder plan;
  Written written;
  plan.stage("in", "numbers", numbers({{1, 2, 3}}));
  plan.stage("sum", "tasker", sum_of("a"));
  plan.stage("both", "tasker", ToyTask::Options{[](StageContext& context, Emitter& emit) {
               NumberSet set = *context.whole<NumberSet>("a");
               set.merge(NumberSet(*context.whole<NumberSet>("b")));
               emit(std::move(set));
             }});
  plan.stage("out", "writer", written.sink());
  plan.edge("in", "sum.a").edge("in", "both.a").edge("sum", "both.b");
  plan.edge("sum", "out").edge("both", "out");
  plan.run();
  EXPECT_EQ(plan.plan.passes, 3U);
  ASSERT_THAT(written.sets, SizeIs(2));
  EXPECT_EQ(written.sets[0].first.lane, "sum");
  EXPECT_THAT(written.sets[0].second, ElementsAre(6));
  EXPECT_EQ(written.sets[1].first.lane, "both");
  EXPECT_THAT(written.sets[1].second, ElementsAre(1, 2, 3, 6));
}

TEST(Passes, TasksOfOnePassRunInParallel) {
  PlanBuilder plan;
  std::atomic<int> inside{0};
  std::atomic<bool> met{false};
  for (const char* id : {"t1", "t2"}) {
    plan.stage(id, "tasker", ToyTask::Options{[&](StageContext&, Emitter&) {
                 ++inside;
                 for (int i = 0; i < 4000 && inside.load() < 2; ++i) nap(std::chrono::microseconds(500));
                 if (inside.load() == 2) met = true;
               }});
  }
  plan.run(2);
  EXPECT_TRUE(met);
}

TEST(Passes, AnOptionalWholeInputThatIsNotConnectedIsNull) {
  PlanBuilder plan;
  bool null = false;
  plan.stage("t", "tasker", ToyTask::Options{[&](StageContext& context, Emitter&) {
               null = context.whole<NumberSet>("b") == nullptr;
             }});
  plan.run();
  EXPECT_TRUE(null);
}

TEST(Passes, AValueThatNoLaterPassReadsIsFreed) {
  PlanBuilder plan;
  std::weak_ptr<const NumberSet> value;
  bool alive_in_task = false, alive_in_next = true;
  plan.stage("in", "numbers", numbers({{1}}));
  plan.stage("first", "tasker", ToyTask::Options{[&](StageContext& context, Emitter& emit) {
               const auto set = context.whole<NumberSet>("a");
               value = set;
               alive_in_task = true;
               emit(NumberSet{});
             }});
  plan.stage("second", "tasker",
             ToyTask::Options{[&](StageContext&, Emitter&) { alive_in_next = !value.expired(); }});
  plan.edge("in", "first.a").edge("first", "second.a");
  plan.run();
  EXPECT_TRUE(alive_in_task);
  EXPECT_FALSE(alive_in_next);
}

TEST(Passes, TheRunRecordHoldsTheFilesReadWithTheirChecksums) {
  const std::string path = testing::TempDir() + "ipet_run_record_input.txt";
  std::ofstream(path) << "abc";
  PlanBuilder plan;
  RunRecord record;
  plan.plan.resolved = "schema = 1";
  plan.plan.run.seed = 7;
  plan.facts.command_line = "ipet run x.toml";
  plan.facts.version = "0.1.0";
  ToySource::Options in = numbers({{1}, {2}});
  in.create = [&](StageContext& context) {
    EXPECT_EQ(context.seed(), 7U);
    EXPECT_EQ(context.threads(), 2U);
  };
  plan.stage("in", "numbers", in);
  plan.stage("t1", "tasker", ToyTask::Options{[&](StageContext& context, Emitter&) {
               context.record_input(path);
               context.record_input(path);
             }});
  ToySink::Options sink;
  sink.commit = [&](StageContext& context) { record = context.run(); };
  plan.stage("out", "writer", sink).edge("in", "out");
  plan.run();
  EXPECT_EQ(record.pipeline, "test");
  EXPECT_EQ(record.definition, "schema = 1");
  EXPECT_EQ(record.command_line, "ipet run x.toml");
  EXPECT_EQ(record.version, "0.1.0");
  EXPECT_EQ(record.seed, 7U);
  EXPECT_THAT(record.created, testing::MatchesRegex("20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-9:]+Z"));
  ASSERT_THAT(record.inputs, SizeIs(1));
  EXPECT_EQ(record.inputs[0].path, path);
  EXPECT_EQ(record.inputs[0].bytes, 3U);
  // python3 -c "import xxhash; print(xxhash.xxh3_128_hexdigest(b'abc'))"
  EXPECT_EQ(record.inputs[0].checksum, "06b05ab6733a618578af5f94892f3950");
  std::remove(path.c_str());
}

TEST(Passes, PrintedTextsComeInPipelineOrder) {
  PlanBuilder plan;
  for (const int i : {0, 1, 2}) {
    plan.stage(std::string("t") + std::to_string(i), "tasker",
               ToyTask::Options{[i](StageContext& context, Emitter&) {
                 nap(std::chrono::milliseconds(10 * (2 - i)));
                 context.print_at_end(std::string("table ") + std::to_string(i));
               }});
  }
  EXPECT_THAT(plan.run(3).printed, ElementsAre("table 0", "table 1", "table 2"));
}

TEST(Passes, AnEmptySourceGivesAnEmptyButCommittedResult) {
  PlanBuilder plan;
  Written written;
  ToyKeyed::Options keyed;
  keyed.on_end = [](ToyKeyed::State&, Emitter& emit) { emit(Number{1}); };
  plan.stage("in", "numbers", numbers({{}, {}})).stage("keyed", "keyed", keyed);
  plan.stage("out", "writer", written.sink()).edge("in", "keyed").edge("keyed", "out");
  const Result result = plan.run();
  EXPECT_THAT(written.calls, IsEmpty());
  EXPECT_EQ(written.commits, 1);
  EXPECT_FALSE(result.interrupted);
}

/// What a source that is at work in every pass is told.
std::vector<std::size_t> told(const std::string& sink, bool second_pass) {
  PlanBuilder plan;
  std::vector<std::size_t> readings;
  plan.sink<ToySink>("reopener").input<Number>("in").reads_inputs_again();
  ToySource::Options options = numbers({{1, 2}});
  options.create = [&](StageContext& context) { readings.push_back(context.readings()); };
  plan.stage("in", "numbers", std::move(options));
  plan.stage("set", "folder", ToyFold::Options{});
  plan.stage("informed", "informed",
             ToyMap::Options{[](const Number& n, Emitter& emit) { emit(Number(n)); }, {}});
  plan.stage("sink", sink, ToySink::Options{});
  plan.edge("in", "set").edge("in", second_pass ? "informed.in" : "sink");
  plan.edge("set", "informed.set");
  if (second_pass) plan.edge("informed", "sink");
  plan.run(1);
  return readings;
}

TEST(Readings, ArePassesAndSinksThatOpenTheInputsAgain) {
  EXPECT_THAT(told("writer", true), ElementsAre(2U, 2U));
  EXPECT_THAT(told("reopener", true), ElementsAre(3U, 3U));
}

}  // namespace
}  // namespace ipet::run::test
