// File formats: byte orders, resolutions, pcapng, compression. pcapng comes from editcap, mergecap and from
// hand.
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;

constexpr traffic::Nanoseconds second = traffic::second;

/// The four magics of pcap: what the fraction 123,456 of a second means in each.
TEST(Pcap, InBothByteOrdersAndResolutions) {
  const Bytes frame = udp_frame(10);
  const auto size = static_cast<std::uint32_t>(frame.size());
  auto little = [&](std::uint32_t magic) {
    return pcap_header(1, magic) + pcap_record(1000, 123'456, frame);
  };
  auto big = [&](std::uint32_t magic) {
    return be32(magic) + be16(2) + be16(4) + be32(0) + be32(0) + be32(65535) + be32(1) + be32(1000) +
           be32(123'456) + be32(size) + be32(size) + frame;
  };
  for (const auto& [content, time] :
       std::vector<std::pair<Bytes, traffic::Nanoseconds>>{{little(0xa1b2c3d4), 1000 * second + 123'456'000},
                                                           {little(0xa1b23c4d), 1000 * second + 123'456},
                                                           {big(0xa1b2c3d4), 1000 * second + 123'456'000},
                                                           {big(0xa1b23c4d), 1000 * second + 123'456}}) {
    const Decoded decoded = read_bytes(content);
    ASSERT_EQ(decoded.packets.size(), 1u);
    EXPECT_EQ(decoded.packets[0].time, time);
    EXPECT_EQ(decoded.packets[0].payload, 10u);
  }
}

TEST(Pcap, LinkTypeIsReadWithoutTheBitsOfTheFrameCheckSequence) {
  EXPECT_EQ(read_frame(0x54000001, udp_frame(10)).packets.size(), 1u);
}

// pcapng blocks by hand, in either byte order (draft-ietf-opsawg-pcapng section 4).
struct Writer {
  bool big = false;
  [[nodiscard]] Bytes u16(std::uint32_t v) const { return big ? be16(v) : le16(v); }
  [[nodiscard]] Bytes u32(std::uint32_t v) const { return big ? be32(v) : le32(v); }
  [[nodiscard]] Bytes block(std::uint32_t type, Bytes body) const {
    while (body.size() % 4 != 0) body.push_back(0);
    const auto length = static_cast<std::uint32_t>(body.size() + 12);
    return u32(type) + u32(length) + body + u32(length);
  }
  [[nodiscard]] Bytes section() const {
    return block(0x0a0d0d0a, u32(0x1a2b3c4d) + u16(1) + u16(0) + u32(0xffffffff) + u32(0xffffffff));
  }
  [[nodiscard]] Bytes interface(std::uint32_t link, const Bytes& options = {}, std::uint32_t snap = 0) const {
    return block(1, u16(link) + u16(0) + u32(snap) + options);
  }
  [[nodiscard]] Bytes resolution(std::uint8_t value) const { return u16(9) + u16(1) + Bytes{value, 0, 0, 0}; }
  [[nodiscard]] Bytes offset(std::int32_t seconds) const {
    const Bytes low = u32(static_cast<std::uint32_t>(seconds)), high = u32(seconds < 0 ? 0xffffffffu : 0);
    return u16(14) + u16(8) + (big ? high + low : low + high);
  }
  [[nodiscard]] Bytes enhanced(std::uint32_t id, std::uint64_t ticks, const Bytes& frame) const {
    const auto size = static_cast<std::uint32_t>(frame.size());
    return block(6, u32(id) + u32(static_cast<std::uint32_t>(ticks >> 32)) +
                        u32(static_cast<std::uint32_t>(ticks)) + u32(size) + u32(size) + frame);
  }
};
const Writer little_endian{false}, big_endian{true};

std::vector<traffic::Nanoseconds> times(const Decoded& decoded) {
  std::vector<traffic::Nanoseconds> all;
  for (const traffic::Packet& packet : decoded.packets) all.push_back(packet.time);
  return all;
}

TEST(Pcapng, InBothByteOrdersAndSeveralSections) {
  Bytes content;
  for (const Writer& w : {little_endian, big_endian, little_endian})
    content = content + w.section() + w.interface(1) + w.block(4, Bytes(20, 0)) +
              w.enhanced(0, 5'000'001, udp_frame(10));
  const Decoded decoded = read_bytes(content);
  EXPECT_THAT(times(decoded), testing::Each(5 * second + 1'000));
  EXPECT_EQ(decoded.packets.size(), 3u);
}

TEST(Pcapng, WithTheResolutionAndOffsetOfEachInterface) {
  const Writer& w = little_endian;
  const Bytes frame = udp_frame(10), raw(frame.begin() + 14, frame.end());
  const Bytes content = w.section() + w.interface(1, w.resolution(9) + w.u32(0)) +
                        w.interface(101, w.resolution(0x80 | 10) + w.offset(100)) +
                        w.interface(1, w.offset(-7)) + w.interface(1, w.resolution(3)) +
                        w.interface(1, w.resolution(12)) + w.enhanced(0, 100'000'000'007, frame) +
                        w.enhanced(1, 1024 + 512, raw) + w.enhanced(2, 108'600'000, frame) +
                        w.enhanced(3, 101'700, frame) + w.enhanced(4, 101'800'000'000'999, frame);
  EXPECT_THAT(times(read_bytes(content)),
              testing::ElementsAre(100 * second + 7, 101 * second + 500'000'000, 101 * second + 600'000'000,
                                   101 * second + 700'000'000, 101 * second + 800'000'000));
}

TEST(Pcapng, SimplePacketsInFrontGetTheFirstTimeThereIs) {
  const Writer& w = little_endian;
  const Bytes frame = udp_frame(30),
              simple = w.block(3, w.u32(static_cast<std::uint32_t>(frame.size())) + frame);
  EXPECT_THAT(
      times(read_bytes(w.section() + w.interface(1) + simple + simple + w.enhanced(0, 9'000'000, frame))),
      testing::ElementsAre(9 * second, 9 * second, 9 * second));
  EXPECT_THAT(times(read_bytes(w.section() + w.interface(1) + simple + simple)), testing::ElementsAre(0, 0));
}

TEST(Pcapng, SimplePacketsGetTheTimeBeforeThemAndAreReported) {
  const Writer& w = big_endian;
  const Bytes frame = udp_frame(30);
  const auto size = static_cast<std::uint32_t>(frame.size());
  const Decoded decoded = read_bytes(w.section() + w.interface(1) + w.enhanced(0, 9'000'000, frame) +
                                     w.block(3, w.u32(size) + frame));
  EXPECT_THAT(times(decoded), testing::ElementsAre(9 * second, 9 * second));
  EXPECT_EQ(decoded.packets[1].payload, 30u);
  EXPECT_EQ(decoded.statistics.without_time, 1u);
  EXPECT_THAT(decoded.statistics.losses(),
              testing::ElementsAre("1 packet without a usable time got the time of a neighbour"));
}

TEST(Pcapng, SimplePacketsAreCutAtTheSnapLength) {
  const Writer& w = little_endian;
  const Bytes whole = udp_frame(30), kept(whole.begin(), whole.begin() + 46);
  const Bytes content = w.section() + w.interface(1, {}, 46) +
                        w.block(3, w.u32(static_cast<std::uint32_t>(whole.size())) + kept);
  EXPECT_EQ(read_bytes(content).packets.at(0).payload, 30u);
}

TEST(Pcapng, ObsoletePacketBlocks) {
  const Writer& w = little_endian;
  const Bytes frame = udp_frame(12);
  const auto size = static_cast<std::uint32_t>(frame.size());
  const Decoded decoded =
      read_bytes(w.section() + w.interface(1) +
                 w.block(2, w.u16(0) + w.u16(3) + w.u32(0) + w.u32(77) + w.u32(size) + w.u32(size) + frame));
  EXPECT_THAT(times(decoded), testing::ElementsAre(77'000));
}

TEST(Pcapng, OtherBlocksAreSkippedHoweverLong) {
  const Writer& w = little_endian;
  const Decoded decoded = read_bytes(w.section() + w.block(0x0bad, Bytes(3'000'000, 7)) + w.interface(1) +
                                     w.enhanced(0, 1, udp_frame(1)));
  EXPECT_EQ(decoded.packets.size(), 1u);
  EXPECT_THAT(decoded.file_losses, testing::IsEmpty());
}

TEST(Pcapng, FramesOfInterfacesThatCannotBeDecodedAreCountedAndTheOthersUsed) {
  const Writer& w = little_endian;
  const Decoded decoded =
      read_bytes(w.section() + w.interface(195) + w.interface(1) + w.enhanced(0, 1, udp_frame(1)) +
                 w.enhanced(1, 2, udp_frame(2)) + w.enhanced(2, 3, udp_frame(3)));
  EXPECT_EQ(decoded.packets.size(), 1u);
  EXPECT_EQ(decoded.statistics.unsupported, 1u);
  EXPECT_EQ(decoded.statistics.undecodable, 1u);  // of an interface that was never described
}

TEST(Pcapng, WithTimesBeyondAllReasonDoesNotOverflow) {
  const Writer& w = little_endian;
  for (const std::uint8_t resolution : Bytes{0, 6, 19, 20, 0x80, 0xbf, 0xff}) {
    const Decoded decoded = read_bytes(w.section() + w.interface(1, w.resolution(resolution)) +
                                       w.enhanced(0, ~std::uint64_t{0}, udp_frame(1)));
    EXPECT_EQ(decoded.packets.size(), 1u);
    EXPECT_GE(decoded.packets[0].time, 0);
  }
}

bool run(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

void expect_same_packets(const Decoded& actual, const Decoded& expected) {
  ASSERT_EQ(actual.packets.size(), expected.packets.size());
  for (std::size_t i = 0; i < actual.packets.size(); ++i) {
    EXPECT_EQ(actual.packets[i].time, expected.packets[i].time);
    EXPECT_EQ(actual.packets[i].payload, expected.packets[i].payload);
    EXPECT_EQ(actual.packets[i].source_mac, expected.packets[i].source_mac);
  }
}

Bytes ten_packets(std::uint32_t magic = 0xa1b2c3d4) {
  Bytes content = pcap_header(1, magic);
  for (std::uint32_t i = 0; i < 10; ++i) content = content + pcap_record(100 + i, 17 * i, udp_frame(i));
  return content;
}

TEST(EditcapAndMergecap, WriteFilesThatReadAlike) {
  if (!run("command -v editcap") || !run("command -v mergecap")) GTEST_SKIP() << "editcap is not installed";
  const TemporaryFile micro(ten_packets()), nano(ten_packets(0xa1b23c4d)), made({}, ".pcapng");
  const Decoded expected = read_all({micro.path()}), expected_nano = read_all({nano.path()});
  for (const std::string format : {"pcapng", "pcap", "nsecpcap"}) {
    ASSERT_TRUE(run("editcap -F " + format + " " + micro.text() + " " + made.text()));
    expect_same_packets(read_all({made.path()}), expected);
  }
  ASSERT_TRUE(run("editcap -F pcapng " + nano.text() + " " + made.text()));
  expect_same_packets(read_all({made.path()}), expected_nano);
  ASSERT_TRUE(run("mergecap -a -F pcapng -w " + made.text() + " " + micro.text() + " " + micro.text()));
  EXPECT_EQ(read_all({made.path()}).statistics.packets, 20u);
}

Bytes gzip(const Bytes& content) {
  Bytes packed(content.size() + 1000);
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  Bytes in = content;
  stream.next_in = in.data();
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}
Bytes zstd(const Bytes& content) {
  Bytes packed(ZSTD_compressBound(content.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), content.data(), content.size(), 3));
  return packed;
}

TEST(Compression, IsToldByTheFirstBytesWhateverTheName) {
  const TemporaryFile plain(ten_packets()), zipped(gzip(ten_packets()), ".pcap"),
      zs(zstd(ten_packets()), ".cap");
  expect_same_packets(read_all({zipped.path()}), read_all({plain.path()}));
  expect_same_packets(read_all({zs.path()}), read_all({plain.path()}));
}

TEST(Compression, OfSeveralMembersIsReadToTheEnd) {
  const Bytes content = ten_packets();
  const Bytes half(content.begin(), content.begin() + 200), rest(content.begin() + 200, content.end());
  EXPECT_EQ(read_bytes(gzip(half) + gzip(rest)).packets.size(), 10u);
  EXPECT_EQ(read_bytes(zstd(half) + zstd(rest)).packets.size(), 10u);
}

TEST(Compression, CutShortGivesWhatIsWholeAndIsReported) {
  Bytes content = pcap_header();
  for (std::uint32_t i = 0; i < 5000; ++i)
    content = content + pcap_record(i, i * 7919 % 1'000'000, udp_frame(i % 90));
  for (Bytes packed : {gzip(content), zstd(content)}) {
    packed.resize(packed.size() * 3 / 4);
    const Decoded decoded = read_bytes(packed);
    EXPECT_GT(decoded.packets.size(), 1000u);
    EXPECT_LT(decoded.packets.size(), 5000u);
    ASSERT_EQ(decoded.file_losses.size(), 1u);
    EXPECT_THAT(decoded.file_losses[0], testing::HasSubstr("the compressed data are cut short"));
  }
}

TEST(Compression, ThatIsDamagedIsReported) {
  Bytes packed = gzip(ten_packets());
  packed[packed.size() - 6] ^= 0xff;  // the checksum
  const Decoded decoded = read_bytes(packed);
  EXPECT_EQ(decoded.packets.size(), 10u);
  ASSERT_EQ(decoded.file_losses.size(), 1u);
  EXPECT_THAT(decoded.file_losses[0], testing::HasSubstr("the gzip data are damaged: incorrect data check"));
}

}  // namespace
