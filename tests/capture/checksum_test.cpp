// What is known of a file is of the bytes that were read, while another program writes to it.
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "stages/capture/byte_source.hpp"
#include "stages/capture/file_search.hpp"
#include "stages/capture/inspection.hpp"
#include "stages/capture/patience.hpp"
#include "stages/capture/pcap_reader.hpp"
#include "tests/capture/frames.hpp"

namespace {

namespace fs = std::filesystem;
using namespace ipet::capture;
using namespace ipet::test;
namespace traffic = ipet::traffic;

class Checksum : public testing::Test {
 protected:
  Checksum() : file_(fs::temp_directory_path() / ("ipet-checksum-" + std::to_string(::getpid()))) {
    std::ofstream(file_) << "abc";
  }
  ~Checksum() override { fs::remove(file_); }
  void append(const std::string& text) const { std::ofstream(file_, std::ios::app) << text; }

  fs::path file_;
  FileChecksum checksum_;
  // Python's xxhash: xxh3_128_hexdigest(b"abc")
  const std::string of_abc_ = "06b05ab6733a618578af5f94892f3950";
};

TEST_F(Checksum, OfAFileThatGrowsAfterItsEndWasMetIsOfWhatWasRead) {
  ByteSource source(open_input(file_, &checksum_));
  EXPECT_EQ(source.peek(100).size(), 3U);
  append("def");
  checksum_.finish();
  EXPECT_EQ(checksum_.bytes(), 3U);
  EXPECT_EQ(checksum_.text(), of_abc_);
}

TEST_F(Checksum, OfAFileThatWasLeftInTheMiddleIsOfTheWholeFile) {
  append("defghi");
  const auto input = open_input(file_, &checksum_);
  std::uint8_t byte = 0;
  EXPECT_EQ(input->read(&byte, 1), 1U);
  append("jkl");
  checksum_.finish();
  EXPECT_EQ(checksum_.bytes(), 12U);
  FileChecksum at_once;
  ByteSource whole(open_input(file_, &at_once));
  EXPECT_EQ(whole.peek(100).size(), 12U);
  EXPECT_EQ(checksum_.text(), at_once.text());
}

/// Of a thread that has none left.
const auto none_left = [] { return Patience([] { return true; }); };

TEST_F(Checksum, OfALongRestIsGivenUpWhenPatienceEnds) {
  std::filesystem::resize_file(file_, std::uintmax_t{1} << 40);  // sparse: minutes to read
  const auto input = open_input(file_, &checksum_);
  std::uint8_t byte = 0;
  EXPECT_EQ(input->read(&byte, 1), 1U);
  const Patience patience = none_left();
  checksum_.finish();
  EXPECT_LT(checksum_.bytes(), std::uint64_t{1} << 30);
}

TEST(EndOfPatience, EndsReadingInWhichNoPacketsCome) {
  Bytes arp = pcap_header();
  const Bytes record = pcap_record(1, 0, ethernet(0x0806, Bytes(28, 0)));
  for (int i = 0; i < 20'000; ++i) arp.insert(arp.end(), record.begin(), record.end());
  const TemporaryFile file(arp);
  for (const std::size_t blocks : {1U, 2U}) {
    PcapReader reader({file.path()}, {blocks, true});
    std::vector<traffic::Packet> packets;
    {
      const Patience patience = none_left();
      EXPECT_TRUE(reader.next(10, traffic::second, packets));
      EXPECT_LT(reader.statistics().frames, 20'000U);
      EXPECT_TRUE(reader.take_files_read().empty());
    }
    EXPECT_FALSE(reader.next(10, traffic::second, packets)) << "who asks again gets the rest";
    EXPECT_EQ(reader.statistics().frames, 20'000U);
  }
}

TEST(EndOfPatience, EndsTheLookForCapturesWithWhatWasFoundSoFar) {
  const TemporaryFile file(pcap_header());
  const FileKind pcaps{"capture", {".pcap"}};
  const Patience patience = none_left();
  EXPECT_TRUE(inspect({{file.path(), "a.pcap"}}).good.empty());
  EXPECT_TRUE(search_folder(pcaps, file.path().parent_path()).files.empty());
}

}  // namespace
