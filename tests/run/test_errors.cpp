// A failing stage: which text, and that nothing is committed.
#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/run/support.hpp"

namespace ipet::run::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

ToyMap::Options same() {
  return {[](const Number& n, Emitter& emit) { emit(n); }, {}};
}
[[noreturn]] void fail(const char* text = "boom") {
  throw std::runtime_error(text);
}

/// in -> map -> keyed -> out, and what its sink was asked for.
struct Chain {
  ToySource::Options in = numbers({sequence(0, 20), sequence(0, 20)});
  ToyMap::Options map = same();
  ToyKeyed::Options keyed;
  ToySink::Options out;
  int commits = 0, destroyed = 0;

  std::string error(std::size_t threads = 2) {
    PlanBuilder plan;
    if (!keyed.on_message)
      keyed.on_message = [](ToyKeyed::State&, const Number& n, Emitter& emit) { emit(n); };
    if (!out.commit) out.commit = [this](StageContext&) { ++commits; };
    out.destroyed = [this] { ++destroyed; };
    plan.stage("in", "numbers", in).stage("map", "mapper", map).stage("keyed", "keyed", keyed);
    plan.stage("out", "writer", out).edge("in", "map").edge("map", "keyed").edge("keyed", "out");
    return plan.error(threads);
  }
};

TEST(Errors, OfAListOfUnitsNameTheSource) {
  Chain chain;
  chain.in.list = [] { fail("no capture matches"); };
  EXPECT_EQ(chain.error(), "stage 'in' (plugin numbers), list of units: no capture matches");
  EXPECT_EQ(chain.commits, 0);
  EXPECT_EQ(chain.destroyed, 1);
}

TEST(Errors, OfOpeningNameTheUnit) {
  Chain chain;
  chain.in.open = [](std::size_t unit) {
    if (unit == 1) fail();
  };
  EXPECT_EQ(chain.error(), "stage 'in' (plugin numbers), unit 'u1', step 0: boom");
  EXPECT_EQ(chain.commits, 0);
}

TEST(Errors, OfAStepNameItsNumber) {
  Chain chain;
  const auto step = chain.in.step;
  chain.in.step = [step](std::size_t unit, std::size_t number, Emitter& emit) {
    if (unit == 0 && number == 3) fail();
    return step(unit, number, emit);
  };
  EXPECT_EQ(chain.error(), "stage 'in' (plugin numbers), unit 'u0', step 3: boom");
}

TEST(Errors, OfAMapNameKeyAndMessage) {
  Chain chain;
  chain.map.on_message = [](const Number& n, Emitter& emit) {
    if (emit.key() == "u1" && n.value == 17) fail();
    emit(n);
  };
  for (const std::size_t threads : {1, 2, 8})
    EXPECT_EQ(chain.error(threads), "stage 'map' (plugin mapper), key 'u1', message 17: boom");
  EXPECT_EQ(chain.commits, 0);
  EXPECT_EQ(chain.destroyed, 3);
}

TEST(Errors, OfAKeyedStageNameKeyAndMessage) {
  Chain chain;
  chain.keyed.on_message = [](ToyKeyed::State& state, const Number& n, Emitter&) {
    if (state.key == "u0" && n.value == 5) fail();
  };
  EXPECT_EQ(chain.error(), "stage 'keyed' (plugin keyed), key 'u0', message 5: boom");
}

TEST(Errors, OfTheBeginOfAKeyNameIt) {
  Chain chain;
  chain.keyed.begin = [](const std::string& key) {
    if (key == "u1") fail();
  };
  EXPECT_EQ(chain.error(), "stage 'keyed' (plugin keyed), key 'u1', message 0: boom");
}

TEST(Errors, OfTheEndOfAKeyNameIt) {
  Chain chain;
  chain.keyed.on_end = [](ToyKeyed::State& state, Emitter&) {
    if (state.key == "u1") fail();
  };
  EXPECT_EQ(chain.error(), "stage 'keyed' (plugin keyed), key 'u1', on_end: boom");
  EXPECT_EQ(chain.commits, 0);
}

TEST(Errors, OfASinkNameLaneAndMessage) {
  Chain chain;
  chain.out.write = [](const Number& n, const Origin& origin) {
    if (origin.lane == "u0" && n.value == 7) fail("disk full");
  };
  EXPECT_EQ(chain.error(), "stage 'out' (plugin writer), key 'u0', lane 'u0', message 7: disk full");
  EXPECT_EQ(chain.commits, 0);
  EXPECT_EQ(chain.destroyed, 1);
}

TEST(Errors, OfACommitStopTheCommitsAfterIt) {
  PlanBuilder plan;
  std::string calls;
  plan.stage("in", "numbers", numbers({{1}}));
  for (const char* id : {"a", "b", "c"}) {
    ToySink::Options sink;
    sink.commit = [&calls, id](StageContext&) {
      calls += id;
      if (*id == 'b') fail("cannot rename");
    };
    plan.stage(id, "writer", sink).edge("in", id);
  }
  EXPECT_EQ(plan.error(), "stage 'b' (plugin writer), commit: cannot rename");
  EXPECT_EQ(calls, "ab");
}

