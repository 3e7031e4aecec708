// Features of windows that stay in their result file, and what happens when the file does not.
#include "stages/storage/stored_features.hpp"

#include <numeric>

#include <gmock/gmock.h>

#include "stages/traffic/random.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

constexpr std::uint32_t slots = 64;  // a kilobyte per window: 256 to a chunk

/// 700 windows of device0, then 500 of device1; defended ones of another capture.
std::filesystem::path stored(const Folder& folder, const std::string& name = "result.h5") {
  Hdf5Writer writer(folder / name, 4);
  writer.add(window_batch(0, 0, 0, 700, false, slots), {"a", 0});
  writer.add(window_batch(0, 1, 0, 500, false, slots), {"b", 0});
  writer.add(window_batch(3, 2, 0, 300, true, slots), {"c", 0});
  return writer.commit(facts());
}

StoredFeatures features_of(const std::filesystem::path& file, Stream stream = Stream::windows) {
  return {std::make_shared<const Hdf5Reader>(file), stream};
}

/// The first feature of each row.
std::vector<float> read(const StoredFeatures& features, const std::vector<std::uint64_t>& rows) {
  std::vector<float> all(rows.size() * slots * 4), out;
  features.read(rows, all.data());
  for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(all[i * slots * 4]);
  return out;
}

/// What samples.hpp puts there: d*100 + w.
float expected(std::uint64_t row) {
  return row < 700 ? static_cast<float>(row) : static_cast<float>(100 + row - 700);
}

TEST(StoredFeatures, AreWhatWasWrittenWhateverRowsAreAskedFor) {
  const Folder folder;
  const StoredFeatures features = features_of(stored(folder));
  std::vector<std::vector<std::uint64_t>> wanted = {{}, {0}, {1199}, {0, 1199}, {255, 256}, {699, 700, 701}};
  wanted.emplace_back(1200);
  std::iota(wanted.back().begin(), wanted.back().end(), 0U);
  constexpr std::uint64_t seed = 5;
  traffic::Random random(seed);
  for (int i = 0; i < 20; ++i) {
    std::vector<std::uint64_t> some;
    for (std::uint64_t row = 0; row < 1200; ++row)
      if (random.uniform() < 0.05 * i) some.push_back(row);
    wanted.push_back(some);
  }
  for (const std::vector<std::uint64_t>& rows : wanted) {
    std::vector<float> want;
    for (const std::uint64_t row : rows) want.push_back(expected(row));
    EXPECT_EQ(read(features, rows), want) << "seed " << seed;
  }
}

TEST(StoredFeatures, AreThoseOfTheStreamThatWasAskedFor) {
  const Folder folder;
  const std::filesystem::path file = stored(folder);
  EXPECT_EQ(read(features_of(file, Stream::defended_windows), {0, 299}), (std::vector<float>{3200, 3499}));
}

/// What reading says after `harm` was done to the file.
template <class Harm>
std::string message_after(const Folder& folder, Harm harm) {
  const std::filesystem::path file = stored(folder);
  const StoredFeatures features = features_of(file);
  (void)read(features, {5});
  harm(file);
  try {
    (void)read(features, {6});
  } catch (const StorageError& error) {
    return error.what();
  }
  return "";
}

TEST(StoredFeatures, SayThatTheirFileVanished) {
  const Folder folder;
  EXPECT_EQ(
      message_after(folder, [](const auto& file) { std::filesystem::remove(file); }),
      (folder / "result.h5").string() + ": vanished while it was being read: No such file or directory");
}

TEST(StoredFeatures, SayThatTheirFileWasTruncated) {
  const Folder folder;
  std::uintmax_t size = 0;
  const std::string message = message_after(folder, [&](const auto& file) {
    size = std::filesystem::file_size(file);
    std::filesystem::resize_file(file, 1000);
  });
  EXPECT_EQ(message, (folder / "result.h5").string() +
                         ": changed while it was being read: " + std::to_string(size) + " bytes became 1000");
}

TEST(StoredFeatures, SayThatAnotherFileTookTheirPlace) {
  const Folder folder;
  const std::string message = message_after(folder, [&](const auto& file) {
    std::filesystem::copy_file(file, folder / "copy.h5");
    std::filesystem::rename(folder / "copy.h5", file);
  });
  EXPECT_EQ(message, (folder / "result.h5").string() + ": changed while it was being read");
}

TEST(StoredFeatures, KeepTheFileOpenAsLongAsTheyLive) {
  const Folder folder;
  const std::filesystem::path file = stored(folder);
  auto reader = std::make_shared<const Hdf5Reader>(file);
  const StoredFeatures features(reader, Stream::windows);
  reader.reset();
  EXPECT_EQ(read(features, {700}), std::vector<float>{100});
}

}  // namespace
}  // namespace ipet::storage::test
