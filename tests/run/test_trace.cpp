// What stages use, and what a trace says of when.
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pipeline/run/trace.hpp"
#include "tests/run/support.hpp"

namespace ipet::run::test {
namespace {

using nlohmann::json;
using std::chrono::microseconds;
using std::chrono::milliseconds;

std::vector<json> events(const Trace& trace, const std::vector<std::string>& stages,
                         const std::string& phase) {
  std::vector<json> found;
  const json whole = json::parse(trace.json(stages));
  for (const json& event : whole.at("traceEvents"))
    if (event.at("ph") == phase) found.push_back(event);
  return found;
}

TEST(Trace, HasAProcessForEachStageAndMicrosecondsOfEachSlice) {
  Trace trace;
  const Trace::Clock::time_point begin = Trace::Clock::now();
  trace.slice(1, begin, begin + microseconds(1500));
  trace.slice(0, begin + milliseconds(7), begin + milliseconds(9));
  const std::vector<json> slices = events(trace, {"read \"it\"", "cut"}, "X");
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0]["name"], "cut");
  EXPECT_EQ(slices[0]["pid"], 2);
  EXPECT_NEAR(slices[0]["dur"].get<double>(), 1500, 0.01);
  EXPECT_NEAR(slices[1]["ts"].get<double>() - slices[0]["ts"].get<double>(), 7000, 0.01);
  std::map<int, std::string> names;
  for (const json& each : events(trace, {"read \"it\"", "cut"}, "M"))
    if (each["name"] == "process_name") names[each["pid"]] = each["args"]["name"];
  EXPECT_EQ(names, (std::map<int, std::string>{{0, "run"}, {1, "read \"it\""}, {2, "cut"}}));
}

TEST(Trace, TakesCallsThatFollowEachOtherForOneSlice) {
  Trace trace;
  const Trace::Clock::time_point begin = Trace::Clock::now();
  for (int i = 0; i < 100; ++i)  // 10 us apart: ten milliseconds in all, of which a slice has five
    trace.slice(0, begin + microseconds(100 * i), begin + microseconds(100 * i + 90));
  trace.slice(0, begin + microseconds(10'100), begin + microseconds(10'200));  // after a gap
  std::vector<int> calls;
  for (const json& each : events(trace, {"a"}, "X")) calls.push_back(each["args"]["calls"]);
  EXPECT_EQ(calls, (std::vector<int>{50, 50, 1}));
}

TEST(Trace, OfALongRunKeepsFewerSamplesOfAllOfIt) {
  Trace trace;
  for (std::uint64_t i = 0; i < 250'000; ++i) trace.sample(i, 0);
  std::vector<std::uint64_t> kept;
  for (const json& each : events(trace, {}, "C"))
    if (each["name"] == "bytes in flight") kept.push_back(each["args"]["bytes"]);
  EXPECT_LT(kept.size(), 100'000U);
  EXPECT_GT(kept.size(), 50'000U);
  EXPECT_EQ(kept.front(), 0U);
  for (std::size_t i = 1; i < kept.size(); ++i) ASSERT_EQ(kept[i] - kept[i - 1], 4U);
  EXPECT_GE(kept.back(), 249'990U);
}

TEST(Trace, OfARunHasItsPartsAndNoThreadDoesTwoThingsAtOnce) {
  PlanBuilder plan;
  plan.stage("in", "numbers", numbers({sequence(0, 300), sequence(0, 300), sequence(0, 300)}, 100'000));
  plan.stage("map", "mapper", ToyMap::Options{[](const Number& number, Emitter& emit) { emit(number); }, {}});
  plan.stage("task", "tasker", ToyTask::Options{[](StageContext&, Emitter& emit) { emit(NumberSet{}); }});
  plan.edge("in", "map").edge("map", "task.a");
  Trace trace;
  plan.observer.trace = &trace;
  plan.run(4, 16);  // so little memory that stages do each other's work
  std::map<int, std::vector<std::pair<double, double>>> of_thread;
  std::map<std::string, int> calls, parts;
  for (const json& each : events(trace, {"in", "map", "task"}, "X")) {
    const double begin = each["ts"], end = begin + each["dur"].get<double>();
    if (each["pid"] == 0) {
      ++parts[each["name"]];
      continue;
    }
    calls[each["name"]] += each["args"]["calls"].get<int>();
    EXPECT_EQ(each["tid"].get<int>() / 10'000, each["pid"]);
    of_thread[each["tid"].get<int>() % 10'000].emplace_back(begin, end);
  }
  EXPECT_EQ(parts["pass 1 of 2: in, map"], 1);
  EXPECT_EQ(parts["pass 2 of 2: task"], 1);
  EXPECT_GE(calls["map"], 900);
  EXPECT_GE(calls["in"], 900);
  EXPECT_GE(calls["task"], 1);
  for (auto& [thread, slices] : of_thread) {
    std::sort(slices.begin(), slices.end());
    for (std::size_t i = 1; i < slices.size(); ++i)
      EXPECT_GE(slices[i].first, slices[i - 1].second - 0.002) << "thread " << thread;
  }
}

/// Until this thread has used so much of a processor.
void burn(double seconds) {
  const auto used = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  for (const double begin = used(); used() - begin < seconds;) {
  }
}

TEST(StageUse, TellsThoseThatComputeFromThoseThatWait) {
  PlanBuilder plan;
  plan.stage("waits", "tasker", ToyTask::Options{[](StageContext&, Emitter& emit) {
               nap(milliseconds(300));
               emit(NumberSet{});
             }});
  plan.stage("computes", "tasker", ToyTask::Options{[](StageContext&, Emitter& emit) {
               std::thread helper([] { burn(0.3); });
               burn(0.3);
               helper.join();
               emit(NumberSet{});
             }});
  std::vector<StageUse> told;
  ToySink::Options sink;
  sink.commit = [&](StageContext& context) { told = context.run().stages; };
  plan.stage("out", "writer", std::move(sink));
  plan.edge("waits.set", "computes.a").edge("computes.set", "out.in");
  const Result result = plan.run();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[0].stage, "waits");
  EXPECT_EQ(told[0].plugin, "tasker");
  EXPECT_GT(told[0].seconds, 0.2);
  EXPECT_LT(told[0].cpu_seconds, 0.1);
  EXPECT_GT(told[1].cpu_seconds, 0.5) << "0.6 s, of two threads";
  EXPECT_LT(told[1].cpu_seconds, 0.8);
  EXPECT_GE(result.counters[1].cpu_seconds, told[1].cpu_seconds) << "the end sees no less";
}

TEST(StageUse, CountsBytesThatWaitForAStage) {
  PlanBuilder plan;
  plan.stage("in", "numbers", numbers({sequence(0, 20)}, 1 << 20));
  ToySink::Options sink;
  sink.write = [](const Number&, const Origin&) { nap(milliseconds(5)); };
  plan.stage("out", "writer", std::move(sink));
  plan.edge("in", "out");
  const Result result = plan.run(2, 64);
  EXPECT_GE(result.counters[1].peak_bytes, 1U << 20U);
  EXPECT_LE(result.counters[1].peak_bytes, 64U << 20U);
}

}  // namespace
}  // namespace ipet::run::test
