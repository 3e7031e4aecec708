// The check that readers begin with.
#include "stages/storage/format.hpp"

#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

TEST(Format, of_a_result_is_the_one_of_this_program) {
  const Folder folder;
  Hdf5Writer(folder / "result.h5", 4).commit(facts());
  EXPECT_EQ(check_format(folder / "result.h5"), format_version);
}

TEST(Format, of_another_version_is_refused) {
  const Folder folder;
  const std::filesystem::path file = folder / "result.h5";
  Hdf5Writer(file, 4).commit(facts());
  const auto error_with = [&](const std::string& version) {
    const CommandResult changed = run("/usr/bin/python3 -c \"import h5py; h5py.File('" + file.string() +
                                      "', 'a').attrs['format_version'] = " + version + "\"");
    EXPECT_EQ(changed.status, 0) << changed.output;
    return error_of([&] { check_format(file); });
  };
  EXPECT_EQ(
      error_with("5"),
      file.string() + ": format version 5, but this program reads 3 and 4: it was written by a newer ipet");
  EXPECT_EQ(error_with("2"),
            file.string() +
                ": format version 2, but this program reads 3 and 4: it was written by an older "
                "ipet; run its pipeline again");
}

TEST(Format, of_other_files_is_refused) {
  const Folder folder;
  const std::filesystem::path file = folder / "other.h5";
  EXPECT_EQ(error_of([&] { check_format(file); }), file.string() + ": No such file or directory");
  std::ofstream(file) << "text";
  EXPECT_EQ(error_of([&] { check_format(file); }),
            file.string() + ": not an HDF5 file: file signature not found");
  std::filesystem::remove(file);
  const CommandResult made =
      run("/usr/bin/python3 -c \"import h5py; h5py.File('" + file.string() + "', 'w')\"");
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_EQ(error_of([&] { check_format(file); }),
            file.string() + ": no attribute 'format_version': not a result file of ipet");
}

}  // namespace
}  // namespace ipet::storage::test
