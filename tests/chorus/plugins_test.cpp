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

/// What the mixer leaves on the line of the lock on the last of three days.
Packets mixed(const Value::Data& defence) {
  static const LoadedStage mixer("mixer");
  Problems problems;
  const Options options = ipet::test::parse(mixer.description, {{"defence", defence}}, problems);
  EXPECT_TRUE(problems.empty()) << problems.front().message;
  ipet::test::TestContext context;
  context.wholes["pool"] = home({{"hub", keep_alive(60, 3)}, {"lock", keep_alive(300, 3, 90)}});
  context.wholes["perturbations"] = nullptr;
  const auto stage = mixer.description.create(options.get(), context);
  auto& keyed = dynamic_cast<KeyedStage&>(*stage);

  traffic::DevicePackets in;
  in.capture_name = std::make_shared<const std::string>("home");
  in.device = std::make_shared<const std::string>("lock");
  in.packets = {packet(0, 90, 2), packet(80'000, 90, 2)};
  ipet::test::TestEmitter emit("000000/lock");
  const auto state = keyed.begin("000000/lock");
  keyed.on_message(*state, 0, make_message(in, "000000/lock"), emit);
  keyed.on_end(*state, emit);
  Packets packets;
  for (std::size_t i = 0; i + 1 < emit.sent.size(); ++i) {
    const auto& out = emit.sent[i].as<traffic::DevicePackets>().packets;
    packets.insert(packets.end(), out.begin(), out.end());
  }
  return packets;
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

TEST(ChorusPlugin, replays_where_no_imitator_is_named) {
  EXPECT_EQ(mixed(component("chorus", {})),
            mixed(component("chorus", {{"imitator", component("replay", {})}})));
}

/// What a defence adds to a line that is up on the last of three days.
std::size_t dummies_on(const std::string& device, const Defence& defence, const Packets& user) {
  const Resources resources{nullptr, home({{"hub", keep_alive(60, 3)}, {"lock", keep_alive(300, 3, 90)}}),
                            20};
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
