// What is wrong with clocks: single wrong times, clocks that are set, files that follow each other.
#include "stages/capture/clock_watch.hpp"

#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"
#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;
using capture::ClockSteps;
using capture::ClockWatch;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using traffic::Nanoseconds;

constexpr std::int64_t hour = 3600, day = 86'400;

/// Packets of a capture, in ms after 2023-11-14 22:13:20 UTC; the payload numbers them.
using Times = std::vector<std::int64_t>;
constexpr std::int64_t begin_seconds = 1'700'000'000;

/// `count` times from `first` on, each `step` later.
Times every(std::int64_t first, std::size_t count, std::int64_t step = 500) {
  Times times(count);
  for (std::size_t i = 0; i < count; ++i) times[i] = first + step * static_cast<std::int64_t>(i);
  return times;
}
Times operator+(Times a, const Times& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes capture_of(const Times& times, std::size_t first_number = 0) {
  Bytes content = pcap_header();
  std::size_t number = first_number;
  for (const std::int64_t time : times) {
    const std::int64_t millis = begin_seconds * 1000 + time;
    const Bytes record =
        pcap_record(static_cast<std::uint32_t>(millis / 1000),
                    static_cast<std::uint32_t>(millis % 1000 * 1000), udp_frame(number++ % 1000));
    content.insert(content.end(), record.begin(), record.end());
  }
  return content;
}

struct Part {
  Times times;
  std::vector<std::uint32_t> numbers;
};
struct Read {
  std::vector<Part> parts;
  capture::CaptureStatistics statistics;
  std::vector<std::string> notes;  ///< of x.pcap, or of several files: 1, 2 ...
};

Read read_files(const std::vector<std::filesystem::path>& files, ClockSteps steps = ClockSteps::split,
                std::size_t blocks = 1) {
  capture::PcapReader reader(files, {blocks, false, capture::Tunnels::outer, steps});
  Read read;
  std::vector<traffic::Packet> packets;
  for (bool more = true; more;) {
    more = reader.next(1000, 1000 * traffic::day, packets);
    if (packets.empty()) continue;
    read.parts.resize(std::max<std::size_t>(read.parts.size(), reader.part() + 1));
    for (const traffic::Packet& packet : packets) {
      read.parts[reader.part()].times.push_back(packet.time / 1'000'000 - begin_seconds * 1000);
      read.parts[reader.part()].numbers.push_back(packet.payload);
    }
  }
  read.statistics = reader.statistics();
  for (std::string note : reader.clock_notes()) {
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string path = files[i].string(), name = files.size() == 1 ? "x.pcap" : std::to_string(i + 1);
      for (std::size_t at; (at = note.find(path)) != std::string::npos;) note.replace(at, path.size(), name);
    }
    read.notes.push_back(std::move(note));
  }
  return read;
}
Read read_times(const Times& times, ClockSteps steps = ClockSteps::split) {
  const TemporaryFile file(capture_of(times));
  return read_files({file.path()}, steps);
}

/// 200 packets, every third one 300 ms late.
Times skewed() {
  Times times;
  for (int i = 0; i < 200; ++i) times.push_back(1000 + 50 * i - (i % 3 == 2 ? 300 : 0));
  return times;
}

TEST(OneFuturePacket, LeavesTheOrderOfAllOthersAsItIs) {
  const Read alone = read_times(skewed());
  ASSERT_THAT(alone.parts, SizeIs(1));
  for (const std::size_t place : {0, 1, 17, 199, 200}) {
    for (const std::int64_t ahead : {2 * hour, 400 * day}) {
      Times times = skewed();
      times.insert(times.begin() + static_cast<std::ptrdiff_t>(place), 1000 * ahead);
      Bytes content = capture_of(times);
      const TemporaryFile file(content);
      const Read read = read_files({file.path()});
      ASSERT_THAT(read.parts, SizeIs(1)) << place;
      Part rest = read.parts[0];
      const auto future = std::find(rest.numbers.begin(), rest.numbers.end(), place);
      // Nothing tells that a packet is wrong which is two hours after all others.
      const bool last_of_all = place == 200 && ahead == 2 * hour;
      EXPECT_EQ(read.statistics.wrong_times, last_of_all ? 0U : 1U) << place;
      rest.times.erase(rest.times.begin() + (future - rest.numbers.begin()));
      EXPECT_EQ(rest.times, alone.parts[0].times) << place;
    }
  }
}

