// Every packing that captures come in, made by the programs that make them where they are there, else by
// their libraries.
#include "stages/capture/compression.hpp"

#include <bzlib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Bytes capture_of(std::uint32_t from, std::uint32_t to) {
  Bytes content = from == 0 ? pcap_header() : Bytes();
  for (std::uint32_t i = from; i < to; ++i) content = content + pcap_record(i, 0, udp_frame(i * 7));
  return content;
}

Bytes gzip(const Bytes& content) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  Bytes packed(content.size() + 1000);
  stream.next_in = const_cast<Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
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
Bytes bzip2(const Bytes& content) {
  Bytes packed(content.size() + 1000);
  auto size = static_cast<unsigned>(packed.size());
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(reinterpret_cast<char*>(packed.data()), &size,
                                     const_cast<char*>(reinterpret_cast<const char*>(content.data())),
                                     static_cast<unsigned>(content.size()), 9, 0, 0),
            BZ_OK);
  packed.resize(size);
  return packed;
}
Bytes xz(const Bytes& content) {
  Bytes packed(content.size() + 1000);
  std::size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, content.data(), content.size(),
                                    packed.data(), &size, packed.size()),
            LZMA_OK);
  packed.resize(size);
  return packed;
}
Bytes lz4(const Bytes& content) {
  LZ4F_preferences_t wanted{};
  wanted.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  Bytes packed(LZ4F_compressFrameBound(content.size(), &wanted));
  packed.resize(LZ4F_compressFrame(packed.data(), packed.size(), content.data(), content.size(), &wanted));
  return packed;
}

using Pack = Bytes (*)(const Bytes&);
class Packing : public testing::TestWithParam<std::pair<std::string, Pack>> {
 protected:
  [[nodiscard]] static Bytes pack(const Bytes& content) { return GetParam().second(content); }
};

TEST_P(Packing, GivesWhatWasPacked) {
  const Decoded plain = read_bytes(capture_of(0, 100)), packed = read_bytes(pack(capture_of(0, 100)));
  ASSERT_EQ(packed.packets.size(), 100U);
  EXPECT_EQ(packed.packets[99].payload, plain.packets[99].payload);
  EXPECT_THAT(packed.file_losses, IsEmpty());
}

TEST_P(Packing, OfSeveralPartsIsOneFile) {
  const Decoded decoded = read_bytes(pack(capture_of(0, 40)) + pack(capture_of(40, 100)));
  EXPECT_EQ(decoded.packets.size(), 100U);
  EXPECT_THAT(decoded.file_losses, IsEmpty());
}

TEST_P(Packing, CutShortAnywhereIsReportedAndNeverHangs) {
  const Bytes whole = pack(capture_of(0, 40));
  const TemporaryFile file({});
  for (std::size_t size = 8; size < whole.size(); size += 1 + whole.size() / 200) {
    file.write(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    try {
      const Decoded decoded = read_all({file.path()});
      ASSERT_THAT(decoded.file_losses, ElementsAre(HasSubstr("the compressed data are cut short"))) << size;
    } catch (const capture::CaptureError& error) {
      ASSERT_THAT(error.what(), HasSubstr("the compressed data are cut short")) << size;
    }
  }
}

TEST_P(Packing, WithAWrongByteIsReported) {
  Bytes packed = pack(capture_of(0, 100));
  packed[packed.size() / 2] ^= 0x55;
  packed[packed.size() / 2 + 1] ^= 0x55;
  // What gave bytes before its checksum came is seen by these, too.
  try {
    EXPECT_THAT(read_bytes(packed).file_losses, ElementsAre(HasSubstr("damaged")));
  } catch (const capture::CaptureError& error) {
    EXPECT_THAT(error.what(), HasSubstr("damaged"));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Packing,
                         testing::Values(std::pair<std::string, Pack>("gzip", gzip),
                                         std::pair<std::string, Pack>("zstd", zstd),
                                         std::pair<std::string, Pack>("bzip2", bzip2),
                                         std::pair<std::string, Pack>("xz", xz),
                                         std::pair<std::string, Pack>("lz4", lz4)),
                         [](const auto& info) { return info.param.first; });

Bytes skippable(std::uint32_t number, const Bytes& content) {
  return le32(0x184d2a50 + number) + le32(static_cast<std::uint32_t>(content.size())) + content;
}

TEST(SkippableFrames, InFrontBelongToTheFormatThatFollows) {
  const Bytes four(4, 9), large(300'000, 1), beyond(1'200'000, 1);
  for (const Bytes& skipped :
       {skippable(0, four), skippable(15, four) + skippable(3, {}), skippable(7, large)}) {
    EXPECT_EQ(read_bytes(skipped + zstd(capture_of(0, 50))).packets.size(), 50U);
    EXPECT_EQ(read_bytes(skipped + lz4(capture_of(0, 50))).packets.size(), 50U);
  }
  EXPECT_EQ(read_bytes(skippable(0, beyond) + zstd(capture_of(0, 50))).packets.size(), 50U);
}

TEST(ZeroPadding, BehindWholeDataIsNoDamage) {
  for (const Pack pack : {gzip, bzip2}) {
    const Decoded padded = read_bytes(pack(capture_of(0, 50)) + Bytes(100'000, 0));
    EXPECT_EQ(padded.packets.size(), 50U);
    EXPECT_THAT(padded.file_losses, IsEmpty());
    const Decoded between = read_bytes(pack(capture_of(0, 20)) + Bytes(512, 0) + pack(capture_of(20, 50)));
    EXPECT_EQ(between.packets.size(), 50U);
    const Decoded garbage = read_bytes(pack(capture_of(0, 50)) + Bytes(5, 0) + Bytes(50, 7));
    EXPECT_EQ(garbage.packets.size(), 50U);
    EXPECT_THAT(garbage.file_losses, ElementsAre(HasSubstr("data are damaged")));
  }
}

TEST(WhatIsNoCapture, IsNamedWithTheCommandThatHelps) {
  const auto named = [](const std::string& head) {
    return capture::what_else_it_is({reinterpret_cast<const std::uint8_t*>(head.data()), head.size()});
  };
  EXPECT_EQ(named("PK\x03\x04"), "a zip archive; unpack it with 'unzip'");
  EXPECT_EQ(named("snoop\0\0\0"), "a capture of snoop; convert it with 'editcap -F pcap IN OUT'");
  EXPECT_EQ(named("hello"), "");
  EXPECT_EQ(named(""), "");
}

}  // namespace