TEST(Errors, OfFoldsTasksAndConstructorsNameTheStage) {
  PlanBuilder fold;
  fold.stage("in", "numbers", numbers({{1, 2, 3}}));
  ToyFold::Options options;
  options.finish = [](NumberSet&, Emitter&) { fail(); };
  fold.stage("fold", "folder", options).edge("in", "fold");
  EXPECT_EQ(fold.error(), "stage 'fold' (plugin folder): boom");

  PlanBuilder add;
  options = {};
  options.add = [](const Number& n) {
    if (n.value == 3) fail();
  };
  add.stage("in", "numbers", numbers({{1, 2, 3}})).stage("fold", "folder", options).edge("in", "fold");
  EXPECT_EQ(add.error(), "stage 'fold' (plugin folder), lane '000000/u0', message 2: boom");

  PlanBuilder task;
  task.stage("train", "tasker", ToyTask::Options{[](StageContext&, Emitter&) { fail("loss is NaN"); }});
  EXPECT_EQ(task.error(), "stage 'train' (plugin tasker): loss is NaN");

  PlanBuilder create;
  ToySource::Options in = numbers({{1}});
  in.create = [](StageContext&) { fail("no such folder"); };
  create.stage("in", "numbers", in);
  EXPECT_EQ(create.error(), "stage 'in' (plugin numbers): no such folder");
}

TEST(Errors, ListNestedCauses) {
  Chain chain;
  chain.map.on_message = [](const Number&, Emitter&) {
    try {
      try {
        throw std::runtime_error("read failed");
      } catch (...) {
        std::throw_with_nested(std::runtime_error("block 3"));
      }
    } catch (...) {
      std::throw_with_nested(std::runtime_error("file x.pcap"));
    }
  };
  EXPECT_THAT(chain.error(1), AllOf(StartsWith("stage 'map' (plugin mapper), key 'u"),
                                    HasSubstr(": file x.pcap: block 3: read failed")));
}

TEST(Errors, ThatAreNoExceptionsAreReportedToo) {
  Chain chain;
  chain.keyed.on_end = [](ToyKeyed::State& state, Emitter&) {
    if (state.key == "u0") throw 42;
  };
  EXPECT_EQ(chain.error(),
            "stage 'keyed' (plugin keyed), key 'u0', on_end: an exception that is not a std::exception");
}

TEST(Errors, AreTheFirstOneAndStopAllFurtherWork) {
  std::atomic<int> handled{0};
  Chain chain;
  chain.in = numbers({sequence(0, 100000)});
  chain.map.on_message = [&](const Number& n, Emitter&) {
    ++handled;
    if (n.value == 100) fail("first");
    if (n.value > 100) fail("later");
  };
  const std::string error = chain.error(1);
  EXPECT_THAT(error, HasSubstr(": first"));
  EXPECT_LT(handled, 100000);
}

TEST(Errors, OfATaskCancelTheTasksBesideIt) {
  PlanBuilder plan;
  std::atomic<bool> cancelled{false}, started{false};
  plan.stage("long", "tasker", ToyTask::Options{[&](StageContext& context, Emitter&) {
               started = true;
               for (int i = 0; i < 20000; ++i) {
                 if (context.cancelled()) cancelled = true;
                 context.check();
                 nap(std::chrono::microseconds(500));
               }
             }});
  plan.stage("bad", "tasker", ToyTask::Options{[&](StageContext&, Emitter&) {
               while (!started) nap(std::chrono::microseconds(100));
               fail();
             }});
  EXPECT_EQ(plan.error(2), "stage 'bad' (plugin tasker): boom");
  EXPECT_TRUE(cancelled);
}

TEST(Errors, AKeyFromTwoLanesHasNoOrder) {
  PlanBuilder plan;
  Written written;
  plan.stage("in", "numbers", numbers({{1, 2}, {3, 4}}));
  plan.stage("keys", "mapper", ToyMap::Options{[](const Number& n, Emitter& emit) { emit(n, "cam"); }, {}});
  plan.stage("windows", "keyed", ToyKeyed::Options{}).stage("out", "writer", written.sink());
  plan.edge("in", "keys").edge("keys", "windows").edge("windows", "out");
  EXPECT_EQ(plan.error(),
            "stage 'windows' (plugin keyed), key 'cam': its messages come from two lanes, '000000/u0' and "
            "'000001/u1', and have no order; give them different keys or one source unit");
  EXPECT_EQ(written.commits, 0);
}

TEST(Errors, AnOutputWithoutItsValueIsNamed) {
  PlanBuilder plan;
  plan.stage("first", "tasker", ToyTask::Options{[](StageContext&, Emitter&) {}});
  plan.stage("next", "tasker", ToyTask::Options{[](StageContext&, Emitter&) {}}).edge("first", "next.a");
  EXPECT_EQ(plan.error(), "stage 'first' (plugin tasker): it gave no value on output 'set'");
}

TEST(Errors, AValueGivenTwiceIsRefused) {
  PlanBuilder plan;
  plan.stage("t", "tasker", ToyTask::Options{[](StageContext&, Emitter& emit) {
               emit(NumberSet{});
               emit(NumberSet{});
             }});
  EXPECT_EQ(plan.error(), "stage 't' (plugin tasker): it gave number_set/1 twice on one output");
}

TEST(Errors, AMessageOfATypeThatNoOutputHasIsRefused) {
  Chain chain;
  chain.in = numbers({{1}});
  chain.map.on_message = [](const Number&, Emitter& emit) { emit(Text{"x"}); };
  EXPECT_EQ(chain.error(), "stage 'map' (plugin mapper), key 'u0', message 0: it has no output for text/1");
  chain.map.on_message = [](const Number& n, Emitter& emit) { emit.to("elsewhere", n, "k"); };
  EXPECT_EQ(chain.error(), "stage 'map' (plugin mapper), key 'u0', message 0: it has no output 'elsewhere'");
}

TEST(Errors, AnUndeclaredWholeInputIsRefused) {
  PlanBuilder plan;
  plan.stage("t", "tasker", ToyTask::Options{[](StageContext& context, Emitter&) {
               static_cast<void>(context.whole<NumberSet>("c"));
             }});
  EXPECT_EQ(plan.error(), "stage 't' (plugin tasker): no whole input 'c' is declared");
}

}  // namespace
}  // namespace ipet::run::test
