// One line per event, and never a flood.
#include "stages/gateway/event_log.hpp"

#include <gmock/gmock.h>

#include "pipeline/text/utf8.hpp"

namespace ipet::gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr traffic::Nanoseconds second = traffic::second, minute = 60 * second;

struct Log {
  std::vector<std::string> lines = {};
  std::vector<Severity> severities = {};
  EventLog events{[this](Severity severity, const std::string& line) {
    severities.push_back(severity);
    lines.push_back(line);
  }};
  void say(traffic::Nanoseconds now, const std::string& reason, const std::string& text,
           const std::string& kind = "refused") {
    events.say(now, Severity::info, kind, reason, text);
  }
};

TEST(EventLog, ShowsOneLineOfAReasonAndMinuteAndHowManyItDidNotShow) {
  Log log;
  for (int i = 0; i < 1000; ++i) log.say(i * second / 100, "short", "a datagram of 3 bytes");
  log.say(second, "long", "a datagram of 9999 bytes");
  EXPECT_THAT(log.lines, ElementsAre("refused: a datagram of 3 bytes", "refused: a datagram of 9999 bytes"));
  log.events.tick(minute - 1);
  EXPECT_THAT(log.lines, SizeIs(2));
  log.events.tick(minute);
  EXPECT_THAT(log.lines, SizeIs(3));
  EXPECT_EQ(log.lines.back(), "refused: 999 more events (short) not shown one by one");
  log.events.tick(minute + second);
  EXPECT_THAT(log.lines, SizeIs(3)) << "of the other reason there was one only";
}

TEST(EventLog, BeginsANewMinuteWithTheFirstEventAfterTheLast) {
  Log log;
  log.say(0, "short", "one");
  log.say(1, "short", "two");
  log.say(minute + 1, "short", "three");
  EXPECT_THAT(log.lines, ElementsAre("refused: one", "refused: 1 more event (short) not shown one by one",
                                     "refused: three"));
  log.say(2 * minute, "short", "four");
  EXPECT_THAT(log.lines, SizeIs(3));
}

TEST(EventLog, ShowsTenThousandReasonsInAFewLines) {
  Log log;
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 10'000; ++i)
      log.say(second + round, std::to_string(i), "device " + std::to_string(i), "device");
  EXPECT_THAT(log.lines, SizeIs(EventLog::most_lines));
  log.lines.clear();
  log.events.tick(2 * minute);
  // Of 1,025 reasons (the last for all that are not told apart) the first 60 were shown once.
  EXPECT_THAT(log.lines, ElementsAre("events: " + std::to_string(20'000 - EventLog::most_lines) +
                                     " more events (of 1025 reasons) not shown one by one"));
}

TEST(EventLog, ShowsADeviceThatAppearsAndLeavesEverySecondOnceAMinute) {
  Log log;
  for (traffic::Nanoseconds now = 0; now < 10 * minute; now += second) {
    log.say(now, "camera", "camera appeared", "device");
    log.say(now, "camera", "camera left", "device");
    log.events.tick(now);
  }
  EXPECT_THAT(log.lines, SizeIs(10 + 9));
  log.events.finish();
  EXPECT_EQ(log.lines.back(), "device: 119 more events (camera) not shown one by one");
}

TEST(EventLog, ShowsNoControlCharactersAndNoLongLines) {
  Log log;
  log.say(0, "a", "name \x1b[31m\n\xe9" + std::string(10'000, 'x'));
  ASSERT_THAT(log.lines, SizeIs(1));
  EXPECT_TRUE(log.lines[0].starts_with("refused: name \\x1b[31m\\n\\xe9xxx")) << log.lines[0];
  EXPECT_LE(text::characters(log.lines[0]), 410u);
}

TEST(EventLog, TellsAtItsEndWhatWasNotShown) {
  Log log;
  log.say(0, "", "one");
  log.events.say(1, Severity::warning, "refused", "", "two");
  log.events.finish();
  log.events.finish();
  EXPECT_THAT(log.lines, ElementsAre("refused: one", "refused: 1 more event not shown one by one"));
  EXPECT_THAT(log.severities, ElementsAre(Severity::info, Severity::warning));
}

}  // namespace
}  // namespace ipet::gateway
