// Sessions and numbers of the two ends of a line.
#include <gtest/gtest.h>

#include "tests/gateway/two_ends.hpp"

namespace {

using namespace ipet::gateway;
using namespace ipet::gateway::test;

/// Sends nothing by itself.
class Idle final : public Driver {
 public:
  using Driver::Driver;
  void begin(Nanoseconds) override {}
  void receive(std::size_t, const Arrival& arrival, Nanoseconds) override { arrivals.push_back(arrival); }
  void act(Nanoseconds) override {}
  [[nodiscard]] Nanoseconds due() const override { return LiveClock::never; }
  std::vector<Arrival> arrivals;
};

std::unique_ptr<Driver> idle(const Ends& ends) {
  return std::make_unique<Idle>(ends);
}

const std::vector<Arrival>& arrivals(const OneEnd& end) {
  return static_cast<const Idle&>(*end.driver).arrivals;
}

bool both_up(TwoEnds& ends) {
  return ends.gateway.links[0].up() && ends.relay.links[0].up();
}

void send(TwoEnds& ends, std::size_t size = 100) {
  ends.gateway.links[0].send(Kind::dummy, {}, size);
}

TEST(Links, SayHelloSoOftenThatNoTunnelHasToSpeakForThem) {
  TwoEnds ends(1, idle);
  ends.meet();
  EXPECT_TRUE(both_up(ends));
  ends.run_until(ends.now + 80 * ipet::traffic::second, 50 * millisecond);
  const auto &asked = ends.gateway.sent[0], &answered = ends.relay.sent[0];
  ASSERT_EQ(asked.size(), 10U) << "every eight seconds";
  ASSERT_EQ(answered.size(), 10U);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_EQ(kind_of(asked[i].bytes), Kind::hello);
    EXPECT_EQ(asked[i].size, answered[i].size);
    EXPECT_GE(answered[i].time, asked[i].time);
    EXPECT_LE(answered[i].time, asked[i].time + 50 * millisecond);
    if (i == 0) continue;
    EXPECT_LT(asked[i].time - asked[i - 1].time, 10 * ipet::traffic::second) << "WireGuard's keepalive";
  }
}

TEST(Links, NoticeThatTheOtherEndIsGoneAndThatItIsBack) {
  TwoEnds ends(1, idle);
  ends.meet();
  ends.lose = [](Side, const Bytes&) { return true; };
  ends.run_until(ends.now + 40 * ipet::traffic::second, 50 * millisecond);
  EXPECT_FALSE(ends.gateway.counters.lines[0].up || ends.relay.counters.lines[0].up);
  EXPECT_TRUE(both_up(ends)) << "what is sent meanwhile is sent as ever";
  ends.lose = {};
  ends.run_until(ends.now + 2 * ipet::traffic::second, 50 * millisecond);
  EXPECT_TRUE(ends.gateway.counters.lines[0].up && ends.relay.counters.lines[0].up);
  EXPECT_EQ(ends.gateway.counters.sessions, 1U) << "the same life";
}

TEST(Links, MeetWhoeverComesLater) {
  TwoEnds ends(1, idle);
  ends.lose = [](Side from, const Bytes&) { return from == Side::gateway; };
  ends.run_until(start + 5 * ipet::traffic::second, 50 * millisecond);
  EXPECT_FALSE(ends.gateway.links[0].up() || ends.relay.links[0].up());
  ends.lose = {};
  ends.meet();
  EXPECT_TRUE(both_up(ends));
}

TEST(Links, MeetAnewAfterARestartOfEither) {
  for (const Side side : {Side::gateway, Side::relay}) {
    TwoEnds ends(1, idle);
    ends.meet();
    ends.renew(side, 3003);
    ends.meet();
    EXPECT_TRUE(both_up(ends));
    EXPECT_EQ(ends.opposite(side).counters.sessions, 2U);
    send(ends);
    ends.step();
    EXPECT_EQ(arrivals(ends.relay).size(), 1U);
  }
}

