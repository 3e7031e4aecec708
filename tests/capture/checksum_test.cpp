// What is known of a file is of the bytes that were read, while another program writes to it.
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "stages/capture/byte_source.hpp"

namespace {

namespace fs = std::filesystem;
using namespace ipet::capture;

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

}  // namespace
