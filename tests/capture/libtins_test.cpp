// Packets made and written by libtins, an independent producer, are read with the sizes they were made with.
#include <random>

#include <gtest/gtest.h>
#include <tins/tins.h>

#include "stages/traffic/random.hpp"
#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;

struct Made {
  std::uint32_t payload;
  bool tcp, v6;
  std::uint16_t source_port, destination_port;
};

Tins::EthernetII make(const Made& m, bool tagged, traffic::Random& random) {
  Tins::EthernetII frame("02:00:00:00:00:0b", "02:00:00:00:00:0a");
  if (tagged) frame /= Tins::Dot1Q(static_cast<std::uint16_t>(random.below(4095)), false);
  if (m.v6)
    frame /= Tins::IPv6("2001:db8::1", "fd00::2");
  else
    frame /= Tins::IP("8.8.8.8", "192.168.1.2");
  if (m.tcp) {
    Tins::TCP tcp(m.destination_port, m.source_port);
    if (random.below(2) == 0) tcp.mss(1460);
    if (random.below(2) == 0) tcp.timestamp(1, 2);
    frame /= tcp;
  } else {
    frame /= Tins::UDP(m.destination_port, m.source_port);
  }
  if (m.payload > 0) frame /= Tins::RawPDU(std::string(m.payload, 'x'));
  return frame;
}

TEST(LibtinsPackets, AreReadWithTheSizesTheyWereMadeWith) {
  const std::uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  traffic::Random random(seed);
  const TemporaryFile file({});
  std::vector<Made> all;
  {
    Tins::PacketWriter writer(file.text(), Tins::DataLinkType<Tins::EthernetII>());
    for (int i = 0; i < 2000; ++i) {
      const Made m{static_cast<std::uint32_t>(random.below(1400)), random.below(2) == 0, random.below(3) == 0,
                   static_cast<std::uint16_t>(1 + random.below(65535)),
                   static_cast<std::uint16_t>(1 + random.below(65535))};
      Tins::EthernetII frame = make(m, random.below(4) == 0, random);
      Tins::Packet packet(frame, std::chrono::microseconds(1'000'000 + i));
      writer.write(packet);
      all.push_back(m);
    }
  }
  const Decoded decoded = read_all({file.path()});
  ASSERT_EQ(decoded.packets.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const traffic::Packet& packet = decoded.packets[i];
    ASSERT_EQ(packet.payload, all[i].payload) << i;
    ASSERT_EQ(packet.protocol == traffic::Protocol::tcp, all[i].tcp) << i;
    ASSERT_EQ(packet.source_port, all[i].source_port) << i;
    ASSERT_EQ(packet.destination_port, all[i].destination_port) << i;
    ASSERT_EQ(packet.source.text(), all[i].v6 ? "fd00::2" : "192.168.1.2") << i;
    ASSERT_EQ(packet.time, 1'000'000'000 + static_cast<traffic::Nanoseconds>(i) * 1000) << i;
  }
}

}  // namespace
