// Cover beside the path: what the mixer decides, by a clock that a test sets.
#include <gtest/gtest.h>

#include "stages/defence/none.hpp"
#include "stages/padding/front.hpp"
#include "stages/padding/netflow.hpp"
#include "stages/padding/stp.hpp"
#include "tests/defence/fixtures.hpp"
#include "tests/gateway/two_ends.hpp"

namespace {

using namespace ipet::gateway;
using ipet::gateway::test::Bytes;
using ipet::gateway::test::TwoEnds;
using ipet::traffic::DevicePacket;
using ipet::traffic::Direction;
using ipet::traffic::Nanoseconds;
using ipet::traffic::Protocol;
using ipet::traffic::second;
namespace defence = ipet::defence;
namespace fixtures = ipet::defence::test;

/// Of a function that makes a schedule.
class Scheduled final : public defence::Defence {
 public:
  using Make = std::function<std::unique_ptr<defence::CoverSchedule>(ipet::traffic::StreamKey)>;
  explicit Scheduled(Make make) : make_(std::move(make)) {}
  [[nodiscard]] std::unique_ptr<defence::CoverSchedule> schedule(const defence::Resources& resources,
                                                                 const defence::Line& line) const override {
    return make_(line.key(resources, "test"));
  }

 private:
  Make make_;
};

/// Takes nothing but what a driver would have taken by asking at the times that due() gives.
std::vector<DevicePacket> by_due(defence::CoverSchedule& schedule, const std::vector<DevicePacket>& user,
                                 Nanoseconds end) {
  std::vector<DevicePacket> out;
  Nanoseconds now = user.front().time;
  schedule.begin(now);
  const auto play = [&](Nanoseconds until) {
    for (int asked = 0; asked < 1'000'000; ++asked) {
      const Nanoseconds due = schedule.due();
      if (due == defence::CoverSchedule::never || due + 1 > until) break;
      now = std::max(now, due);
      for (DevicePacket dummy; schedule.next(std::min(until, now + 1), dummy);) out.push_back(dummy);
      if (schedule.due() <= now) ++now;
    }
  };
  for (const DevicePacket& packet : user) {
    play(packet.time);
    now = std::max(now, packet.time);
    schedule.user_packet(packet);
  }
  play(end);
  return out;
}

/// Asks for everything each time.
std::vector<DevicePacket> at_once(defence::CoverSchedule& schedule, const std::vector<DevicePacket>& user,
                                  Nanoseconds end) {
  std::vector<DevicePacket> out;
  schedule.begin(user.front().time);
  const auto play = [&](Nanoseconds until) {
    for (DevicePacket dummy; schedule.next(until, dummy);) out.push_back(dummy);
  };
  for (const DevicePacket& packet : user) {
    play(packet.time);
    schedule.user_packet(packet);
  }
  play(end);
  return out;
}

std::vector<std::pair<std::string, Scheduled::Make>> schedules() {
  const auto perturbed = [](defence::ScheduleKind kind) {
    return [kind](ipet::traffic::StreamKey) {
      defence::PerturbationOptions options;
      options.schedule = kind;
      return defence::make_schedule(
          options, defence::VectorSequence(fixtures::fixed("cam", {3, 400, 2, 200}), "cam", 0, 0));
    };
  };
  return {{"netflow",
           [](auto key) { return std::make_unique<defence::Netflow>(defence::NetflowOptions{}, key); }},
          {"front",
           [](auto key) {
             return std::make_unique<defence::Front>(defence::FrontOptions{},
                                                     std::make_shared<defence::SizeHistory>(), key);
           }},
          {"stp", [](auto key) { return std::make_unique<defence::StpCover>(defence::StpOptions{}, key); }},
          {"continuous", perturbed(defence::ScheduleKind::continuous)},
          {"ticks", perturbed(defence::ScheduleKind::ticks)}};
}

/// Minutes of bursts, in whole microseconds.
std::vector<DevicePacket> user_traffic() {
  std::vector<DevicePacket> user = fixtures::random_user(5, 200);
  for (DevicePacket& packet : user) packet.time -= packet.time % 1000;
  std::ranges::stable_sort(user, {}, &DevicePacket::time);
  return user;
}

TEST(Due, TellsADriverWhenToAsk) {
  const auto user = user_traffic();
  const Nanoseconds end = user.back().time + 60 * second;
  for (const auto& [name, make] : schedules()) {
    const auto key = ipet::traffic::StreamKey(1);
    const auto by_clock = by_due(*make(key), user, end), whole = at_once(*make(key), user, end);
    EXPECT_GT(whole.size(), 20U) << name;
    EXPECT_EQ(by_clock, whole) << name;
  }
}

TwoEnds::Make cover(std::shared_ptr<const defence::Defence> what, defence::Line line,
                    CoverOptions options = {}) {
  return [=](const Ends& ends) {
    return cover_driver(*what, "test", defence::Resources(20), std::span(&line, 1), options, ends);
  };
}

/// Dummies and answers that went out, without requests.
std::vector<ipet::gateway::test::OnTheWire> of_kind(const std::vector<ipet::gateway::test::OnTheWire>& sent,
                                                    Kind kind) {
  std::vector<ipet::gateway::test::OnTheWire> out;
  for (const auto& each : sent)
    if (ipet::gateway::test::kind_of(each.bytes) == kind) out.push_back(each);
  return out;
}

/// Bytes of the datagram that stands for a packet with so much payload: IP, transport and payload less IP and
/// UDP.
std::size_t stands_for(const DevicePacket& packet) {
  const std::size_t headers = packet.protocol == Protocol::tcp ? 20 + 20 : 20 + 8;
  return std::max<std::size_t>(headers + packet.size - 28, 20);
}

TEST(CoverLive, IsWhatTheMixerDecides) {
  const auto user = user_traffic();
  const Nanoseconds end = user.back().time + 30 * second;
  for (const auto& [name, make] : schedules()) {
    const auto what = std::make_shared<Scheduled>(make);
    const defence::Line line{"cam", 0, defence::Line::Span{user.front().time, end}};
    std::vector<DevicePacket> mixed;
    defence::Mixer mixer(*what, defence::Resources(20), line, {});
    const auto keep = [&](std::vector<DevicePacket>&& batch) {
      for (const DevicePacket& packet : batch)
        if (packet.dummy) mixed.push_back(packet);
    };
    mixer.mix(user, keep);
    mixer.finish(keep);

    TwoEnds ends(1, cover(what, line, {second / 10, false}));
    ASSERT_EQ(ends.now, user.front().time) << "both begin at once";
    for (const DevicePacket& packet : user) {
      if (packet.time > ends.now) ends.run_until(packet.time - 1);
      ends.now = packet.time;
      ends.gateway.driver->see(0, packet, true);
    }
    ends.run_until(end - 1);
    const auto out = of_kind(ends.gateway.sent[0], Kind::dummy);
    std::vector<DevicePacket> planned[2];
    for (const DevicePacket& dummy : mixed)
      planned[dummy.direction == Direction::out ? 0 : 1].push_back(dummy);
    ASSERT_EQ(out.size(), planned[0].size()) << name;
    EXPECT_GT(out.size(), 5U) << name;
    for (std::size_t i = 0; i < out.size(); ++i) {
      EXPECT_EQ(out[i].size, stands_for(planned[0][i])) << name << i;
      EXPECT_LE(std::abs(out[i].time - planned[0][i].time), 1'000) << name << i;
    }
    // What comes in is a control period later, to the microsecond; of the last ones there is no time to tell.
    const auto in = of_kind(ends.relay.sent[0], Kind::dummy);
    std::erase_if(planned[1], [&](const DevicePacket& dummy) { return dummy.time > end - second; });
    ASSERT_GE(in.size(), planned[1].size()) << name;
    EXPECT_EQ(ends.relay.counters.requests_late, 0U) << name;
    for (std::size_t i = 0; i < planned[1].size(); ++i) {
      EXPECT_EQ(in[i].size, stands_for(planned[1][i])) << name << i;
      EXPECT_LE(std::abs(in[i].time - planned[1][i].time - second / 10), 3'000) << name << i;
    }
  }
}

/// A dummy in a direction every second, of one size.
std::shared_ptr<const defence::Defence> beating(Direction direction, std::uint32_t size) {
  class Beat final : public defence::CoverSchedule {
   public:
    Beat(Direction direction, std::uint32_t size) : direction_(direction), size_(size) {}
    void begin(Nanoseconds time) override { next_ = time + second; }
    void user_packet(const DevicePacket&) override {}
    bool next(Nanoseconds until, DevicePacket& dummy) override {
      if (next_ >= until) return false;
      dummy = {next_, size_, direction_, Protocol::tcp, true};
      next_ += second;
      return true;
    }
    [[nodiscard]] Nanoseconds due() const override { return next_; }
    void rest() override {}

   private:
    Direction direction_;
    std::uint32_t size_;
    Nanoseconds next_ = never;
  };
  return std::make_shared<Scheduled>([=](auto) { return std::make_unique<Beat>(direction, size); });
}

TEST(CoverLive, IsAnsweredAsTheDataThatItStandsFor) {
  TwoEnds ends(1, cover(beating(Direction::out, 500), {"cam"}));
  ends.run_until(ends.now + second / 2);
  ends.run_until(ends.now + 5 * second);
  const auto dummies = of_kind(ends.gateway.sent[0], Kind::dummy),
             answers = of_kind(ends.relay.sent[0], Kind::answer);
  ASSERT_GE(dummies.size(), 4U);
  ASSERT_EQ(answers.size(), dummies.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].size, 20U);
    EXPECT_EQ(answers[i].time - dummies[i].time, 40 * ipet::gateway::test::millisecond);
  }
}

TEST(CoverLive, IsNotAnsweredWhereSomethingWasSentMeanwhile) {
  TwoEnds ends(1, cover(beating(Direction::out, 500), {"cam"}));
  ends.meet();
  for (int i = 0; i < 120; ++i) {
    ends.run_until(ends.now + 10 * ipet::gateway::test::millisecond);
    ends.relay.driver->see(0, {ends.now, 0, Direction::in, Protocol::tcp, false}, false);
  }
  EXPECT_FALSE(of_kind(ends.gateway.sent[0], Kind::dummy).empty());
  EXPECT_TRUE(of_kind(ends.relay.sent[0], Kind::answer).empty());
}

TEST(CoverLive, ControlLooksTheSameWhateverItSays) {
  for (const Direction direction : {Direction::out, Direction::in}) {
    TwoEnds ends(1, cover(beating(direction, 500), {"cam"}));
    ends.meet();
    ends.run_until(ends.now + 5 * second);
    const auto control = of_kind(ends.gateway.sent[0], Kind::control);
    ASSERT_GE(control.size(), 49U);
    for (std::size_t i = 1; i < control.size(); ++i) {
      EXPECT_EQ(control[i].size, 20U + 20 * 8);
      EXPECT_EQ(control[i].time - control[i - 1].time, second / 10);
    }
  }
}

TEST(CoverLive, LargerThanTheTunnelLeavesInSeveralDatagrams) {
  TwoEnds ends(1, cover(beating(Direction::out, 4'000), {"cam"}));
  ends.meet();
  ends.run_until(ends.now + 1'100 * ipet::gateway::test::millisecond);
  std::vector<std::size_t> sizes;
  for (const auto& each : of_kind(ends.gateway.sent[0], Kind::dummy)) sizes.push_back(each.size);
  // 4,012 bytes behind IP and UDP headers.
  EXPECT_EQ(std::vector<std::size_t>(sizes.begin(), sizes.begin() + 3),
            (std::vector<std::size_t>{1'392, 1'392, 1'228}));
}

TEST(CoverLive, OwesNoMoreThanItsBound) {
  TwoEnds ends(1, cover(std::make_shared<defence::None>(), {"cam"}));
  ends.meet();
  Bytes requests;
  for (int i = 0; i < 20; ++i) requests.insert(requests.end(), {0, 0, 0, 0, 0, 0, 9, 6});
  for (int i = 0; i < 1'000; ++i) ends.gateway.links[0].send(Kind::control, requests, 200);
  ends.step();
  EXPECT_GT(ends.relay.counters.of(Refused::content), 700U);
  ends.relay.sent[0].clear();
  ends.run_until(ends.now + second);
  EXPECT_EQ(of_kind(ends.relay.sent[0], Kind::dummy).size(), 4'096U);
}

TEST(CoverLive, RequestsOfNonsenseAreRefused) {
  TwoEnds ends(1, cover(std::make_shared<defence::None>(), {"cam"}));
  ends.meet();
  ends.gateway.links[0].send(Kind::control, Bytes{0, 0, 0, 0, 0, 0, 9, 99}, 200);
  ends.gateway.links[0].send(Kind::control, Bytes{1, 2, 3}, 200);
  ends.relay.links[0].send(Kind::control, Bytes{0, 0, 0, 0, 0, 0, 9, 6}, 200);
  ends.step();
  EXPECT_EQ(ends.relay.counters.of(Refused::content), 2U);
  EXPECT_EQ(ends.gateway.counters.of(Refused::content), 1U) << "the gateway takes none";
}

}  // namespace
