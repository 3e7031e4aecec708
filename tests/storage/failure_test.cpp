// What goes wrong on disks: one clear error, nothing left behind, an earlier result untouched.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}
std::string read_text(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

const std::string next_step = "; let this run write elsewhere (--output, or the stage's option)";

TEST(Failure, without_commit_leaves_nothing_and_keeps_the_earlier_result) {
  const Folder folder;
  write_text(folder / "result.h5", "earlier");
  {
    Hdf5Writer writer(folder / "result.h5", 4);
    writer.add(window_batch(0, 0, 0, 5000), {"a", 0});
  }
  EXPECT_EQ(folder.entries(), std::vector<std::string>{"result.h5"});
  EXPECT_EQ(read_text(folder / "result.h5"), "earlier");
}

TEST(Failure, in_commit_leaves_nothing_and_keeps_the_earlier_result) {
  const Folder folder;
  write_text(folder / "result.h5", "earlier");
  {
    Hdf5Writer writer(folder / "result.h5", 4);
    fingerprint::TrainedModel model;
    model.parameters = {{"w", {2, 3}, {1, 2}}};
    writer.add(model, "d");
    EXPECT_NE(error_of([&] { writer.commit(facts()); }), "");
  }
  EXPECT_EQ(folder.entries(), std::vector<std::string>{"result.h5"});
  EXPECT_EQ(read_text(folder / "result.h5"), "earlier");
}

TEST(Failure, commit_that_is_cancelled_while_it_writes_leaves_the_earlier_result_and_no_other_file) {
  const Folder folder;
  write_text(folder / "result.h5", "earlier");
  int calls = 0;
  for (const int last : {1, 3}) {
    Hdf5Writer writer(folder / "result.h5", 4);
    writer.on_write([&, last] {
      if (++calls == last) throw StorageError("cancelled");
    });
    EXPECT_EQ(error_of([&] { writer.commit(facts()); }), "cancelled");
    EXPECT_EQ(calls, last);
    calls = 0;
  }
  EXPECT_EQ(folder.entries(), std::vector<std::string>{"result.h5"});
  EXPECT_EQ(read_text(folder / "result.h5"), "earlier");
}

TEST(Failure, commit_replaces_the_earlier_result_and_leaves_no_other_file) {
  const Folder folder;
  write_text(folder / "result.h5", "earlier");
  Hdf5Writer(folder / "result.h5", 4).commit(facts());
  EXPECT_EQ(folder.entries(), std::vector<std::string>{"result.h5"});
  EXPECT_EQ(read_text(folder / "result.h5").substr(1, 3), "HDF");
}

TEST(Failure, of_a_folder_that_is_a_file_names_both) {
  const Folder folder;
  write_text(folder / "runs", "");
  EXPECT_EQ(error_of([&] { Hdf5Writer(folder / "runs/x/result.h5", 4); }),
            (folder / "runs/x/result.h5").string() + ": cannot create folder " +
                (folder / "runs/x").string() + ": Not a directory" + next_step);
}

TEST(Failure, of_a_folder_that_cannot_be_written_names_the_reason) {
  // Root may write anywhere except where no file can be made.
  const std::filesystem::path file = "/proc/self/result.h5";
  EXPECT_THAT(
      error_of([&] { Hdf5Writer(file, 4); }),
      testing::AnyOf(
          std::string("/proc/self/result.h5: cannot write in /proc/self: No such file or directory") +
              next_step,
          std::string("/proc/self/result.h5: cannot write in /proc/self: Permission denied") + next_step));
}

TEST(Failure, two_writers_of_one_file_are_refused) {
  const Folder folder;
  const Hdf5Writer first(folder / "result.h5", 4);
  EXPECT_EQ(error_of([&] { Hdf5Writer(folder / "./result.h5", 4); }),
            (folder / "./result.h5").string() + ": two stages write this file; give each its own");
}

/// Fills a disk of 2 MiB with rows of `messages` messages, then commits; returns the error.
std::string filled(const std::filesystem::path& file, int messages) {
  return error_of([&] {
    Hdf5Writer writer(file, 0);
    for (int i = 0; i < messages; ++i)
      writer.add(window_batch(0, i % 7, i, 1000), {"a", static_cast<std::uint64_t>(i)});
    writer.commit(facts());
  });
}

struct SmallDisk {
  explicit SmallDisk(std::filesystem::path at)
      : folder(std::move(at)), mounted(::mount("ipet-test", folder.c_str(), "tmpfs", 0, "size=2m") == 0) {}
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted) ::umount(folder.c_str());
  }
  std::filesystem::path folder;
  bool mounted;
};

TEST(Failure, of_a_full_disk_names_path_and_reason) {
  const Folder folder;
  const SmallDisk disk(folder.path());
  if (!disk.mounted)
    GTEST_SKIP() << "mounting a small disk needs root; the limited file size covers part of this";
  write_text(folder / "result.h5", "earlier");
  // 60 kB a message: the first overflows while writing the result, the second while the rows still come.
  for (const int messages : {20, 60}) {
    EXPECT_EQ(filled(folder / "result.h5", messages),
              (folder / "result.h5").string() + ": No space left on device");
    EXPECT_EQ(folder.entries(), std::vector<std::string>{"result.h5"});
    EXPECT_EQ(read_text(folder / "result.h5"), "earlier");
  }
  EXPECT_EQ(filled(folder / "result.h5", 8), "");
}

TEST(Failure, at_any_byte_of_the_result_is_clean) {
  const Folder folder;
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const std::filesystem::path file = folder / "result.h5";
  int failures = 0;
  // Few rows, so that most of what cannot be written is HDF5's own structure, at closing too.
  for (rlim_t size = 1; size < 60'000; size = size * 5 / 4 + 1) {
    std::string error;
    {
      Hdf5Writer writer(file, 4);
      for (int i = 0; i < 40; ++i)
        writer.add(packet_batch(0, "c", numbered("device", i), 0, 5, true),
                   {"a", static_cast<std::uint64_t>(i)});
      const rlimit small{size, before.rlim_max};
      ::setrlimit(RLIMIT_FSIZE, &small);
      error = error_of([&] { writer.commit(facts()); });
      ::setrlimit(RLIMIT_FSIZE, &before);
    }
    if (error.empty()) break;
    ++failures;
    ASSERT_EQ(error, file.string() + ": File too large") << "limit " << size;
    ASSERT_TRUE(folder.entries().empty()) << "limit " << size;
  }
  EXPECT_GT(failures, 20);
}

}  // namespace
}  // namespace ipet::storage::test
