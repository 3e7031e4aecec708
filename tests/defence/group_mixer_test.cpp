// Defences that look at one line, on all lines of a home at once.
#include "stages/defence/group_mixer.hpp"

#include <gtest/gtest.h>

#include "tests/defence/fixtures.hpp"
#include "tests/defence/plugin_harness.hpp"

namespace ipet::defence::test {
namespace {

struct Together {
  std::vector<std::vector<DevicePacket>> lines;
  std::vector<MixSummary> summaries;
};

Together mix_lines(const Defence& defence, const std::vector<Line>& lines,
                   const std::vector<LinePacket>& user) {
  GroupMixer mixer(defence, Resources(20), lines, {});
  Together mixed{std::vector<std::vector<DevicePacket>>(lines.size()), {}};
  const GroupMixer::Output output = [&](std::size_t line, std::vector<DevicePacket>&& packets) {
    mixed.lines[line].insert(mixed.lines[line].end(), packets.begin(), packets.end());
  };
  mixer.mix(user, output);
  mixer.finish(output);
  for (std::size_t line = 0; line < lines.size(); ++line) mixed.summaries.push_back(mixer.summary(line));
  return mixed;
}

std::vector<DevicePacket> mix_line(const Defence& defence, const Line& line,
                                   const std::vector<DevicePacket>& user) {
  Mixer mixer(defence, Resources(20), line, {});
  std::vector<DevicePacket> sent;
  const Mixer::Output output = [&](std::vector<DevicePacket>&& packets) {
    sent.insert(sent.end(), packets.begin(), packets.end());
  };
  mixer.mix(user, output);
  mixer.finish(output);
  return sent;
}

TEST(GroupsOfOne, are_what_the_mixer_makes_of_each_line_alone) {
  const auto plug = random_user(1, 300), lamp = random_user(2, 300);
  std::vector<LinePacket> user;
  for (const DevicePacket& packet : plug) user.push_back({0, packet});
  for (const DevicePacket& packet : lamp) user.push_back({1, packet});
  std::ranges::stable_sort(user, {}, [](const LinePacket& each) { return each.packet.time; });
  for (const char* name : {"ilp", "netflow", "constant", "stp"}) {
    const auto defence = ipet::test::make_component<Defence>(name);
    const Together mixed = mix_lines(*defence, {{"plug", 1}, {"lamp", 1}}, user);
    EXPECT_EQ(mixed.lines[0], mix_line(*defence, {"plug", 1}, plug)) << name;
    EXPECT_EQ(mixed.lines[1], mix_line(*defence, {"lamp", 1}, lamp)) << name;
    EXPECT_EQ(mixed.summaries[1].device, "lamp");
  }
}

TEST(OneLineOfAHome, is_what_the_mixer_makes_of_all_devices_packets_in_order) {
  std::vector<LinePacket> user;
  for (const DevicePacket& packet : random_user(1, 300)) user.push_back({0, packet});
  std::vector<DevicePacket> all;
  for (const LinePacket& each : user) all.push_back(each.packet);
  for (const char* name : {"ilp", "netflow"}) {
    const auto defence = ipet::test::make_component<Defence>(name);
    EXPECT_EQ(mix_lines(*defence, {{"home", 1}}, user).lines[0], mix_line(*defence, {"home", 1}, all))
        << name;
  }
}

}  // namespace
}  // namespace ipet::defence::test
