// The adapters `predictor` and `mixer`, as the runtime would call them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/defence/fixtures.hpp"
#include "tests/defence/plugin_harness.hpp"

namespace ipet::defence::test {
namespace {

using ipet::test::Given;
using ipet::test::LoadedStage;
using ipet::test::TestContext;
using ipet::test::TestEmitter;
using traffic::DevicePackets;

std::unique_ptr<Stage> create(const LoadedStage& loaded, const Given& given, TestContext& context) {
  Problems problems;
  const Options options = ipet::test::parse(loaded.description, given, problems);
  EXPECT_TRUE(problems.empty()) << problems.front().message;
  return loaded.description.create(options.get(), context);
}

Given ipet_with(const Given& options) {
  return {{"defence", ipet::test::component("perturbation", options)}};
}

DevicePackets batch(const std::string& device, std::vector<DevicePacket> packets) {
  return {2,
          std::make_shared<const std::string>("day2.pcap"),
          std::make_shared<const std::string>(device),
          nullptr,
          true,
          false,
          std::move(packets)};
}

/// Feeds one key with one message, and ends it.
std::vector<Message> mixed(KeyedStage& stage, const std::string& key, const DevicePackets& packets) {
  TestEmitter emitter(key);
  const auto state = stage.begin(key);
  stage.on_message(*state, 0, make_message(packets, key), emitter);
  stage.on_end(*state, emitter);
  return std::move(emitter.sent);
}

TEST(MixerPlugin, emits_defended_batches_and_one_summary_per_key) {
  const LoadedStage loaded("mixer");
  TestContext context;
  context.give("perturbations", fixed("plug", {4, 100, 4, 100}));
  const auto stage = create(loaded, {}, context);
  const auto sent = mixed(dynamic_cast<KeyedStage&>(*stage), "000002/plug",
                          batch("plug", {{0, 10, Direction::out, Protocol::tcp, false},
                                         {3600 * traffic::second, 20, Direction::in, Protocol::tcp, false}}));
  ASSERT_GT(sent.size(), 10U);
  std::uint64_t dummies = 0, users = 0;
  for (std::size_t i = 0; i + 1 < sent.size(); ++i) {
    ASSERT_EQ(sent[i].key, "000002/plug");
    const auto& out = sent[i].as<DevicePackets>();
    ASSERT_TRUE(out.defended);
    ASSERT_EQ(out.capture, 2U);
    ASSERT_EQ(*out.capture_name, "day2.pcap");
    ASSERT_LE(out.packets.size(), 4096U);
    for (const DevicePacket& packet : out.packets) ++(packet.dummy ? dummies : users);
  }
  const auto& summary = sent.back().as<MixSummary>();
  EXPECT_EQ(users, 2U);
  EXPECT_EQ(summary.device, "plug");
  EXPECT_EQ(summary.capture, 2U);
  EXPECT_EQ(summary.dummy[0].packets + summary.dummy[1].packets, dummies);
  EXPECT_EQ(summary.user[0].packets + summary.user[1].packets, 2U);
  EXPECT_TRUE(context.warnings.empty());
}

/// Feeds several keys with one message each, then ends them, as the runtime does.
void feed(KeyedStage& stage, const std::vector<DevicePackets>& messages, TestEmitter& emitter) {
  std::vector<std::unique_ptr<KeyState>> states;
  for (const DevicePackets& message : messages) {
    states.push_back(stage.begin("key"));
    stage.on_message(*states.back(), 0, make_message(message, "key"), emitter);
  }
  for (const auto& state : states) stage.on_end(*state, emitter);
  stage.finish(emitter);
}

const std::vector<DevicePacket> one_packet = {{7, 10, Direction::out, Protocol::tcp, false}};

TEST(MixerPlugin, reports_a_device_without_generator_once) {
  const LoadedStage loaded("mixer");
  TestContext context;
  context.give("perturbations", fixed("plug", {4, 100, 4, 100}));
  const auto stage = create(loaded, {}, context);
  TestEmitter emitter;
  feed(dynamic_cast<KeyedStage&>(*stage),
       {batch("lamp", one_packet), batch("plug", one_packet), batch("lamp", one_packet)}, emitter);
  ASSERT_EQ(emitter.sent.size(), 6U);
  EXPECT_EQ(emitter.sent[0].as<DevicePackets>().packets, one_packet);
  EXPECT_THAT(
      context.warnings,
      testing::ElementsAre("device 'lamp' has no trained generator: its packets pass without cover traffic"));
}

TEST(MixerPlugin, refuses_generators_that_fit_no_device_of_the_captures_naming_both) {
  const LoadedStage loaded("mixer");
  TestContext context;
  context.give("perturbations", fixed("plug", {4, 100, 4, 100}));
  const auto stage = create(loaded, {}, context);
  TestEmitter emitter;
  try {
    feed(dynamic_cast<KeyedStage&>(*stage), {batch("lamp", one_packet), batch("bulb", one_packet)}, emitter);
    FAIL() << "a mixer that covers nothing came to its end";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "no device has a trained generator: the captures hold bulb, lamp; generators exist for plug");
  }
}

TEST(MixerPlugin, refuses_generators_that_fit_no_declared_device_with_the_first_packet) {
  const LoadedStage loaded("mixer");
  TestContext context;
  context.give("perturbations", fixed("plug", {4, 100, 4, 100}));
  const auto stage = create(loaded, {}, context);
  DevicePackets packets = batch("lamp", one_packet);
  packets.declared_devices =
      std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"tv", "lamp"});
  auto& keyed = dynamic_cast<KeyedStage&>(*stage);
  const auto state = keyed.begin("key");
  TestEmitter emitter;
  try {
    keyed.on_message(*state, 0, make_message(packets, "key"), emitter);
    FAIL() << "accepted";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(
        error.what(),
        "no device has a trained generator: the devices file declares tv, lamp; generators exist for plug");
  }
}

