#include "stages/capture/time_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;
using testing::ElementsAre;

/// A capture with one packet per time (in ms); the payload numbers the packets.
Decoded read_times(const std::vector<std::uint32_t>& milliseconds) {
  Bytes content = pcap_header();
  std::size_t number = 0;
  for (const std::uint32_t ms : milliseconds)
    content = content + pcap_record(100 + ms / 1000, ms % 1000 * 1000, udp_frame(number++));
  return read_bytes(content);
}
std::vector<std::uint32_t> order(const Decoded& decoded) {
  std::vector<std::uint32_t> numbers;
  for (const traffic::Packet& packet : decoded.packets) numbers.push_back(packet.payload);
  return numbers;
}
std::vector<std::int64_t> times(const Decoded& decoded) {
  std::vector<std::int64_t> all;
  for (const traffic::Packet& packet : decoded.packets) all.push_back(packet.time / 1'000'000 - 100'000);
  return all;
}

TEST(TimeOrder, IsRestoredWithinASecond) {
  const Decoded decoded = read_times({0, 900, 200, 950, 940, 3000});
  EXPECT_THAT(order(decoded), ElementsAre(0, 2, 1, 4, 3, 5));
  EXPECT_THAT(times(decoded), ElementsAre(0, 200, 900, 940, 950, 3000));
  EXPECT_EQ(decoded.statistics.reordered, 2u);
  EXPECT_EQ(decoded.statistics.late, 0u);
}

TEST(TimeOrder, KeepsTheOrderOfPacketsAtTheSameTime) {
  EXPECT_THAT(order(read_times({5, 5, 3, 5, 3})), ElementsAre(2, 4, 0, 1, 3));
}

TEST(TimeOrder, OlderPacketsGetTheTimeOfTheNewestDelivered) {
  // 2000 lets 0 go and 4000 lets 2000 go; then 500 is too old by more than a second.
  const Decoded decoded = read_times({0, 2000, 4000, 500, 4100});
  EXPECT_THAT(times(decoded), ElementsAre(0, 2000, 2000, 4000, 4100));
  EXPECT_THAT(order(decoded), ElementsAre(0, 1, 3, 2, 4));
  EXPECT_EQ(decoded.statistics.late, 1u);
  EXPECT_THAT(
      decoded.statistics.losses(),
      ElementsAre("1 packet more than a second out of order got the time of the newest packet before"));
}

TEST(TimeOrder, GoesOnAcrossTheFilesOfARecording) {
  const TemporaryFile first(pcap_header() + pcap_record(1, 0, udp_frame(0)) +
                            pcap_record(1, 500'000, udp_frame(2)));
  const TemporaryFile second(pcap_header() + pcap_record(1, 400'000, udp_frame(1)) +
                             pcap_record(9, 0, udp_frame(3)));
  const Decoded decoded = read_all({first.path(), second.path()});
  EXPECT_THAT(order(decoded), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(decoded.statistics.files, 2u);
}

TEST(TimeOrder, HoldsABoundedNumberOfPackets) {
  capture::TimeOrder order;
  traffic::Packet packet;
  packet.time = 7;
  std::size_t most = 0;
  for (int i = 0; i < 200'000; ++i) {
    order.push(packet);
    while (order.ready()) order.pop();
    most = std::max(most, order.size());
  }
  EXPECT_EQ(most, capture::TimeOrder::most_held);
}

TEST(Batches, AreNeverLargerThanAskedAndLoseNothing) {
  Bytes content = pcap_header();
  for (std::uint32_t i = 0; i < 1000; ++i) content = content + pcap_record(i / 10, i, udp_frame(i));
  const TemporaryFile file(content);
  for (const std::size_t limit : {1u, 7u, 999u, 1000u, 5000u}) {
    capture::PcapReader reader({file.path()});
    std::vector<traffic::Packet> packets;
    std::size_t total = 0;
    for (bool more = true; more;) {
      more = reader.next(limit, traffic::day, packets);
      EXPECT_LE(packets.size(), limit);
      for (const traffic::Packet& packet : packets) EXPECT_EQ(packet.payload, total++);
    }
    EXPECT_EQ(total, 1000u);
  }
}

TEST(Batches, SpanLessTimeThanAsked) {
  Bytes content = pcap_header();
  for (const std::uint32_t time : {0u, 1u, 9u, 10u, 11u, 500u})
    content = content + pcap_record(time, 0, udp_frame(1));
  const TemporaryFile file(content);
  capture::PcapReader reader({file.path()});
  std::vector<traffic::Packet> packets;
  std::vector<std::size_t> sizes;
  for (bool more = true; more;) {
    more = reader.next(100, 10 * traffic::second, packets);
    sizes.push_back(packets.size());
  }
  EXPECT_THAT(sizes, ElementsAre(3, 2, 1));  // 0 1 9, 10 11, 500
}

}  // namespace
