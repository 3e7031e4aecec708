// Damaged input: cut anywhere, mutated at random, not a capture at all.
#include <cstdlib>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/traffic/random.hpp"
#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;
namespace fs = std::filesystem;

std::string error_of(const fs::path& path) {
  try {
    (void)read_all({path});
  } catch (const capture::CaptureError& error) {
    return error.what();
  }
  return "no error";
}

TEST(NotACapture, IsAnErrorThatNamesTheFile) {
  const TemporaryFile empty({}), text({'h', 'e', 'l', 'l', 'o', '\n'}), tiny({0xd4, 0xc3});
  EXPECT_EQ(error_of(empty.path()), empty.text() + ": empty file, not a capture");
  EXPECT_EQ(error_of(text.path()), text.text() + ": not a capture (neither pcap nor pcapng)");
  EXPECT_EQ(error_of(tiny.path()), tiny.text() + ": not a capture (neither pcap nor pcapng)");
}

TEST(NotACapture, AFolderOrAMissingFileIsAnErrorThatSaysSo) {
  const std::string folder = fs::temp_directory_path().string();
  EXPECT_EQ(error_of(folder), folder + ": is a folder, not a capture");
  EXPECT_EQ(error_of("/nowhere/x.pcap"), "/nowhere/x.pcap: cannot be opened: No such file or directory");
}

TEST(NotACapture, AnUnreadableFileIsAnErrorThatSaysSo) {
  const TemporaryFile file(pcap_header());
  fs::permissions(file.path(), fs::perms::none);
  const uid_t user = ::geteuid();
  constexpr uid_t nobody = 65534;  // root would read it all the same
  ASSERT_EQ(user == 0 ? ::seteuid(nobody) : 0, 0);
  const std::string error = error_of(file.path());
  ASSERT_EQ(user == 0 ? ::seteuid(user) : 0, 0);
  EXPECT_EQ(error, file.text() + ": cannot be opened: Permission denied");
}

TEST(CaptureWithoutPackets, IsNormalInputAndReported) {
  const TemporaryFile file(pcap_header());
  const Decoded decoded = read_all({file.path()});
  EXPECT_THAT(decoded.packets, testing::IsEmpty());
  EXPECT_THAT(decoded.file_losses, testing::ElementsAre(file.text() + ": a capture without packets"));
  EXPECT_EQ(decoded.statistics.without_frames, 1u);
}

TEST(PcapCutAtAnyByte, GivesEveryWholePacketAndReportsTheRest) {
  const std::vector<Bytes> records = {pcap_record(1, 0, udp_frame(5)), pcap_record(2, 0, udp_frame(0)),
                                      pcap_record(3, 0, udp_frame(40))};
  Bytes content = pcap_header();
  std::vector<std::size_t> ends = {content.size()};
  for (const Bytes& record : records) {
    content = content + record;
    ends.push_back(content.size());
  }
  const TemporaryFile file({});
  for (std::size_t size = 4; size <= content.size(); ++size) {
    file.write(Bytes(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(size)));
    const Decoded decoded = read_all({file.path()});
    std::size_t whole = 0;
    while (whole + 1 < ends.size() && ends[whole + 1] <= size) ++whole;
    ASSERT_EQ(decoded.packets.size(), whole) << size;
    if (size == ends[whole] && whole > 0) {
      ASSERT_THAT(decoded.file_losses, testing::IsEmpty()) << size;
    } else if (size < 24) {
      ASSERT_THAT(
          decoded.file_losses,
          testing::ElementsAre(file.text() + ": cut short within the file header that begins at byte 0"));
    } else if (size > ends[whole]) {
      ASSERT_THAT(
          decoded.file_losses,
          testing::ElementsAre(file.text() + ": cut short within a packet record that begins at byte " +
                               std::to_string(ends[whole])));
      ASSERT_EQ(decoded.statistics.cut_short, 1u);
    }
  }
}