TEST(Links, NoticeARestartByWhatTheOtherEndGoesOnSending) {
  TwoEnds ends(1, idle);
  ends.meet();
  ends.lose = [](Side, const Bytes& bytes) { return kind_of(bytes) == Kind::hello; };
  ends.renew(Side::relay, 3003);
  ends.run_until(ends.now + 100 * ipet::traffic::second, ipet::traffic::second);
  ends.lose = {};
  send(ends);
  ends.step();
  EXPECT_GE(ends.relay.counters.of(Refused::session), 1U);
  ends.run_until(ends.now + 2 * ipet::traffic::second, 50 * millisecond);
  EXPECT_TRUE(both_up(ends));
}

TEST(Links, RefuseWhatCameBefore) {
  TwoEnds ends(1, idle);
  ends.meet();
  send(ends);
  ends.step();
  const Bytes recorded = ends.gateway.sent[0].back().bytes;
  ends.arrive(Side::gateway, 0, recorded);
  EXPECT_EQ(ends.relay.counters.of(Refused::replayed), 1U);
  EXPECT_EQ(arrivals(ends.relay).size(), 1U);
}

TEST(Links, RefuseRecordsOfAnEarlierLife) {
  TwoEnds ends(1, idle);
  std::vector<Bytes> recorded;
  ends.lose = [&](Side from, const Bytes& bytes) {
    if (from == Side::gateway) recorded.push_back(bytes);
    return false;
  };
  ends.meet();
  send(ends);
  ends.step();
  ends.renew(Side::gateway, 3003);
  ends.lose = {};
  ends.meet();
  const auto taken = arrivals(ends.relay).size();
  for (const Bytes& bytes : recorded) ends.arrive(Side::gateway, 0, bytes);
  EXPECT_EQ(arrivals(ends.relay).size(), taken);
  EXPECT_GE(ends.relay.counters.of(Refused::session), recorded.size());
  send(ends);
  ends.step();
  EXPECT_EQ(arrivals(ends.relay).size(), taken + 1) << "the present life goes on";
}

TEST(Links, TellWhatIsMissingAndWhatComesLate) {
  TwoEnds ends(1, idle);
  ends.meet();
  send(ends);
  ends.step();
  EXPECT_TRUE(arrivals(ends.relay)[0].gap) << "what an earlier life has begun is not gone on with";
  std::vector<Bytes> held;
  int number = 0;
  ends.lose = [&](Side, const Bytes& bytes) {
    if (++number != 2) return false;
    held.push_back(bytes);
    return true;
  };
  for (int i = 0; i < 4; ++i) send(ends);
  ends.step();
  ASSERT_EQ(arrivals(ends.relay).size(), 4U);
  EXPECT_FALSE(arrivals(ends.relay)[1].gap);
  EXPECT_TRUE(arrivals(ends.relay)[2].gap);
  EXPECT_FALSE(arrivals(ends.relay)[3].gap);
  EXPECT_EQ(ends.relay.counters.lost, 1U);
  ends.arrive(Side::gateway, 0, held[0]);
  EXPECT_TRUE(arrivals(ends.relay).back().late);
  EXPECT_EQ(ends.relay.counters.lost, 0U);
}

TEST(Links, RefuseDatagramsOfAnotherLine) {
  TwoEnds ends(2, idle);
  ends.meet();
  send(ends);
  ends.arrive(Side::gateway, 1, ends.gateway.sent[0].back().bytes);
  EXPECT_EQ(ends.relay.counters.of(Refused::line), 1U);
}

TEST(ReplayWindow, TellsTheLastThousandApart) {
  ReplayWindow window;
  using V = ReplayWindow::Verdict;
  EXPECT_EQ(window.take(0), V::refused) << "numbers begin with 1";
  EXPECT_EQ(window.take(1), V::next);
  EXPECT_EQ(window.take(5000), V::ahead);
  EXPECT_EQ(window.missing(), 4998U);
  EXPECT_EQ(window.take(5000 - 1023), V::late);
  EXPECT_EQ(window.take(5000 - 1023), V::refused);
  EXPECT_EQ(window.take(5000 - 1024), V::refused) << "too old to tell";
  EXPECT_EQ(window.take(5001), V::next);
  EXPECT_EQ(window.take(4999), V::late);
  EXPECT_EQ(window.take(4999), V::refused);
}

}  // namespace
