// Digests: what ipet wrote and nobody touched is told from all else.
#include "stages/storage/seal.hpp"

#include <algorithm>
#include <cstring>

#include <gmock/gmock.h>

#include "stages/storage/hdf5_reader.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// What reading all windows and packets says, and what ends it.
struct Heard {
  std::vector<std::string> warnings;
  std::string error;
  std::vector<double> silences;
};

Heard read_all(const std::filesystem::path& file) {
  Heard heard;
  heard.error = error_of([&] {
    const Hdf5Reader reader(file, [&](const std::string& text) { heard.warnings.push_back(text); });
    for (const StoredRows& rows : reader.rows(Stream::windows)) {
      const windows::WindowBatch batch = reader.read_windows(rows, 0, rows.count);
      heard.silences.insert(heard.silences.end(), batch.silence.begin(), batch.silence.end());
    }
    for (const StoredRows& rows : reader.rows(Stream::mixed)) (void)reader.read_packets(rows, 0, rows.count);
  });
  return heard;
}

class Digests : public testing::Test {
 protected:
  Digests() {
    Hdf5Writer writer(file, 4);
    writer.add(window_batch(0, 0, 0, 5), {"x", 0});
    writer.add(packet_batch(0, "capture0", "device0", 0, 5, true), {"y", 0});
    writer.commit(facts());
  }
  void python(const std::string& code) const {
    std::ofstream(folder / "change.py") << "import h5py, sys\npath = sys.argv[1]\n" << code;
    const CommandResult done =
        run("/usr/bin/python3 '" + (folder / "change.py").string() + "' '" + file.string() + "'");
    ASSERT_EQ(done.status, 0) << done.output;
  }
  /// Changes one stored byte of a dataset, or of the text `metadata` in the file.
  void flip(const std::string& dataset, const std::string& metadata = "") const {
    python("at = h5py.File(path)['" + dataset +
           "'].id.get_chunk_info(0).byte_offset + 9\n"
           "data = bytearray(open(path, 'rb').read())\n"
           "if '" +
           metadata + "': at = data.index(b'" + metadata +
           "')\n"
           "data[at] ^= 1\nopen(path, 'wb').write(data)\n");
  }

  Folder folder;
  std::filesystem::path file = folder / "result.h5";
};

// A file of holes is as long as it likes.
TEST(SealBlock, is_given_no_memory_for_a_length_that_the_file_made_up) {
  constexpr std::uint64_t bytes = 40'000'000'000;
  const std::string last = "block 039000000000\n";
  std::size_t longest = 0;
  const auto read = [&](std::uint64_t at, char* into, std::size_t size) {
    longest = std::max(longest, size);
    std::memset(into, 0, size);
    if (at == bytes - last.size()) std::memcpy(into, last.data(), last.size());
    return true;
  };
  EXPECT_EQ(check_seal(bytes, read), Seal::absent);
  EXPECT_LT(longest, 1000U);
}

TEST_F(Digests, of_an_untouched_file_raise_no_doubt) {
  const Heard heard = read_all(file);
  EXPECT_THAT(heard.warnings, IsEmpty());
  EXPECT_EQ(heard.error, "");
  EXPECT_THAT(heard.silences, ElementsAre(0, 0.25, 0.5, 0.75, 1));
}

TEST_F(Digests, of_an_interrupted_run_are_whole_and_what_it_lacks_is_said) {
  std::filesystem::remove(file);
  {
    Hdf5Writer writer(file, 4);
    writer.add(window_batch(0, 0, 0, 5), {"x", 0});
    RunFacts some = facts();
    some.interrupted = true;
    writer.commit(some);
  }
  const Heard heard = read_all(file);
  EXPECT_EQ(heard.error, "");
  EXPECT_THAT(heard.warnings,
              ElementsAre(file.string() +
                          ": is of a run that was interrupted, and holds what was complete then; run its "
                          "pipeline again for all of it"));
}

