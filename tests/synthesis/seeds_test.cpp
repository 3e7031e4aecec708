#include <gtest/gtest.h>

#include "tests/synthesis/fixtures.hpp"

namespace ipet::synthesis::test {
namespace {

TEST(SynthesisSeed, gives_the_same_bytes_again) {
  const Folder first, second;
  const auto a = make(first, 7, 2).files, b = make(second, 7, 2).files;
  ASSERT_EQ(a.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(contents(a[i]), contents(b[i]));
  EXPECT_GT(contents(a[0]).size(), 100'000U);
}

TEST(SynthesisSeed, gives_other_bytes_when_it_is_another) {
  const Folder first, second;
  EXPECT_NE(contents(make(first, 7).files[0]), contents(make(second, 8).files[0]));
}

TEST(SynthesisSeed, does_not_make_two_recordings_alike) {
  const Folder folder;
  const auto files = make(folder, 7, 2).files;
  // Behind the file header of 24 bytes and the first packet's time of 8, which differs anyway.
  EXPECT_NE(contents(files[0]).substr(32, 2000), contents(files[1]).substr(32, 2000));
}

TEST(SynthesisFiles, are_numbered_so_that_they_sort_and_leave_no_temporary_file) {
  const Folder folder;
  const auto result = make(folder, 7, 11, 2);
  EXPECT_EQ(result.files[0].filename(), "recording-01.pcap");
  EXPECT_EQ(result.files[10].filename(), "recording-11.pcap");
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 12U);
}

TEST(SynthesisFiles, are_not_left_half_written_when_the_run_is_stopped) {
  const Folder folder;
  TrafficSynthesizerOptions options;
  options.folder = folder.path;
  options.captures = 1;
  options.duration = std::chrono::hours(2);
  options.start = parse_time("2026-03-02T18:00:00Z").value();
  EXPECT_THROW(synthesise(read_home(shipped_home), options,
                          [](double fraction, std::string_view) {
                            if (fraction > 0.1) throw std::runtime_error("stopped");
                          }),
               std::runtime_error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path));
}

TEST(SynthesisFiles, that_cannot_be_made_are_named) {
  const Folder folder;
  std::ofstream(folder.path / "file") << "in the way";
  TrafficSynthesizerOptions options;
  options.folder = folder.path / "file" / "captures";
  try {
    synthesise(read_home(shipped_home), options, [](double, std::string_view) {});
    FAIL() << "made a folder below a file";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              options.folder.string() + ": cannot create folder " + options.folder.string() +
                  ": Not a directory; let this run write elsewhere (--output, or the stage's option)");
  }
}

TEST(SynthesisTime, is_read_from_iso_8601_in_utc) {
  EXPECT_EQ(parse_time("1970-01-02T00:00:01Z"), 86401 * traffic::second);
  EXPECT_EQ(parse_time("2026-03-02T16:00:00Z"), 1772467200 * traffic::second);  // date -u -d ... +%s
  for (const char* wrong : {"", "2026-03-02", "2026-02-30T00:00:00Z", "2026-03-02T24:00:00Z",
                            "2026-03-02T16:00:00", "2026-03-02T16:00:00Zx", "2026-3-2T1:0:0Z"})
    EXPECT_EQ(parse_time(wrong), std::nullopt) << wrong;
}

}  // namespace
}  // namespace ipet::synthesis::test
