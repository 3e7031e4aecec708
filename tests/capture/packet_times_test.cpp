// Whoever reads the frames again finds the times that the first reader found.
#include "stages/capture/packet_times.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"
#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;
using capture::ClockSteps;

using TimesOfParts = std::map<std::uint32_t, std::vector<traffic::Nanoseconds>>;

TimesOfParts by_reader(const std::vector<std::filesystem::path>& files, ClockSteps steps) {
  capture::PcapReader reader(files, {4, false, capture::Tunnels::outer, steps});
  TimesOfParts times;
  std::vector<traffic::Packet> packets;
  for (bool more = true; more;) {
    more = reader.next(1000, 10'000 * traffic::day, packets);
    for (const traffic::Packet& packet : packets) times[reader.part()].push_back(packet.time);
  }
  return times;
}

TimesOfParts by_packet_times(const std::vector<std::filesystem::path>& files, ClockSteps steps) {
  capture::PacketTimes all(files, steps);
  TimesOfParts times;
  for (; all.next() != nullptr; all.pop()) times[all.next()->part].push_back(all.next()->time);
  for (auto& [part, of] : times) std::sort(of.begin(), of.end());
  return times;
}

/// Steps and wrong times, but nothing late by less than a minute: TimeOrder moves such packets.
Bytes with_a_bad_clock(traffic::Random& random) {
  Bytes content = pcap_header();
  std::uint64_t now = 1'700'000'000'000;
  for (int i = 0; i < 8000; ++i) {
    now += random.below(300);
    if (random.below(1500) == 0) now -= 100'000'000 + random.below(1'000'000'000);
    if (random.below(3000) == 0) now += 4'000'000'000;
    const std::uint64_t time = random.below(500) == 0 ? now + 500'000'000 + random.below(9'000'000'000) : now;
    const Bytes frame = random.below(5) == 0 ? ethernet(0x0806, Bytes(28, 0)) : udp_frame(10);
    const Bytes record = pcap_record(static_cast<std::uint32_t>(time / 1000),
                                     static_cast<std::uint32_t>(time % 1000 * 1000), frame);
    content.insert(content.end(), record.begin(), record.end());
  }
  return content;
}

TEST(TimesOfPackets, AreThoseOfTheReader) {
  const std::uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  traffic::Random random(seed);
  for (int round = 0; round < 5; ++round) {
    const TemporaryFile file(with_a_bad_clock(random));
    const TimesOfParts expected = by_reader({file.path()}, ClockSteps::split);
    EXPECT_EQ(by_packet_times({file.path()}, ClockSteps::split), expected);
    EXPECT_EQ(by_packet_times({file.path()}, ClockSteps::move), by_reader({file.path()}, ClockSteps::move));
  }
}

}  // namespace
