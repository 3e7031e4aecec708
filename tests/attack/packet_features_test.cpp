// What a packet filter knows of a packet: itself and its neighbours.
#include "stages/attack/packet_features.hpp"

#include <gtest/gtest.h>

#include "tests/attack/lines.hpp"

namespace ipet::attack::test {
namespace {

/// All rows of packets, given to the features in parts.
std::vector<std::map<std::string, float>> rows_of(const std::vector<DevicePacket>& packets,
                                                  std::size_t part) {
  std::vector<std::map<std::string, float>> result;
  const std::vector<std::string> names = PacketFeatures::names();
  const PacketFeatures::Sink sink = [&](std::span<const DevicePacket> decided, std::span<const float> rows) {
    EXPECT_EQ(rows.size(), decided.size() * names.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % names.size() == 0) result.emplace_back();
      result.back()[names[i % names.size()]] = rows[i];
    }
  };
  PacketFeatures features;
  for (std::size_t at = 0; at < packets.size(); at += part)
    features.add(std::span(packets).subspan(at, std::min(part, packets.size() - at)), sink);
  features.end(sink);
  return result;
}

TEST(PacketFeatures, are_what_a_hand_would_note) {
  const Nanoseconds t = noon + 1'234'567;
  const auto rows = rows_of({out(t, 10), in(t + 30 * millisecond, 20, Protocol::udp),
                             in(t + 30 * millisecond, 20, Protocol::udp), out(t + 1050 * millisecond, 10)},
                            1);
  ASSERT_EQ(rows.size(), 4u);
  const std::map<std::string, float> expected{{"size", 20},
                                              {"direction", 1},
                                              {"protocol", 1},
                                              {"mod_5ms", 1'234'567},
                                              {"mod_10ms", 1'234'567},
                                              {"mod_50ms", 31'234'567},
                                              {"mod_100ms", 31'234'567},
                                              {"gap_before", 0},
                                              {"gap_after", 1.02e9F},
                                              {"gap_same", 0},
                                              {"gap_other", 3e7F},
                                              {"gap_next_other", 1.02e9F},
                                              {"period", 3e7F},
                                              {"period_mod", 3e7F},
                                              {"before_mod", 3e7F},
                                              {"after_mod", 2e7F},
                                              {"instant", 2},
                                              {"instant_place", 1},
                                              {"instant_same", 2},
                                              {"grid_5ms", 2},
                                              {"grid_10ms", 2},
                                              {"grid_50ms", 0},
                                              {"grid_100ms", 0},
                                              {"size_before_1", -21},
                                              {"size_before_2", 10},
                                              {"size_after_1", 10},
                                              {"size_after_2", -1e9F},
                                              {"same_around", 2}};
  EXPECT_EQ(rows[2], expected);
  EXPECT_EQ(rows[3].at("period"), 0);     // after a second of silence
  EXPECT_EQ(rows[3].at("grid_50ms"), 1);  // 1050 ms after the first one
  EXPECT_EQ(rows[3].at("grid_100ms"), 0);
}

TEST(PacketFeatures, do_not_depend_on_cuts) {
  SCOPED_TRACE("seed 5 of the line");
  const std::vector<DevicePacket> packets = random_line(5, 9000, noon);
  const auto whole = rows_of(packets, packets.size());
  ASSERT_EQ(whole.size(), packets.size());
  for (const std::size_t part : {1, 777, 4096}) EXPECT_TRUE(rows_of(packets, part) == whole) << part;
}

}  // namespace
}  // namespace ipet::attack::test
