// How many messages a second the executor itself can move: what a stage costs that does next to nothing.
// Not a test of speed but its measurement: test_run --gtest_also_run_disabled_tests
// --gtest_filter='*Throughput*'
#include <ctime>
#include <iostream>

#include <gtest/gtest.h>

#include "tests/run/support.hpp"

namespace ipet::run::test {
namespace {

double messages_per_second(std::size_t threads, std::size_t per_step, std::int64_t messages) {
  PlanBuilder plan;
  constexpr std::int64_t units = 8, keys = 8;
  ToySource::Options in;
  for (std::int64_t i = 0; i < units; ++i) in.units.push_back(std::string("u") + std::to_string(i));
  in.step = [=](std::size_t, std::size_t step, Emitter& emit) {
    const auto first = static_cast<std::int64_t>(step * per_step);
    const std::int64_t end = std::min(first + static_cast<std::int64_t>(per_step), messages / units);
    for (std::int64_t i = first; i < end; ++i) emit(Number{i});
    return end < messages / units;
  };
  const ToyMap::Options split{[](const Number& n, Emitter& emit) {
                                std::string key = emit.key();
                                key += static_cast<char>('a' + n.value % keys);
                                emit(n, std::move(key));
                              },
                              {}};
  ToyKeyed::Options count;
  count.on_message = [](ToyKeyed::State&, const Number& n, Emitter& emit) { emit(n); };
  std::int64_t written = 0;
  ToySink::Options out;
  out.write = [&](const Number&, const Origin&) { ++written; };
  plan.stage("in", "numbers", in).stage("map", "mapper", split).stage("keyed", "keyed", count);
  plan.stage("out", "writer", out).edge("in", "map").edge("map", "keyed").edge("keyed", "out");
  const std::clock_t before = std::clock();
  const Result result = plan.run(threads, 64);
  const double processor = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_EQ(written, messages);
  std::cout << threads << " threads, " << per_step
            << " messages a step: " << static_cast<double>(messages) / result.seconds / 1e3
            << " thousand messages/s, " << processor / static_cast<double>(messages) * 1e6
            << " us of processor time each, peak " << result.peak_bytes_in_flight / 1024 << " KiB\n";
  return static_cast<double>(messages) / result.seconds;
}

TEST(Throughput, DISABLED_OfSourceMapKeyedSink) {
  for (const std::size_t threads : {1, 2})
    for (const std::size_t per_step : {1, 16, 256})
      EXPECT_GT(messages_per_second(threads, per_step, 800'000), 1000);
}

TEST(Throughput, AllMessagesOfALargerRunArrive) {
  messages_per_second(2, 16, 80'000);
}

}  // namespace
}  // namespace ipet::run::test
