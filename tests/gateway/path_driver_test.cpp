// User packets in the path of a defence, from one end to the other, by a clock that a test sets.
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/padding/ilp.hpp"
#include "stages/padding/rate_shaper.hpp"
#include "stages/padding/shaped.hpp"
#include "stages/traffic/random.hpp"
#include "stages/unison/unison.hpp"
#include "tests/gateway/two_ends.hpp"

namespace {

using namespace ipet::gateway;
using namespace ipet::gateway::test;
namespace defence = ipet::defence;
using ipet::traffic::Random;
using ipet::traffic::second;

std::vector<defence::Line> lines(std::size_t count) {
  std::vector<defence::Line> out;
  for (std::size_t line = 0; line < count; ++line) out.push_back({"device " + std::to_string(line)});
  return out;
}

TwoEnds::Make path(std::shared_ptr<const defence::Defence> what, std::size_t count,
                   std::size_t queue = 4 << 20) {
  return [=](Ends ends) {
    ends.queue = queue;
    return path_driver(*what, "test", defence::Resources(20), lines(count), ends);
  };
}

std::shared_ptr<const defence::Defence> unison() {
  return std::make_shared<defence::Unison>(defence::UnisonOptions{});
}
std::shared_ptr<const defence::Defence> ilp(std::uint32_t cell, Nanoseconds period) {
  return std::make_shared<defence::Shaped<defence::Ilp>>(
      "ilp", defence::IlpOptions{cell, std::chrono::nanoseconds(period)});
}

struct Sent {
  std::vector<Bytes> by_side[2];
};

/// Random packets of random lines, from both ends.
Sent talk(TwoEnds& ends, std::size_t line_count, std::size_t packets, Nanoseconds apart) {
  Random random(3);
  Sent sent;
  for (std::uint32_t number = 0; number < packets; ++number) {
    const Side side = random.below(2) == 0 ? Side::gateway : Side::relay;
    const Bytes packet =
        ipv4(44 + random.below(1'300), random.below(2) == 0 ? Protocol::tcp : Protocol::udp, number);
    sent.by_side[side == Side::gateway ? 0 : 1].push_back(packet);
    ends.of(side).driver->take(random.below(line_count), packet, ends.now);
    ends.run_until(ends.now + static_cast<Nanoseconds>(random.below(static_cast<std::uint64_t>(apart))));
  }
  return sent;
}

std::vector<std::size_t> sizes(const std::vector<OnTheWire>& line, bool with_hellos = true) {
  std::vector<std::size_t> out;
  for (const OnTheWire& each : line)
    if (with_hellos || kind_of(each.bytes) != Kind::hello) out.push_back(each.size);
  return out;
}

TEST(UnisonLive, LinesCarryTheSamePacketsAndUsersGetTheirs) {
  TwoEnds ends(3, path(unison(), 3));
  ends.meet();
  const Sent sent = talk(ends, 3, 400, 2 * millisecond);
  ends.run_until(ends.now + second);
  EXPECT_EQ(ends.relay.delivered, sent.by_side[0]);
  EXPECT_EQ(ends.gateway.delivered, sent.by_side[1]);
  for (const OneEnd* end : {&ends.gateway, &ends.relay}) {
    EXPECT_EQ(sizes(end->sent[0]), sizes(end->sent[1]));
    EXPECT_EQ(sizes(end->sent[0]), sizes(end->sent[2]));
    EXPECT_EQ(sizes(end->sent[0], false).size(), sent.by_side[end == &ends.gateway ? 0 : 1].size())
        << "each packet once on every line";
  }
}

TEST(UnisonLive, DatagramsAreAsLargeAsTheirPacketsAndAHeader) {
  TwoEnds ends(2, path(unison(), 2));
  ends.meet();
  for (const std::size_t length : {44, 100, 1'372}) {
    ends.gateway.driver->take(1, ipv4(length, Protocol::tcp), ends.now);
    ends.run_until(ends.now + millisecond);
    EXPECT_EQ(ends.gateway.sent[0].back().size, length + 20);
    EXPECT_EQ(ends.gateway.sent[1].back().size, length + 20);
  }
}

TEST(UnisonLive, WhichLineIsFirstSaysNothingOfWhoseItIs) {
  TwoEnds ends(2, path(unison(), 2));
  ends.meet();
  std::size_t own_first = 0;
  constexpr std::size_t packets = 400;
  for (std::size_t i = 0; i < packets; ++i) {
    ends.gateway.driver->take(0, ipv4(1'000, Protocol::udp), ends.now);
    ends.run_until(ends.now + millisecond);
    own_first += ends.gateway.sent[0].back().time < ends.gateway.sent[1].back().time ? 1 : 0;
  }
  // Binomial, p = 1/2: six standard deviations of 10 on either side.
  EXPECT_GT(own_first, 140U);
  EXPECT_LT(own_first, 260U);
}

TEST(UnisonLive, HoldsNoMoreThanItsQueueAndCountsWhatIsDropped) {
  TwoEnds ends(2, path(unison(), 2, 10'000));
  ends.meet();
  for (int i = 0; i < 20; ++i) ends.gateway.driver->take(0, ipv4(1'000, Protocol::udp), ends.now);
  ends.run_until(ends.now + second);
  // The first one is on its way when the second comes. Each takes its bytes and room for its copies.
  EXPECT_EQ(ends.relay.delivered.size() + ends.gateway.counters.of(Dropped::queue), 20U);
  EXPECT_GE(ends.gateway.counters.of(Dropped::queue), 9U);
  EXPECT_EQ(ends.gateway.counters.lines[0].in(Direction::out).user.packets, ends.relay.delivered.size());
}

TEST(UnisonLive, CountsUserAndCoverOfEachLine) {
  TwoEnds ends(2, path(unison(), 2));
  ends.meet();
  ends.gateway.driver->take(0, ipv4(200, Protocol::udp), ends.now);
  ends.run_until(ends.now + second);
  for (OneEnd* end : {&ends.gateway, &ends.relay}) {
    const LineFlow& own = end->counters.lines[0].in(Direction::out);
    const LineFlow& copy = end->counters.lines[1].in(Direction::out);
    EXPECT_EQ(own.user.bytes, 200U);
    EXPECT_EQ(own.carried.bytes, 248U) << "20 of ours and 28 of IP and UDP";
    EXPECT_EQ(own.cover.packets, 0U);
    EXPECT_EQ(copy.cover.bytes, 248U);
    EXPECT_EQ(copy.user.packets + copy.carried.packets, 0U);
  }
}

TEST(CellsLive, CarryPacketsOverAnyNumberOfCells) {
  TwoEnds ends(2, path(ilp(300, 5 * millisecond), 2));
  ends.meet();
  const Sent sent = talk(ends, 2, 200, 40 * millisecond);
  ends.run_until(ends.now + 30 * second);
  // Each line keeps its order; between lines there is none.
  const auto sorted = [](std::vector<Bytes> packets) {
    std::ranges::sort(packets);
    return packets;
  };
  EXPECT_EQ(sorted(ends.relay.delivered), sorted(sent.by_side[0]));
  EXPECT_EQ(sorted(ends.gateway.delivered), sorted(sent.by_side[1]));
}

TEST(CellsLive, AreTheSameWhateverIsInThem) {
  std::vector<std::vector<OnTheWire>> seen;
  for (const bool talks : {false, true}) {
    TwoEnds ends(1, path(ilp(1'460, 10 * millisecond), 1));
    ends.meet();
    if (talks)
      for (int i = 0; i < 20; ++i) ends.gateway.driver->take(0, ipv4(1'300, Protocol::udp), ends.now);
    ends.run_until(start + 3 * second);
    seen.push_back(ends.gateway.sent[0]);
  }
  EXPECT_EQ(sizes(seen[0]), sizes(seen[1]));
  // A cell of 1,460 bytes takes two datagrams of at most 1,392, each with 20 of header.
  const std::vector<std::size_t> all = sizes(seen[0], false);
  EXPECT_EQ(std::vector<std::size_t>(all.begin(), all.begin() + 2), (std::vector<std::size_t>{1'392, 108}));
}

TEST(CellsLive, ThatAreLostCostThePacketsInThemAlone) {
  TwoEnds ends(1, path(ilp(500, 10 * millisecond), 1));
  ends.meet();
  int cells = 0;
  ends.lose = [&](Side from, const Bytes& bytes) {
    return from == Side::gateway && kind_of(bytes) == Kind::cell && ++cells == 3;
  };
  std::vector<Bytes> packets;
  for (std::uint32_t i = 0; i < 8; ++i) packets.push_back(ipv4(198, Protocol::udp, i));  // 200 in the stream
  for (const Bytes& packet : packets) ends.gateway.driver->take(0, packet, ends.now);
  ends.run_until(ends.now + 5 * second);
  // The third cell holds bytes 1,000 to 1,499 of the stream: of packets 5, 6 and the begin of 7.
  packets.erase(packets.begin() + 5, packets.begin() + 8);
  EXPECT_EQ(ends.relay.delivered, packets);
  EXPECT_EQ(ends.relay.counters.lost, 1U);
  EXPECT_EQ(ends.relay.counters.of(Dropped::parts), 0U) << "what began in the lost cell was never seen";
}

TEST(CellsLive, GoOnAfterARestartOfTheOtherEnd) {
  TwoEnds ends(1, path(ilp(500, 10 * millisecond), 1));
  ends.meet();
  ends.gateway.driver->take(0, ipv4(400, Protocol::udp, 1), ends.now);
  ends.run_until(ends.now + second);
  ends.renew(Side::relay, 3003);
  ends.meet();
  ends.relay.delivered.clear();
  ends.gateway.driver->take(0, ipv4(400, Protocol::udp, 2), ends.now);
  ends.run_until(ends.now + second);
  EXPECT_EQ(ends.relay.delivered, std::vector<Bytes>{ipv4(400, Protocol::udp, 2)});
}

TEST(CellsLive, WakeTheOtherEndOfADefenceThatFollowsActivity) {
  defence::RateOptions rate;
  rate.start_probability = 0;  // never active by chance
  TwoEnds ends(1, path(std::make_shared<defence::Shaped<defence::RateShaper>>("constant", rate), 1));
  ends.meet();
  EXPECT_TRUE(ends.relay.sent[0].empty());
  ends.gateway.driver->take(0, ipv4(400, Protocol::udp), ends.now);
  ends.run_until(ends.now + 2 * second);
  EXPECT_EQ(ends.relay.delivered.size(), 1U);
  EXPECT_FALSE(ends.relay.sent[0].empty()) << "as the mixer, which pads both directions of an active line";
}

TEST(PathDriver, RefusesADefenceThatBreaksItsPromises) {
  defence::RateOptions published;
  published.published_defects = true;
  TwoEnds ends(1, path(std::make_shared<defence::Shaped<defence::RateShaper>>("constant", published), 1));
  ends.meet();
  for (int i = 0; i < 20; ++i) ends.gateway.driver->take(0, ipv4(1'300, Protocol::udp), ends.now);
  try {
    ends.run_until(ends.now + 20 * second);
    ADD_FAILURE() << "it went on";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "the defence sends user data in the wrong direction (published_defects), which no live line can: "
        "leave that option out");
  }
}

TEST(PathDriver, TakesNothingForAPacketThatIsNone) {
  TwoEnds ends(1, path(unison(), 1));
  ends.meet();
  const Bytes nonsense(50, 0x11);
  ends.gateway.links[0].send(Kind::user, nonsense, 100);
  ends.step();
  EXPECT_TRUE(ends.relay.delivered.empty());
  EXPECT_EQ(ends.relay.counters.of(Refused::content), 1U);
}

}  // namespace
