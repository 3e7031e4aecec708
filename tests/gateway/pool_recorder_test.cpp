// The loop records, a thread writes.
#include "stages/gateway/pool_recorder.hpp"

#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "tests/gateway/pool_fixture.hpp"

namespace ipet::gateway::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

PoolRecord at(Nanoseconds time, std::uint32_t device = 0) {
  return {time, 10, device, Direction::in, Protocol::tcp};
}

PoolRecorder::Facts facts_of(const PoolRecorder& recorder) {
  PoolRecorder::Facts facts;
  while (!recorder.facts(facts)) std::this_thread::yield();
  return facts;
}

template <class Condition>
void wait_for(PoolRecorder& recorder, Nanoseconds wall, Condition condition) {
  for (Nanoseconds steady = 1; !condition(facts_of(recorder)); ++steady) {
    recorder.tick(steady, wall);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(PoolRecorder, WritesWhatWasRecordedAlsoAtItsEnd) {
  const ScratchFolder folder;
  Said said;
  {
    PoolRecorder recorder(std::make_unique<PoolFiles>(PoolSettings{folder.path()}, home(), said.say),
                          midnight);
    recorder.record(at(midnight));
    wait_for(recorder, midnight, [](const PoolRecorder::Facts& facts) { return facts.days == 1; });
    recorder.record(at(midnight + 1));
  }
  EXPECT_THAT(read_back(folder.path(), home()), SizeIs(2));
  EXPECT_THAT(said.lines, IsEmpty());
}

TEST(PoolRecorder, SaysHowManyPastDaysThereAreAsDaysPass) {
  const ScratchFolder folder;
  Said said;
  PoolFiles({folder.path()}, home(), said.say).append(std::vector{at(midnight, 0), at(midnight, 2)}, 0);
  PoolRecorder recorder(std::make_unique<PoolFiles>(PoolSettings{folder.path()}, home(), said.say),
                        midnight + traffic::day);
  EXPECT_THAT(facts_of(recorder).past_days, ElementsAre(1, 0, 1, 0, 0, 0));
  recorder.record(at(midnight + traffic::day, 1));
  recorder.record(at(midnight + traffic::day, 2));
  wait_for(recorder, midnight + traffic::day,
           [](const PoolRecorder::Facts& facts) { return facts.days == 2; });
  EXPECT_THAT(facts_of(recorder).past_days, ElementsAre(1, 0, 1, 0, 0, 0));
  wait_for(recorder, midnight + 2 * traffic::day,
           [](const PoolRecorder::Facts& facts) { return facts.past_days[2] == 2; });
  EXPECT_THAT(facts_of(recorder).past_days, ElementsAre(1, 1, 2, 0, 0, 0));
}

TEST(PoolRecorder, KeepsNoMoreInMemoryThanItMay) {
  const ScratchFolder folder;
  Said said;
  constexpr std::uint64_t more = 1000;
  {
    PoolRecorder recorder(std::make_unique<PoolFiles>(PoolSettings{folder.path()}, home(), said.say),
                          midnight);
    for (std::uint64_t i = 0; i < PoolRecorder::most_waiting + more; ++i)
      recorder.record(at(midnight + static_cast<Nanoseconds>(i)));
    wait_for(recorder, midnight,
             [](const PoolRecorder::Facts& facts) { return facts.lost == more && facts.days == 1; });
  }
  // A record of TCP over IPv4 has 16 + 14 + 20 + 20 bytes.
  EXPECT_EQ(std::filesystem::file_size(folder / "2026-12-01.pcap"), 24 + 70 * PoolRecorder::most_waiting);
}

}  // namespace
}  // namespace ipet::gateway::test