TEST(PcapngCutAtAnyByte, GivesEveryWholePacketAndReportsTheRest) {
  if (std::system("command -v editcap >/dev/null") != 0) GTEST_SKIP() << "editcap is not installed";
  const TemporaryFile pcap(pcap_header() + pcap_record(1, 0, udp_frame(5)) +
                           pcap_record(2, 0, udp_frame(40)));
  const TemporaryFile made({}, ".pcapng"), cut({}, ".pcapng");
  ASSERT_EQ(std::system(("editcap -F pcapng " + pcap.text() + " " + made.text()).c_str()), 0);
  std::ifstream in(made.path(), std::ios::binary);
  const Bytes content((std::istreambuf_iterator<char>(in)), {});
  ASSERT_EQ(read_all({made.path()}).packets.size(), 2u);
  std::size_t most = 0, clean = 0;
  for (std::size_t size = 4; size <= content.size(); ++size) {
    cut.write(Bytes(content.begin(), content.begin() + static_cast<std::ptrdiff_t>(size)));
    const Decoded decoded = read_all({cut.path()});
    ASSERT_GE(decoded.packets.size(), most) << "a whole packet was lost at " << size;
    most = decoded.packets.size();
    if (decoded.file_losses.empty()) ++clean;
  }
  EXPECT_EQ(most, 2u);
  EXPECT_LE(clean, 3u);  // only where a packet block ends, and trailing blocks
  EXPECT_GE(clean, 2u);
}

TEST(AbsurdRecordLength, EndsTheFileThereWithTheOffset) {
  const Bytes good = pcap_record(1, 0, udp_frame(5));
  Bytes bad = pcap_record(2, 0, udp_frame(6));
  bad[11] = 0x7f;  // captured length, highest byte
  const TemporaryFile file(pcap_header() + good + bad + good);
  const Decoded decoded = read_all({file.path()});
  EXPECT_EQ(decoded.packets.size(), 1u);
  // 0x7f000000 + 14 + 20 + 8 + 6
  EXPECT_THAT(decoded.file_losses,
              testing::ElementsAre(file.text() + ": damaged at byte " + std::to_string(24 + good.size()) +
                                   ": a packet record of 2130706480 bytes; the rest is left out"));
}

/// Mutates, reads, and relies on the sanitizers and on the invariants below. Prints its seed.
void mutate(const Bytes& original, std::uint64_t seed) {
  traffic::Random random(seed);
  const TemporaryFile file({});
  for (int round = 0; round < 400; ++round) {
    Bytes content = original;
    for (std::uint64_t i = 0, n = 1 + random.below(8); i < n; ++i) {
      const auto at = static_cast<std::size_t>(random.below(content.size()));
      content[at] = random.below(3) == 0 ? 0xff : static_cast<std::uint8_t>(random.bits());
    }
    if (random.below(4) == 0) content.resize(static_cast<std::size_t>(random.below(content.size())));
    file.write(content);
    try {
      const Decoded decoded = read_all({file.path()}, 1 + random.below(5));
      const capture::CaptureStatistics& s = decoded.statistics;
      ASSERT_EQ(s.frames, s.packets + s.other_protocols + s.fragments + s.undecodable + s.unsupported);
      ASSERT_EQ(s.packets, decoded.packets.size());
      for (std::size_t i = 1; i < decoded.packets.size(); ++i)
        ASSERT_GE(decoded.packets[i].time, decoded.packets[i - 1].time);
    } catch (const capture::CaptureError& error) {
      ASSERT_EQ(std::string(error.what()).find(file.text()), 0u);
    }
  }
}

std::uint64_t a_seed() {
  const std::uint64_t seed = std::random_device{}();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

Bytes mixed_pcap() {
  return pcap_header() + pcap_record(1, 0, udp_frame(5)) +
         pcap_record(2, 0,
                     ethernet(0x8100, be16(1) + be16(0x86dd) +
                                          ipv6(0, Bytes{44, 0} + Bytes(6, 0) + Bytes{6, 0} + Bytes(6, 0) +
                                                      tcp_header(8) + payload(3)))) +
         pcap_record(3, 0, ethernet(0x0800, ipv4(6, tcp_header(4) + payload(9), 12)));
}

TEST(MutatedPcap, NeverCrashesAndAddsUp) {
  mutate(mixed_pcap(), a_seed());
}

TEST(MutatedPcapng, NeverCrashesAndAddsUp) {
  if (std::system("command -v editcap >/dev/null") != 0) GTEST_SKIP() << "editcap is not installed";
  const TemporaryFile pcap(mixed_pcap()), made({}, ".pcapng");
  ASSERT_EQ(std::system(("editcap -F pcapng " + pcap.text() + " " + made.text()).c_str()), 0);
  std::ifstream in(made.path(), std::ios::binary);
  mutate(Bytes((std::istreambuf_iterator<char>(in)), {}), a_seed());
}

}  // namespace