TEST_F(Digests, tell_a_damaged_dataset_by_its_name) {
  flip("windows/silence");
  const Heard heard = read_all(file);
  EXPECT_THAT(heard.error,
              testing::MatchesRegex(file.string() +
                                    ": /windows/silence: damaged since ipet wrote it: its digest is "
                                    "[0-9a-f]{32}, not [0-9a-f]{32}; take the file from a copy, or run "
                                    "its pipeline again"));
  EXPECT_THAT(heard.warnings, IsEmpty());
}

TEST_F(Digests, of_data_that_nobody_reads_are_not_checked) {
  flip("provenance/plugins/version");
  EXPECT_EQ(read_all(file).error, "");
}

TEST_F(Digests, tell_damage_outside_the_data) {
  flip("windows/silence", "quick");  // the attribute `name` of the root
  const Heard heard = read_all(file);
  EXPECT_EQ(heard.error, "");
  EXPECT_THAT(
      heard.warnings,
      ElementsAre(file.string() +
                  ": is not as ipet wrote it, by the digest behind its end: edited, damaged or made by "
                  "another program; it was looked through like any foreign file"));
}

TEST_F(Digests, are_gone_when_a_column_was_added_and_all_else_is_read) {
  python("with h5py.File(path, 'a') as f: f['windows/mine'] = [1, 2, 3, 4, 5]\n");
  const Heard heard = read_all(file);
  EXPECT_EQ(heard.error, "");
  EXPECT_THAT(
      heard.warnings,
      ElementsAre(file.string() +
                  ": has no digests of ipet behind its end: edited, damaged or made by another program; it "
                  "was looked through like any foreign file"));
  EXPECT_THAT(heard.silences, ElementsAre(0, 0.25, 0.5, 0.75, 1));
}

TEST_F(Digests, name_the_dataset_that_was_edited) {
  python("with h5py.File(path, 'a') as f: f['windows/silence'][1] = 7\n");
  const Heard heard = read_all(file);
  EXPECT_EQ(heard.error, "");
  EXPECT_THAT(heard.silences, ElementsAre(0, 7, 0.5, 0.75, 1));
  EXPECT_THAT(
      heard.warnings,
      ElementsAre(HasSubstr("has no digests"),
                  testing::StartsWith(file.string() +
                                      ": /windows/silence: edited or damaged since ipet wrote it: its "
                                      "digest is ")));
}

TEST_F(Digests, that_were_cut_off_leave_a_readable_file) {
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  const Heard heard = read_all(file);
  EXPECT_EQ(heard.error, "");
  EXPECT_THAT(heard.warnings, ElementsAre(HasSubstr("has no digests of ipet behind its end")));
}

TEST(SealBlock, covers_every_byte_outside_the_raw_ranges_and_no_other) {
  const std::string content = "0123456789abcdefghij";
  const auto seal_of = [](const std::string& whole) {
    return check_seal(whole.size(), [&](std::uint64_t offset, char* into, std::size_t size) {
      if (offset > whole.size() || size > whole.size() - offset) return false;
      whole.copy(into, size, offset);
      return true;
    });
  };
  const std::string block = seal_block(
      content.size(), {{3, 4}, {10, 2}, {20, 0}},
      [&](std::uint64_t offset, char* into, std::size_t size) {
        return content.copy(into, size, offset) == size;
      },
      "file");
  const std::string whole = content + block;
  EXPECT_EQ(seal_of(whole), Seal::intact);
  EXPECT_EQ(seal_of(content), Seal::absent);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string other = whole;
    other[i] = static_cast<char>(other[i] ^ 1);
    const bool raw = (i >= 3 && i < 7) || (i >= 10 && i < 12);
    EXPECT_EQ(seal_of(other) == Seal::intact, raw) << "byte " << i;
  }
}

}  // namespace
}  // namespace ipet::storage::test