TEST(MixerPlugin, reports_the_packets_that_published_ticks_lose) {
  const LoadedStage loaded("mixer");
  TestContext context;
  context.give("perturbations", fixed("plug", {4, 100, 4, 100}));
  const auto stage =
      create(loaded, ipet_with({{"schedule", std::string("ticks")}, {"published_defects", true}}), context);
  TestEmitter emitter;
  feed(dynamic_cast<KeyedStage&>(*stage), {batch("plug", one_packet), batch("plug", one_packet)}, emitter);
  EXPECT_THAT(context.warnings,
              testing::ElementsAre("published_defects: the last packet of each trace is lost, 2 user packets "
                                   "in all; user traffic is not untouched"));
}

TEST(MixerPlugin, sends_the_cover_that_follows_the_last_packet_with_the_labels_of_the_trace) {
  const LoadedStage loaded("mixer");
  TestContext context;
  context.give("perturbations", fixed("plug", {4, 100, 4, 100}));
  const auto stage =
      create(loaded, ipet_with({{"schedule", std::string("ticks")}, {"active_seconds", 0.25}}), context);
  const auto sent = mixed(dynamic_cast<KeyedStage&>(*stage), "000002/plug", batch("plug", one_packet));
  ASSERT_EQ(sent.size(), 3U);  // the packet, the cover, the summary
  const auto& cover = sent[1].as<DevicePackets>();
  EXPECT_EQ(*cover.capture_name, "day2.pcap");
  EXPECT_EQ(*cover.device, "plug");
  EXPECT_TRUE(cover.defended);
  EXPECT_EQ(cover.packets.size(), 20U);  // 4 each at 0, 50, 100, 150 and 200 ms
}

TEST(MixerPlugin, takes_seconds_to_the_nearest_nanosecond) {
  const LoadedStage loaded("mixer");
  TestContext context;
  context.give("perturbations", fixed("plug", {4, 100, 4, 100}));
  const auto stage =
      create(loaded, ipet_with({{"schedule", std::string("ticks")}, {"active_seconds", 1.001}}), context);
  // 1.001 * 1e9 is a little less than 1001000000. One nanosecond within the period, it goes on: the next
  // incoming dummies are due at 1.1 s, not at this packet.
  std::vector<DevicePacket> two = one_packet;
  two.push_back(two.front());
  two.back().time += 1'000'999'999;
  const auto sent = mixed(dynamic_cast<KeyedStage&>(*stage), "000002/plug", batch("plug", two));
  std::size_t at_second = 0;
  for (std::size_t i = 0; i + 1 < sent.size(); ++i) {  // the last one is the summary
    for (const DevicePacket& packet : sent[i].as<DevicePackets>().packets)
      at_second += packet.time == two.back().time ? 1 : 0;
  }
  EXPECT_EQ(at_second, 1U);
}

TEST(MixerPlugin, stops_within_a_message_when_the_run_is_cancelled) {
  const LoadedStage loaded("mixer");
  TestContext context;
  context.give("perturbations", fixed("plug", {4, 100, 4, 100}));
  const auto stage = create(loaded, {}, context);
  context.cancel = true;
  EXPECT_THROW(mixed(dynamic_cast<KeyedStage&>(*stage), "000002/plug",
                     batch("plug", {{0, 10, Direction::out, Protocol::tcp, false}})),
               Cancelled);
}

TEST(MixerPlugin, refuses_a_schedule_that_does_not_exist) {
  Problems problems;
  const LoadedStage loaded("mixer");
  EXPECT_EQ(ipet::test::parse(loaded.description, ipet_with({{"schedule", std::string("often")}}), problems),
            nullptr);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].message, testing::HasSubstr("schedule"));
}

TEST(PredictorPlugin, gives_perturbations_of_the_set_with_its_options_and_the_seed_of_the_run) {
  const LoadedStage loaded("predictor");
  TestContext context;
  const auto set = varied({"plug"}, 4, 100, 1)->generators;
  context.wholes["generators"] = set;
  const auto stage = create(
      loaded, {{"num_samples", std::int64_t{7}}, {"ensemble", false}, {"chain", std::int64_t{1}}}, context);
  TestEmitter emitter;
  dynamic_cast<TaskStage&>(*stage).run(emitter);
  ASSERT_EQ(emitter.sent.size(), 1U);
  const auto& made = emitter.sent[0].as<Perturbations>();
  EXPECT_EQ(made.generators, set);
  EXPECT_EQ(made.seed, 20U);
  EXPECT_EQ(made.num_samples, 7U);
  EXPECT_FALSE(made.ensemble);
  EXPECT_EQ(made.chain, 1U);
}

TEST(PredictorPlugin, refuses_a_generation_that_does_not_exist_naming_those_that_do) {
  const LoadedStage loaded("predictor");
  TestContext context;
  context.wholes["generators"] = varied({"plug"}, 4, 100, 1)->generators;
  const auto stage = create(loaded, {{"ensemble", false}, {"generation", std::int64_t{4}}}, context);
  TestEmitter emitter;
  try {
    dynamic_cast<TaskStage&>(*stage).run(emitter);
    FAIL() << "generation 4 of 2 was accepted";
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "no generation 4 in chain 0; 0 to 1 exist");
  }
}

}  // namespace
}  // namespace ipet::defence::test
