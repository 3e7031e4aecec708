// Checksums of libraries, against published values of XXH3-128.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "pipeline/catalog/library.hpp"

namespace {

class ChecksumTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "ipet-test-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path write(const std::string& text) {
    std::ofstream(folder_ / "file", std::ios::binary) << text;
    return folder_ / "file";
  }
  std::filesystem::path folder_;
};

TEST_F(ChecksumTest, OfAnEmptyFileIsTheOneThatXxhashStates) {
  // `printf '' | xxh128sum`
  EXPECT_EQ(ipet::catalog::file_checksum(write("")), "99aa06d3014798d86001c324468d497f");
}

TEST_F(ChecksumTest, DoesNotDependOnHowTheFileIsRead) {
  // Longer than the buffer; one byte makes another sum.
  std::string text(200'001, 'x');
  const std::string first = ipet::catalog::file_checksum(write(text));
  EXPECT_EQ(first.size(), 32u);
  EXPECT_EQ(ipet::catalog::file_checksum(write(text)), first);
  text.back() = 'y';
  EXPECT_NE(ipet::catalog::file_checksum(write(text)), first);
}

TEST_F(ChecksumTest, OfAMissingFileNamesIt) {
  try {
    ipet::catalog::file_checksum(folder_ / "none");
    FAIL() << "a missing file has no checksum";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()), (folder_ / "none").string() + ": cannot be read");
  }
}

}  // namespace
