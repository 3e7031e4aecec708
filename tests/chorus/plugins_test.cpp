// chorus, its imitators and front, as a pipeline makes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/defence/mixer.hpp"
#include "tests/chorus/homes.hpp"
#include "tests/defence/plugin_harness.hpp"

namespace ipet::defence::test {
namespace {

using ipet::test::component;
using ipet::test::Given;
using ipet::test::LoadedStage;

/// What a mixer with this pool makes of some traces.
struct Mixing {
  std::map<std::string, Packets> lines;  ///< by device
  ipet::test::TestContext context;

  Mixing(const Value::Data& defence, std::shared_ptr<const traffic::Traces> pool,
         const std::vector<traffic::DevicePackets>& traces) {
    static const LoadedStage mixer("mixer");
    Problems problems;
    const Options options = ipet::test::parse(mixer.description, {{"defence", defence}}, problems);
    EXPECT_TRUE(problems.empty()) << problems.front().message;
    context.give("pool", std::move(pool));
    const auto stage = mixer.description.create(options.get(), context);
    auto& keyed = dynamic_cast<KeyedStage&>(*stage);
    std::vector<std::unique_ptr<KeyState>> states;
    std::vector<ipet::test::TestEmitter> emitters;
    for (const traffic::DevicePackets& in : traces) {
      const std::string key = traffic::device_key(in.capture, *in.device);
      emitters.emplace_back(key);
      states.push_back(keyed.begin(key));
      keyed.on_message(*states.back(), 0, make_message(in, key), emitters.back());
    }
    for (std::size_t i = 0; i < traces.size(); ++i) {
      keyed.on_end(*states[i], emitters[i]);
      for (std::size_t j = 0; j + 1 < emitters[i].sent.size(); ++j) {
        const auto& out = emitters[i].sent[j].as<traffic::DevicePackets>();
        lines[*out.device].insert(lines[*out.device].end(), out.packets.begin(), out.packets.end());
      }
    }
    ipet::test::TestEmitter last;
    keyed.finish(last);
  }
};

traffic::DevicePackets trace(const std::string& device, Packets packets,
                             const std::string& capture = "home") {
  traffic::DevicePackets in;
  in.capture_name = std::make_shared<const std::string>(capture);
  in.device = std::make_shared<const std::string>(device);
  in.packets = std::move(packets);
  return in;
}

/// What the mixer leaves on the line of the lock on the last of three days.
Packets mixed(const Value::Data& defence) {
  return Mixing(defence, home({{"hub", keep_alive(60, 3)}, {"lock", keep_alive(300, 3, 90)}}),
                {trace("lock", {packet(0, 90, 2), packet(80'000, 90, 2)}, "another capture")})
      .lines["lock"];
}

TEST(ChorusPlugin, covers_a_line_with_the_imitator_that_is_named) {
  for (const char* imitator : {"replay", "renewal"}) {
    const Packets sent =
        mixed(component("chorus", {{"imitator", component(imitator, {})}, {"stand_in", 0.0}}));
    EXPECT_NEAR(static_cast<double>(sent.size()), 2 + 2 * 80'000.0 / 60, 12) << imitator;
    std::size_t users = 0;
    for (const DevicePacket& each : sent) users += !each.dummy;
    EXPECT_EQ(users, 2U);
  }
}

TEST(MixerWithAPool, covers_a_line_from_the_first_to_the_last_packet_of_the_capture) {
  const Packets hub = keep_alive(60, 3), lock = {packet(7'000, 90), packet(500, 90, 2)};
  const auto pool = home({{"hub", hub}, {"lock", lock}, {"tv", {packet(50, 5)}}});
  const Value::Data chorus = component("chorus", {{"stand_in", 0.0}});
  Mixing mixing(chorus, pool, {trace("lock", lock), trace("hub", hub)});
  EXPECT_EQ(mixing.lines["lock"].front().time, at(7'000));  // nothing is known on the first day
  const auto second_day = std::ranges::upper_bound(mixing.lines["lock"], at(0, 1), {}, &DevicePacket::time);
  EXPECT_LT(seconds_of(second_day->time, 1), 120);
  EXPECT_GT(seconds_of(mixing.lines["lock"].back().time, 2), day_seconds - 120);
  EXPECT_LE(mixing.lines["lock"].back().time, hub.back().time);

  const std::size_t known = mixing.lines["lock"].size();
  Mixing unknown(chorus, pool, {trace("lock", lock, "another capture")});
  EXPECT_EQ(unknown.lines["lock"].back().time, at(500, 2));
  EXPECT_LT(unknown.lines["lock"].size(), known);
}

TEST(MixerWithAPool, says_which_lines_have_no_cover_and_what_the_defence_does) {
  traffic::Traces two =
      *home({{"hub", keep_alive(60, 3)}, {"lock", {packet(7'000, 90)}}, {"tv", {packet(9, 5)}}});
  traffic::DevicePackets later = trace("hub", {packet(0, 31, 4)}, "later");
  later.capture = 1;
  traffic::DevicePackets lock = trace("lock", {packet(0, 90, 4)}, "later");
  lock.capture = 1;
  two.add(later);
  two.add(lock);
  two.finish();
  const auto pool = std::make_shared<const traffic::Traces>(two);
  const Mixing mixing(component("chorus", {}), pool, {trace("lock", {packet(7'000, 90)}), later, lock});
  // Day 18,000 since the epoch is 2019-04-14.
  EXPECT_THAT(
      mixing.context.warnings,
      testing::ElementsAre("lines pass without cover until 2019-04-15T00:00:00Z, when the defence has "
                           "something to learn from: lock",
                           "devices that say nothing in a capture have no line in it, and get no "
                           "cover there: tv in later"));
  ASSERT_EQ(mixing.context.printed.size(), 1U);
  EXPECT_THAT(mixing.context.printed.front(),
              testing::StartsWith("\nx: what the defence chorus does\n  set 1: hub"));
  // Sessions of a silent device have no cover anyway.
  const Mixing front(component("front", {}), pool, {later, lock});
  EXPECT_THAT(front.context.warnings, testing::IsEmpty());
  EXPECT_THAT(front.context.printed, testing::IsEmpty());
}

TEST(ChorusPlugin, replays_where_no_imitator_is_named) {
  EXPECT_EQ(mixed(component("chorus", {})),
            mixed(component("chorus", {{"imitator", component("replay", {})}})));
}

/// What a defence adds to a line that is up on the last of three days.
std::size_t dummies_on(const std::string& device, const Defence& defence, const Packets& user) {
  const auto pool = home({{"hub", keep_alive(60, 3)}, {"lock", keep_alive(300, 3, 90)}});
  const Resources resources = Resources(20).give<traffic::Traces>("pool", pool);
  Mixer mixer(defence, resources, {device, 0, Line::Span{at(0, 2), at(0, 3)}}, {});
  EXPECT_TRUE(mixer.covers());
  std::size_t dummies = 0;
  const auto count = [&](Packets&& packets) {
    for (const DevicePacket& each : packets) dummies += each.dummy;
  };
  mixer.mix(user, count);
  mixer.finish(count);
  return dummies;
}

TEST(AtIntensity0, nothing_is_sent_on_any_line_whether_there_is_a_budget_or_not) {
  const std::vector<std::pair<std::string, Given>> defences = {
      {"chorus", {}},
      {"chorus", {{"budget", 100.0}}},
      {"chorus", {{"budget", 100.0}, {"over_budget", std::string("shared")}}},
      {"front", {}}};
  for (const auto& [name, given] : defences) {
    const auto defence = ipet::test::make_component<Defence>(name, given);
    for (const char* device : {"hub", "lock", "stranger"}) {
      EXPECT_GT(dummies_on(device, *defence, {packet(5, 10, 2)}), 0U) << name << ", " << device;
      EXPECT_EQ(dummies_on(device, *defence->at_intensity(0), {packet(5, 10, 2)}), 0U)
          << name << ", " << device;
    }
  }
}

TEST(FrontPlugin, covers_in_proportion_to_its_intensity_also_below_a_dummy_a_session) {
  Packets sessions;
  for (int i = 0; i < 8'000; ++i) sessions.push_back(packet(10.0 * i + 5, 100, 2));
  for (const double intensity : {0.01, 0.04, 0.25, 1.0}) {
    const auto front = ipet::test::make_component<Defence>("front")->at_intensity(intensity);
    // 1 to 39 each way, 20 in the mean.
    const double expected = 2 * 20 * intensity * 8'000;
    EXPECT_NEAR(static_cast<double>(dummies_on("lock", *front, sessions)), expected, 0.1 * expected)
        << intensity;
  }
}

TEST(FrontPlugin, takes_its_sizes_from_the_pool) {
  std::size_t dummies = 0;
  for (const DevicePacket& each : mixed(component("front", {}))) {
    if (!each.dummy) continue;
    ++dummies;
    EXPECT_THAT(each.size, testing::AnyOf(0, 31, 90));
  }
  EXPECT_GT(dummies, 4U);
}

}  // namespace
}  // namespace ipet::defence::test