TEST(OneFuturePacket, IsNamedWithItsTimeAndTheOneThatItGot) {
  EXPECT_THAT(
      read_times(every(0, 20) + Times{400 * day * 1000} + every(10'000, 20)).notes,
      ElementsAre("x.pcap: a packet at 2024-12-18T22:13:20Z was taken for one at 2023-11-14T22:13:29.5Z"));
}

TEST(OneFuturePacket, BetweenTwoDaysOfARecordingIsNamedAndTheDaysAreJoined) {
  const TemporaryFile day1(capture_of(every(0, 20) + Times{365 * day * 1000})),
      day2(capture_of(every(20'000, 20), 100));
  const Read read = read_files({day1.path(), day2.path()});
  ASSERT_THAT(read.parts, SizeIs(1));
  EXPECT_EQ(read.parts[0].times, every(0, 20) + Times{9500} + every(20'000, 20));
  EXPECT_EQ(read.statistics.wrong_times, 1U);
  EXPECT_EQ(read.statistics.clock_steps, 0U);
}

TEST(AClockSetBack, BeginsANewPart) {
  const Times before = every(0, 200), after = every(-hour * 1000 + 100'000, 2000);
  const Read read = read_times(before + after);
  ASSERT_THAT(read.parts, SizeIs(2));
  EXPECT_EQ(read.parts[0].times, before);
  EXPECT_EQ(read.parts[1].times, after);
  EXPECT_EQ(read.statistics.clock_steps, 1U);
  EXPECT_EQ(read.statistics.wrong_times + read.statistics.late, 0U);
  EXPECT_THAT(read.notes,
              ElementsAre("x.pcap: the clock steps back by 3599.5 s, from 2023-11-14T22:14:59.5Z to "
                          "2023-11-14T21:15:00Z"));
}

TEST(AClockSetBack, IsMovedOnRequestSoThatTimeGoesOn) {
  const Times before = every(0, 200), after = every(-hour * 1000, 300);
  const Read read = read_times(before + after, ClockSteps::move);
  ASSERT_THAT(read.parts, SizeIs(1));
  EXPECT_EQ(read.parts[0].times, before + every(99'500, 300));
}

TEST(AClockSetBack, ByLessThanAMinuteIsAStepForMoreThanAFewPackets) {
  for (const std::int64_t back : {2000, 30'000, 59'000}) {
    const Times before = every(0, 3000, 20), after = every(60'000 - back, 1200, 20);
    const Read stepped = read_times(before + after);
    ASSERT_THAT(stepped.parts, SizeIs(2)) << back;
    EXPECT_EQ(stepped.parts[1].times, after) << back;
    EXPECT_EQ(stepped.statistics.late + stepped.statistics.wrong_times, 0U) << back;
    const Read moved = read_times(before + after, ClockSteps::move);
    ASSERT_THAT(moved.parts, SizeIs(1));
    EXPECT_EQ(moved.parts[0].times, before + every(59'980, 1200, 20)) << back;
  }
}

TEST(AFewLatePackets, AreNoStep) {
  const Read read = read_times(every(0, 100, 100) + every(5000, 31, 10) + every(10'000, 100, 100));
  ASSERT_THAT(read.parts, SizeIs(1));
  EXPECT_EQ(read.statistics.late, 31U);
  EXPECT_THAT(read.notes, IsEmpty());
}

TEST(OnePacketAhead, ByLessThanAMinuteIsTheOneThatIsWrong) {
  const Read read = read_times(every(0, 100, 100) + Times{40'000} + every(10'000, 400, 100));
  ASSERT_THAT(read.parts, SizeIs(1));
  EXPECT_EQ(read.parts[0].times, every(0, 100, 100) + Times{9900} + every(10'000, 400, 100));
}

TEST(AClockThatBeginsIn1970, EndsItsPartWhenItIsSet) {
  const Times first = every(-begin_seconds * 1000 + 5000, 100), then = every(0, 100);
  const Read read = read_times(first + then);
  ASSERT_THAT(read.parts, SizeIs(2));
  EXPECT_EQ(read.parts[0].times, first);
  EXPECT_EQ(read.parts[1].times, then);
}

TEST(AClockThatBeginsIn1970, ForAFewPacketsGivesThemTheFirstTimeAfterThem) {
  const Read read = read_times(every(-begin_seconds * 1000 + 5000, 10) + every(0, 100));
  ASSERT_THAT(read.parts, SizeIs(1));
  EXPECT_EQ(read.parts[0].times, Times(10, 0) + every(0, 100));
  EXPECT_EQ(read.statistics.wrong_times, 10U);
}

TEST(AClockThatJumpsTwice, GivesThreeParts) {
  const Times one = every(0, 100), two = every(-2 * hour * 1000, 100), three = every(100 * day * 1000, 100);
  const Read read = read_times(one + two + three);
  ASSERT_THAT(read.parts, SizeIs(3));
  EXPECT_EQ(read.parts[1].times, two);
  EXPECT_EQ(read.parts[2].times, three);
}

TEST(PastPackets, AmongOthersGetTheTimeOfThePacketBefore) {
  const Read read =
      read_times(every(0, 50) + Times{-5 * hour * 1000, -5 * hour * 1000 + 10} + every(25'000, 50));
  ASSERT_THAT(read.parts, SizeIs(1));
  EXPECT_EQ(read.parts[0].times, (every(0, 50) + Times{24'500, 24'500} + every(25'000, 50)));
}

TEST(LongSilence, IsNoStep) {
  const Times times = {0, hour * 1000, 26 * hour * 1000, 20 * day * 1000, 20 * day * 1000 + 5};
  const Read read = read_times(times);
  ASSERT_THAT(read.parts, SizeIs(1));
  EXPECT_EQ(read.parts[0].times, times);
  EXPECT_THAT(read.notes, IsEmpty());
}

TEST(LongSilence, BetweenFilesOfMonthsIsAStep) {
  const TemporaryFile january(capture_of(every(0, 5))), june(capture_of(every(150 * day * 1000, 3)));
  const Read read = read_files({january.path(), june.path()});
  ASSERT_THAT(read.parts, SizeIs(2));
  EXPECT_EQ(read.parts[1].times, every(150 * day * 1000, 3));
}

TEST(LongSilence, AfterAFileOfMonthsAgoIsAStepEvenForFewPackets) {
  const TemporaryFile one(capture_of(every(0, 40))), two(capture_of(every(150 * day * 1000, 2))),
      three(capture_of(every(300 * day * 1000, 40)));
  const Read read = read_files({one.path(), two.path(), three.path()});
  ASSERT_THAT(read.parts, SizeIs(3));
  EXPECT_EQ(read.parts[1].times, every(150 * day * 1000, 2));
  EXPECT_EQ(read.parts[2].times, every(300 * day * 1000, 40));
  EXPECT_EQ(read.statistics.wrong_times, 0U);
}

TEST(FilesOfARecording, ThatOverlapAreStepsThatNameBoth) {
  const TemporaryFile one(capture_of(every(0, 200))), empty(capture_of({})),
      three(capture_of(every(50'000, 100)));
  const Read read = read_files({one.path(), empty.path(), three.path()});
  ASSERT_THAT(read.parts, SizeIs(2));
  EXPECT_EQ(read.parts[1].times, every(50'000, 100));
  EXPECT_THAT(
      read.notes,
      ElementsAre("3: the clock steps back by 49.5 s, from 2023-11-14T22:14:59.5Z to 2023-11-14T22:14:10Z, "
                  "between 1 and this file; files that were recorded at the same time "
                  "are recordings of their own (recordings = \"file\")"));
}

TEST(FilesOfARecording, ThatBeginWithAFewFuturePacketsAreJoined) {
  const TemporaryFile one(capture_of(every(0, 100))),
      two(capture_of(every(400 * day * 1000, 5) + every(60'000, 100)));
  const Read read = read_files({one.path(), two.path()});
  ASSERT_THAT(read.parts, SizeIs(1));
  EXPECT_EQ(read.parts[0].times, every(0, 100) + Times(5, 49'500) + every(60'000, 100));
  EXPECT_EQ(read.statistics.wrong_times, 5U);
  EXPECT_THAT(read.notes, testing::Each(testing::StartsWith("2: a packet at 2024-12-18")));
}

TEST(TwoWrongClocks, OneAfterTheOtherDoNotPileUp) {
  const Times first = every(0, 40), wrong = every(-begin_seconds * 1000, 5),
              next = every(40 * day * 1000, 100);
  const Read read = read_times(first + wrong + next);
  ASSERT_THAT(read.parts, SizeIs(2));
  EXPECT_EQ(read.parts[0].times, first + Times(5, 19'500));
  EXPECT_EQ(read.parts[1].times, next);
}

TEST(ManyWrongTimes, DoNotCrowdOutTheStepsInWhatIsSaid) {
  Times times;
  for (int i = 0; i < 40; ++i) times = times + every(1000 * i, 10, 100) + Times{400 * day * 1000};
  const Read read = read_times(times + every(-hour * 1000, 50));
  EXPECT_EQ(read.statistics.wrong_times, 40U);
  ASSERT_THAT(read.notes, SizeIs(9));
  EXPECT_THAT(read.notes.back(), testing::StartsWith("x.pcap: the clock steps back by 3639.9 s"));
}

TEST(PacketsWithoutATime, AfterAStrangeOneAreNotHeldForEver) {
  ClockWatch clock;
  traffic::Packet packet;
  const auto push = [&](std::int64_t millis) {
    packet.time = (begin_seconds * 1000 + millis) * 1'000'000;
    clock.push(packet);
  };
  for (int i = 0; i < 100; ++i) push(i);
  push(-5 * hour * 1000);
  std::size_t given = 0;
  for (int i = 0; i < 20'000; ++i) {
    clock.push_untimed(packet);
    for (const ClockWatch::Stretch& stretch : clock.take()) given += stretch.packets.size();
  }
  EXPECT_GE(given, 10'000U);
}

TEST(ASparseDevice, WithOneWrongTimeKeepsAllOthers) {
  Times times = every(0, 12, hour * 1000);
  times.insert(times.begin() + 3, 20 * day * 1000);
  const Read read = read_times(times);
  ASSERT_THAT(read.parts, SizeIs(1));
  EXPECT_EQ(read.parts[0].times,
            every(0, 3, hour * 1000) + Times{2 * hour * 1000} + every(3 * hour * 1000, 9, hour * 1000));
}

TEST(PartsOfARecording, AreAsManyAsCanBeNumbered) {
  Times times;
  for (std::int64_t i = 0; i < ClockWatch::most_parts + 5; ++i)
    times = times + every(-i * hour * 1000, ClockWatch::many, 10);
  const Read read = read_times(times);
  EXPECT_THAT(read.parts, SizeIs(ClockWatch::most_parts));
  EXPECT_EQ(read.statistics.clock_steps, ClockWatch::most_parts + 4);
}

/// Whatever the times: no packet is lost, times of a part do not go back, and blocks give what frames give.
// Moved times went beyond what an integer holds.
TEST(MovedSteps, GiveNoTimeThatNoCalendarHas) {
  ClockWatch clock(ClockSteps::move);
  std::uint64_t pushed = 0;
  const auto push = [&](std::int64_t seconds) {
    traffic::Packet packet;
    packet.time = seconds * traffic::second;
    clock.push(packet);
    ++pushed;
  };
  for (int i = 0; i < 100; ++i) push(8'000'000'000 + i);  // in 2223
  for (int i = 0; i < 100; ++i) push(i);  // back to 1970: from now on, all is moved by 253 years
  for (std::int64_t seconds = 100; seconds < 9'000'000'000; seconds += 29 * day) push(seconds);
  clock.finish();
  std::uint64_t given = 0;
  Nanoseconds newest = 0;
  for (const ClockWatch::Stretch& stretch : clock.take()) {
    for (const traffic::Packet& packet : stretch.packets) {
      EXPECT_GE(packet.time, newest);
      newest = packet.time;
      ++given;
    }
  }
  EXPECT_EQ(given, pushed);
  EXPECT_EQ(clock.steps(), 1u);
  EXPECT_LE(newest, 9'000'000'000 * traffic::second);  // the year 2255
}

TEST(AnyClock, LosesNoPacketAndGivesTheSameHoweverItIsRead) {
  const std::uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  traffic::Random random(seed);
  for (int round = 0; round < 20; ++round) {
    Times times;
    std::int64_t now = 0;
    while (times.size() < 6000) {
      now += static_cast<std::int64_t>(random.below(200));
      if (random.below(1000) == 0)
        now += static_cast<std::int64_t>(random.below(200 * day * 1000)) - 100 * day * 1000;
      const bool wrong = random.below(300) == 0;
      times.push_back(wrong ? static_cast<std::int64_t>(random.below(800 * day * 1000)) - 400 * day * 1000
                            : now);
    }
    const TemporaryFile file(capture_of(times));
    const Read one = read_files({file.path()}), many = read_files({file.path()}, ClockSteps::split, 4),
               moved = read_files({file.path()}, ClockSteps::move);
    std::size_t total = 0;
    for (const Part& part : one.parts) {
      total += part.times.size();
      EXPECT_TRUE(std::is_sorted(part.times.begin(), part.times.end()));
    }
    EXPECT_EQ(total, times.size());
    ASSERT_EQ(one.parts.size(), many.parts.size());
    for (std::size_t i = 0; i < one.parts.size(); ++i) {
      EXPECT_EQ(one.parts[i].times, many.parts[i].times);
      EXPECT_EQ(one.parts[i].numbers, many.parts[i].numbers);
    }
    ASSERT_THAT(moved.parts, SizeIs(1));
    EXPECT_THAT(moved.parts[0].times, SizeIs(times.size()));
    EXPECT_TRUE(std::is_sorted(moved.parts[0].times.begin(), moved.parts[0].times.end()));
  }
}

}  // namespace
