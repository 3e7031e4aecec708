// Blocks of a pcap file: however they are cut and however many are decoded at once, the packets are those
// that come frame by frame.
#include <random>

#include <gtest/gtest.h>

#include "pipeline/checksum/content_hash.hpp"
#include "stages/capture/decode.hpp"
#include "stages/capture/frame_sequence.hpp"
#include "stages/traffic/random.hpp"
#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;
using capture::PcapReader;
using capture::RecordBlock;
using traffic::Packet;
using traffic::Random;

/// Frames up to the largest that fit UDP, so that records lie across the ends of blocks, and times that go
/// back now and then, by less and by more than the second within which packets are put in order.
Bytes random_capture(Random& random, std::size_t bytes) {
  Bytes content = pcap_header();
  std::uint64_t micros = 1'000'000'000;
  while (content.size() < bytes) {
    micros += random.below(20'000);
    std::uint64_t time = micros;
    if (random.below(50) == 0) time -= random.below(random.below(3) == 0 ? 5'000'000 : 900'000);
    const std::size_t size = random.below(20) == 0 ? random.below(60'000) : random.below(1400);
    const Bytes frame = random.below(10) == 0 ? ethernet(0x0806, Bytes(28, 0)) : udp_frame(size);
    const Bytes record = pcap_record(static_cast<std::uint32_t>(time / 1'000'000),
                                     static_cast<std::uint32_t>(time % 1'000'000), frame);
    content.insert(content.end(), record.begin(), record.end());
  }
  return content;
}

/// Every frame by itself through decode() and the time order.
std::vector<Packet> frame_by_frame(const std::vector<std::filesystem::path>& files) {
  capture::FrameSequence frames(files);
  capture::TimeOrder order;
  std::vector<Packet> packets;
  for (capture::Frame frame; frames.next(frame);) {
    Packet packet;
    if (capture::decode(frame, packet) != capture::Outcome::packet) continue;
    packet.time = frame.time;
    order.push(packet);
    while (order.ready()) packets.push_back(order.pop());
  }
  while (order.size() > 0) packets.push_back(order.pop());
  return packets;
}

struct Read {
  std::vector<Packet> packets;
  std::vector<std::string> losses;
  std::uint64_t frames = 0, reordered = 0, late = 0;
  std::vector<capture::FileRead> files;
};

Read read_in_blocks(const std::vector<std::filesystem::path>& files, std::size_t at_once, std::size_t limit) {
  PcapReader reader(files, {at_once, true});
  Read read;
  std::vector<Packet> packets;
  for (bool more = true; more;) {
    more = reader.next(limit, traffic::day, packets);
    EXPECT_LE(packets.size(), limit);
    read.packets.insert(read.packets.end(), packets.begin(), packets.end());
    for (capture::FileRead& file : reader.take_files_read()) read.files.push_back(std::move(file));
  }
  read.losses = reader.file_losses();
  read.frames = reader.statistics().frames;
  read.reordered = reader.statistics().reordered;
  read.late = reader.statistics().late;
  return read;
}

void expect_equal(const std::vector<Packet>& some, const std::vector<Packet>& others) {
  ASSERT_EQ(some.size(), others.size());
  for (std::size_t i = 0; i < some.size(); ++i) {
    ASSERT_EQ(some[i].time, others[i].time) << i;
    ASSERT_EQ(some[i].payload, others[i].payload) << i;
    ASSERT_EQ(some[i].source, others[i].source) << i;
  }
}

TEST(Blocks, GiveThePacketsThatComeFrameByFrame) {
  const std::uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Random random(seed);
  const TemporaryFile first(random_capture(random, 5'000'000));
  const std::vector<Packet> expected = frame_by_frame({first.path()});
  ASSERT_GT(expected.size(), 1000U);
  const Read one = read_in_blocks({first.path()}, 1, 1'000'000);
  EXPECT_GT(one.reordered, 0U);
  EXPECT_GT(one.late, 0U);
  for (const std::size_t at_once : {1, 2, 3, 16}) {
    for (const std::size_t limit : {7, 1000, 1'000'000}) {
      const Read read = read_in_blocks({first.path()}, at_once, limit);
      expect_equal(read.packets, expected);
      EXPECT_EQ(read.frames, one.frames);
      EXPECT_EQ(read.reordered, one.reordered);
      EXPECT_EQ(read.late, one.late);
    }
  }
}

TEST(Blocks, AreReadUpToTheByteWhereTheFileIsCutOrDamaged) {
  Random random(4);
  Bytes content = random_capture(random, 3'000'000);
  for (const std::size_t size :
       {std::size_t{30}, RecordBlock::capacity, RecordBlock::capacity + 25, content.size() - 1}) {
    const TemporaryFile cut(Bytes(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(size)));
    const Read one = read_in_blocks({cut.path()}, 1, 1000), many = read_in_blocks({cut.path()}, 8, 1000);
    expect_equal(one.packets, frame_by_frame({cut.path()}));
    expect_equal(many.packets, one.packets);
    ASSERT_EQ(one.losses.size(), 1U);
    EXPECT_EQ(many.losses, one.losses);
    EXPECT_NE(one.losses.front().find("cut short within a packet record that begins at byte "),
              std::string::npos);
  }
  std::size_t at = 24;  // of a record beyond the first block
  while (at < 1'500'000) at += 16 + capture::load<std::uint32_t>(content.data() + at + 8, false);
  content[at + 11] = 0xff;  // its length
  const TemporaryFile damaged(content);
  const Read one = read_in_blocks({damaged.path()}, 1, 1000),
             many = read_in_blocks({damaged.path()}, 8, 1000);
  expect_equal(many.packets, one.packets);
  EXPECT_EQ(many.losses, one.losses);
  ASSERT_EQ(one.losses.size(), 1U);
  EXPECT_NE(one.losses.front().find("damaged at byte " + std::to_string(at) + ":"), std::string::npos);
}

TEST(Checksums, AreThoseOfTheWholeFileWhereverReadingEnded) {
  Random random(5);
  Bytes whole = random_capture(random, 2'000'000), damaged = whole;
  damaged[24 + 11] = 0xff;
  for (const Bytes& content : {whole, damaged, pcap_header()}) {
    const TemporaryFile file(content);
    const Read read = read_in_blocks({file.path()}, 4, 1000);
    ASSERT_EQ(read.files.size(), 1U);
    EXPECT_EQ(read.files.front().path, file.path());
    EXPECT_EQ(read.files.front().bytes, content.size());
    EXPECT_EQ(read.files.front().checksum,
              checksum::ContentHash().bytes(content.data(), content.size()).text());
  }
}

}  // namespace
