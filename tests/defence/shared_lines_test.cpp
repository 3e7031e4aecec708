// The stage `mixer` where several devices are mixed at once: one tunnel for the home, and groups.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/defence/group_mixer.hpp"
#include "stages/traffic/traces.hpp"
#include "tests/defence/fixtures.hpp"
#include "tests/defence/plugin_harness.hpp"

namespace ipet::defence::test {
namespace {

using ipet::test::Given;
using ipet::test::LoadedStage;
using ipet::test::TestContext;
using ipet::test::TestEmitter;
using testing::ElementsAre;
using traffic::DevicePackets;
using traffic::second;

using Names = std::vector<std::string>;

std::shared_ptr<const Names> names(Names list) {
  return std::make_shared<const Names>(std::move(list));
}

/// What the splitter gives of capture 2.
DevicePackets part_of(const std::string& device, std::vector<DevicePacket> packets, Nanoseconds watermark,
                      bool protect = true) {
  DevicePackets part;
  part.capture = 2;
  part.capture_name = std::make_shared<const std::string>("day2.pcap");
  part.device = std::make_shared<const std::string>(device);
  part.declared_devices = names({"cam", "hub", "off", "phone"});
  part.protected_devices = names({"cam", "hub", "off"});
  part.protect = protect;
  part.packets = std::move(packets);
  part.watermark = watermark;
  return part;
}

DevicePacket sized(Nanoseconds time, std::uint32_t size) {
  return {time, size, Direction::out, Protocol::tcp, false};
}

/// A camera and a hub in turns, over two batches, and a phone that nobody protects.
std::vector<DevicePackets> a_home() {
  return {part_of("cam", {sized(1 * second, 10), sized(3 * second, 11)}, 0),
          part_of("hub", {sized(2 * second, 20)}, 0),
          part_of("phone", {sized(2 * second, 30)}, 3 * second, false),
          part_of("hub", {sized(3 * second, 21), sized(4 * second, 22)}, 4 * second)};
}

struct Lines {
  std::map<std::string, std::vector<std::uint32_t>> sizes;
  std::map<std::string, MixSummary> summaries;
  std::set<std::string> keys;
};

/// As the runtime feeds a stage: all messages that have one key of the stage, then its end.
Lines run_mixer(const Given& given, TestContext& context, const std::vector<DevicePackets>& messages) {
  const LoadedStage loaded("mixer");
  Problems problems;
  const Options options = ipet::test::parse(loaded.description, given, problems);
  EXPECT_TRUE(problems.empty()) << problems.front().message;
  const auto stage = loaded.description.create(options.get(), context);
  auto& keyed = dynamic_cast<KeyedStage&>(*stage);
  std::map<std::string, std::unique_ptr<KeyState>> states;
  TestEmitter emitter;
  for (const DevicePackets& message : messages) {
    const std::string key = keyed.key_of(traffic::device_key(message.capture, *message.device));
    auto& state = states[key];
    if (!state) state = keyed.begin(key);
    keyed.on_message(*state, 0, make_message(message, key), emitter);
  }
  for (const auto& [key, state] : states) keyed.on_end(*state, emitter);
  keyed.finish(emitter);
  Lines lines;
  for (const Message& message : emitter.sent) {
    lines.keys.insert(message.key);
    if (message.type->name == MixSummary::type_name) {
      const auto& summary = message.as<MixSummary>();
      lines.summaries[summary.device] = summary;
      continue;
    }
    const auto& packets = message.as<DevicePackets>();
    EXPECT_EQ(message.key, traffic::device_key(packets.capture, *packets.device));
    EXPECT_TRUE(packets.defended);
    for (const DevicePacket& packet : packets.packets) lines.sizes[*packets.device].push_back(packet.size);
  }
  return lines;
}

std::string fault(const Given& given, TestContext& context, const std::vector<DevicePackets>& messages) {
  try {
    run_mixer(given, context, messages);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

const Given one_line = {{"defence", std::string("none")}, {"lines", std::string("home")}};
const Given unison = {{"defence", std::string("unison")}};

TEST(OneTunnel, carries_the_packets_of_all_protected_devices_in_order_of_time) {
  TestContext context;
  const Lines lines = run_mixer(one_line, context, a_home());
  EXPECT_THAT(lines.sizes.at("home"), ElementsAre(10, 20, 11, 21, 22));
  EXPECT_THAT(lines.sizes.at("phone"), ElementsAre(30));
  EXPECT_THAT(lines.keys, ElementsAre("000002/home", "000002/phone"));
  EXPECT_EQ(lines.summaries.at("home").user[0].packets, 5U);
  EXPECT_TRUE(lines.summaries.at("home").covered);
  EXPECT_FALSE(lines.summaries.at("phone").covered);
}

TEST(OneTunnel, has_cells_for_the_whole_home) {
  TestContext context;
  const Lines lines =
      run_mixer({{"defence", std::string("ilp")}, {"lines", std::string("home")}}, context, a_home());
  EXPECT_EQ(lines.summaries.at("home").user[0].payload_bytes, 10U + 20 + 11 + 21 + 22);
  EXPECT_EQ(std::set(lines.sizes.at("home").begin(), lines.sizes.at("home").end()),
            std::set<std::uint32_t>{536});
}

TEST(OneTunnel, refuses_a_device_of_its_name_also_beside_it) {
  for (const bool protect : {true, false}) {
    TestContext context;
    EXPECT_EQ(fault(one_line, context, {part_of("home", {sized(0, 1)}, 0, protect)}),
              "device 'home' has the name of the line that all devices share (lines = \"home\"): rename it "
              "in the devices file");
  }
}

/// Has learned how to defend two devices.
class Learned final : public Defence {
 public:
  [[nodiscard]] std::shared_ptr<const Names> devices(const Resources&) const override {
    return names({"cam", "hub"});
  }
};

TEST(OneTunnel, refuses_a_defence_that_knows_devices_by_name) {
  check_topology(Learned(), Resources(1), Topology::device, "learned");
  try {
    check_topology(Learned(), Resources(1), Topology::home, "learned");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(),
                 "the defence 'learned' knows devices by their names, and the line that all share (lines = "
                 "\"home\") is none of them: take lines = \"device\", or a defence of any line");
  }
}

TEST(OneTunnel, warns_of_captures_in_which_nobody_protected_speaks) {
  TestContext context;
  run_mixer(one_line, context, {part_of("phone", {sized(0, 1)}, second, false)});
  EXPECT_THAT(
      context.warnings,
      testing::Contains(testing::HasSubstr("get no cover there: all that are to be protected in day2.pcap")));
}

TEST(Unison, has_lines_of_all_protected_devices_also_of_those_that_say_nothing) {
  TestContext context;
  const Lines lines = run_mixer(unison, context, a_home());
  for (const char* device : {"cam", "hub", "off"})
    EXPECT_THAT(lines.sizes.at(device), ElementsAre(10, 20, 11, 21, 22)) << device;
  EXPECT_THAT(lines.sizes.at("phone"), ElementsAre(30));
  EXPECT_EQ(lines.summaries.at("off").user[0].packets, 0U);
  EXPECT_EQ(lines.summaries.at("off").dummy[0].packets, 5U);
  EXPECT_EQ(lines.summaries.at("hub").delays.count(), 3U);
}

TEST(Unison, takes_the_devices_from_the_pool_where_none_are_declared) {
  auto home = std::make_shared<traffic::Traces>();
  for (const char* device : {"cam", "hub", "off"}) home->add(part_of(device, {sized(second, 1)}, 0));
  home->add(part_of("phone", {sized(second, 1)}, 0, false));
  home->finish();
  TestContext context;
  context.wholes["pool"] = home;
  std::vector<DevicePackets> messages = a_home();
  for (DevicePackets& message : messages) message.declared_devices = message.protected_devices = nullptr;
  const Lines lines = run_mixer(unison, context, messages);
  EXPECT_THAT(lines.sizes.at("off"), ElementsAre(10, 20, 11, 21, 22));
}

TEST(Unison, refuses_captures_whose_devices_nobody_has_named_before_the_first_packet) {
  TestContext context;
  std::vector<DevicePackets> messages = a_home();
  for (DevicePackets& message : messages) message.declared_devices = message.protected_devices = nullptr;
  EXPECT_EQ(
      fault(unison, context, messages),
      "the defence 'unison' must know all devices before the first packet, also those that say nothing: give "
      "device_splitter a devices file, or connect the input 'pool' to recordings of the home");
}

TEST(Unison, refuses_devices_that_come_one_after_another) {
  TestContext context;
  EXPECT_EQ(
      fault(unison, context, {part_of("cam", {sized(0, 1)}, DevicePackets::no_watermark)}),
      "capture 'day2.pcap': its devices come one after another, as from a stored result, and the defence "
      "'unison' needs them in order of time: take the packets from device_splitter, in a run that reads the "
      "capture");
}

TEST(Unison, refuses_captures_that_were_recorded_at_one_time) {
  DevicePackets cam = part_of("cam", {sized(second, 1), sized(9 * second, 1)}, 9 * second);
  DevicePackets hub = part_of("hub", {sized(2 * second, 1)}, 2 * second);
  hub.capture = 3;
  hub.capture_name = std::make_shared<const std::string>("hub.pcap");
  TestContext context;
  EXPECT_EQ(
      fault(unison, context, {cam, hub}),
      "captures 'day2.pcap' and 'hub.pcap' were recorded at the same time, and the lines of a home are made "
      "capture by capture: merge them into one (mergecap -w home.pcap FILES), and leave 'captures' out of "
      "the devices file");
}

TEST(Unison, refuses_captures_of_one_time_also_where_another_lies_between) {
  DevicePackets cam = part_of("cam", {sized(second, 1), sized(100 * second, 1)}, 100 * second);
  DevicePackets again = part_of("cam", {sized(10 * second, 1), sized(20 * second, 1)}, 20 * second);
  again.capture = 3;
  again.capture_name = std::make_shared<const std::string>("between.pcap");
  DevicePackets hub = part_of("hub", {sized(30 * second, 1)}, 30 * second);
  hub.capture = 4;
  hub.capture_name = std::make_shared<const std::string>("hub.pcap");
  TestContext context;
  EXPECT_THAT(fault(unison, context, {cam, again, hub}),
              testing::StartsWith("captures 'day2.pcap' and 'hub.pcap' were recorded at the same time"));
}

TEST(Unison, refuses_what_went_through_a_mixer) {
  DevicePackets cam = part_of("cam", {sized(0, 1)}, DevicePackets::no_watermark);
  cam.defended = true;
  TestContext context;
  EXPECT_EQ(
      fault(unison, context, {cam}),
      "capture 'day2.pcap' went through a mixer already: lines that are mixed together are made of what "
      "device_splitter gives");
}

TEST(Unison, warns_of_lines_that_can_be_told_from_others) {
  TestContext context;
  const Given small = {
      {"defence",
       ipet::test::component(
           "unison", {{"budget", 0.001},
                      {"transfers", std::string("alone")},
                      {"sets", Array{Value(Value::Data(Array{Value(Value::Data(std::string("cam"))),
                                                             Value(Value::Data(std::string("hub")))}))}}})}};
  run_mixer(small, context, {part_of("cam", {sized(second, 80), sized(61 * second, 80)}, 100 * second)});
  EXPECT_THAT(
      context.warnings,
      ElementsAre("device 'cam' in capture 2: its line can be told from others in 1 minute, in which it "
                  "sent more than may be copied"));
}

}  // namespace
}  // namespace ipet::defence::test
