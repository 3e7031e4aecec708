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
