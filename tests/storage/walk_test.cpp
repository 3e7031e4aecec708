// The child process that looks through foreign files, with programs in its place that do what HDF5 does on
// damaged ones: no such file is kept here.
#include <chrono>
#include <csignal>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "stages/storage/hdf5_reader.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

using namespace std::chrono_literals;

class Walk : public testing::Test {
 protected:
  Walk() {
    Hdf5Writer(sealed, 4).commit(facts());
    std::filesystem::copy_file(sealed, foreign);
    std::filesystem::resize_file(foreign, std::filesystem::file_size(foreign) - 1);
  }
  /// A shell script that takes the child's place.
  [[nodiscard]] Walker walker(const std::string& script, std::chrono::milliseconds patience = 20s) const {
    const std::filesystem::path program = folder / "walker";
    std::ofstream(program) << "#!/bin/sh\n" << script << "\n";
    ::chmod(program.c_str(), 0700);
    return {program, patience};
  }
  [[nodiscard]] std::string error(const std::filesystem::path& file, const Walker& walker) const {
    return error_of([&] { Hdf5Reader(file, {}, walker); });
  }

  Folder folder;
  std::filesystem::path sealed = folder / "sealed.h5", foreign = folder / "foreign.h5";
};

TEST_F(Walk, that_does_not_end_is_ended_and_called_damage) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(error(foreign, walker("sleep 60", 250ms)),
            foreign.string() + ": this file is damaged: HDF5 did not finish walking it within 0.25 s");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
}

TEST_F(Walk, ends_when_nobody_waits_for_it_any_more) {
  const std::filesystem::path pid = folder / "pid";
  Walker waited = walker("echo $$ > '" + pid.string() + "'; exec sleep 60");
  struct Enough {};
  waited.while_waiting = [&] {
    if (std::filesystem::exists(pid) && std::filesystem::file_size(pid) > 0) throw Enough();
  };
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THROW(Hdf5Reader(foreign, {}, waited), Enough);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
  int child = 0;
  std::ifstream(pid) >> child;
  EXPECT_EQ(::kill(child, 0), -1) << "it lives on";
}

TEST_F(Walk, that_crashes_is_called_damage) {
  EXPECT_EQ(error(foreign, walker("kill -SEGV $$")),
            foreign.string() +
                ": this file is damaged: HDF5 crashed in walking it (signal 11, Segmentation fault)");
}

TEST_F(Walk, that_asks_for_all_memory_is_called_damage) {
  EXPECT_EQ(error(foreign, walker("exit 3")),
            foreign.string() + ": this file is damaged: HDF5 asks for more than 4096 MiB in walking it");
}

TEST_F(Walk, without_its_program_says_so) {
  EXPECT_EQ(error(foreign, {folder / "nothing", 1s}),
            foreign.string() + ": cannot start " + (folder / "nothing").string() +
                ", which looks through foreign HDF5 files: No such file or directory");
}

TEST_F(Walk, is_done_once_and_for_foreign_files_only) {
  const std::filesystem::path count = folder / "count";
  const Walker counting = walker("echo x >> '" + count.string() + "'");
  EXPECT_EQ(error(sealed, counting), "");
  EXPECT_FALSE(std::filesystem::exists(count)) << "a file as ipet wrote it";
  EXPECT_EQ(error(foreign, counting), "");
  EXPECT_EQ(error(foreign, counting), "");
  EXPECT_EQ(std::filesystem::file_size(count), 2U) << "once";
  std::filesystem::last_write_time(foreign, std::filesystem::file_time_type::clock::now() - 1h);
  EXPECT_EQ(error(foreign, counting), "");
  EXPECT_EQ(std::filesystem::file_size(count), 4U) << "again, after a change";
}

TEST_F(Walk, is_of_the_file_that_is_read) {
  EXPECT_EQ(error(foreign, walker("echo x >> '" + foreign.string() + "'")),
            foreign.string() + ": changed while it was being opened");
}

TEST_F(Walk, of_what_is_no_file_is_refused) {
  const std::filesystem::path pipe = folder / "pipe.h5";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(error(pipe, Walker{}), pipe.string() + ": not a file: HDF5 files cannot be streams");
}

TEST_F(Walk, by_the_real_program_ends_in_a_file_whose_groups_go_in_circles) {
  std::ofstream(folder / "make.py") << R"(
import h5py, sys
with h5py.File(sys.argv[1], 'a') as f:
    f['windows/again'] = f['/']
    f['windows/soft'] = h5py.SoftLink('/windows/soft')
    f['windows/elsewhere'] = h5py.ExternalLink('nothing.h5', '/')
    f['mine'] = ['a', 'longer text']
)";
  Hdf5Writer writer(folder / "circle.h5", 4);
  writer.add(window_batch(0, 0, 0, 5), {"x", 0});
  writer.commit(facts());
  const CommandResult made = run("/usr/bin/python3 '" + (folder / "make.py").string() + "' '" +
                                 (folder / "circle.h5").string() + "'");
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_NE(walker_program(), "");
  EXPECT_EQ(error(folder / "circle.h5", Walker{}), "");
}

}  // namespace
}  // namespace ipet::storage::test
