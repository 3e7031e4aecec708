// Complete training stages in files: they come back bit for bit or not at all.
#include <gmock/gmock.h>

#include "stages/storage/checkpoint_folder.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

using generator::CompleteStage;

struct Recorder : fingerprint::Observer {
  void info(std::string_view text) override { infos.emplace_back(text); }
  void warn(std::string_view text) override { warnings.emplace_back(text); }
  std::vector<std::string> infos, warnings;
};

/// Two devices of one slot, one without windows; parameters in an order that is not the alphabet's, one of
/// them without dimensions.
CompleteStage sample(float shift) {
  CompleteStage made;
  made.generation.devices.resize(2);
  for (std::size_t d = 0; d < 2; ++d) {
    generator::Generator& device = made.generation.devices[d];
    for (std::size_t i = 0; i < generator::latent_size * 4; ++i)
      device.weight.push_back(shift + static_cast<float>(i) / 7 + static_cast<float>(d) * 100);
    device.bias = {shift, -0.0F, 1e-42F, static_cast<float>(d)};
    device.first_loss = 0.1 + shift;
    device.last_loss = 1.0 / 3;
    device.windows = d * 12345678901;
  }
  made.generation.discriminator = {
      {"output.kernel", {2, 3}, {1, 2, 3, 4, 5, shift}}, {"dense/bias", {2}, {7, 8}}, {"a_scale", {}, {9}}};
  made.generation.discriminator_loss = 2.0 / 3;
  made.optimiser = {77, {1, 2, shift}, {4, 5, 6}};
  return made;
}

void expect_equal_stage(const CompleteStage& a, const CompleteStage& b) {
  ASSERT_EQ(a.generation.devices.size(), b.generation.devices.size());
  for (std::size_t d = 0; d < a.generation.devices.size(); ++d) {
    const generator::Generator &x = a.generation.devices[d], &y = b.generation.devices[d];
    EXPECT_EQ(x.weight, y.weight);
    EXPECT_EQ(x.bias, y.bias);
    EXPECT_EQ(x.first_loss, y.first_loss);
    EXPECT_EQ(x.last_loss, y.last_loss);
    EXPECT_EQ(x.windows, y.windows);
  }
  EXPECT_EQ(a.generation.discriminator_loss, b.generation.discriminator_loss);
  ASSERT_EQ(a.generation.discriminator.size(), b.generation.discriminator.size());
  for (std::size_t i = 0; i < a.generation.discriminator.size(); ++i) {
    EXPECT_EQ(a.generation.discriminator[i].name, b.generation.discriminator[i].name);
    EXPECT_EQ(a.generation.discriminator[i].shape, b.generation.discriminator[i].shape);
    EXPECT_EQ(a.generation.discriminator[i].values, b.generation.discriminator[i].values);
  }
  EXPECT_EQ(a.optimiser.steps, b.optimiser.steps);
  EXPECT_EQ(a.optimiser.first, b.optimiser.first);
  EXPECT_EQ(a.optimiser.second, b.optimiser.second);
}

class Checkpoint : public testing::Test {
 protected:
  CheckpointFolder open(const std::string& key = "one", bool fresh = false) {
    return CheckpointFolder(folder / "generators", key, fresh, recorder);
  }
  /// Three stages of chain 0, one of chain 1.
  void fill() {
    CheckpointFolder store = open();
    for (std::size_t stage = 0; stage < 3; ++stage) store.save(0, stage, sample(static_cast<float>(stage)));
    store.save(1, 0, sample(10));
  }
  /// A file of the key "one", the first that was used.
  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "generators")) {
      if (std::filesystem::exists(entry.path() / name)) return entry.path() / name;
    }
    return {};
  }
  /// All files, in the order of their folders, without those.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path() / "generators")) {
      if (entry.is_regular_file()) all.push_back(entry.path());
    }
    std::sort(all.begin(), all.end());
    std::vector<std::string> names;
    for (const std::filesystem::path& path : all) names.push_back(path.filename());
    return names;
  }
  static std::string content(const std::filesystem::path& path) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  static void write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  const Folder folder;
  Recorder recorder;
};

TEST_F(Checkpoint, comes_back_bit_for_bit_from_the_first_stage_on) {
  fill();
  CheckpointFolder store = open();
  const std::vector<CompleteStage> chain = store.load(0, 5);
  ASSERT_EQ(chain.size(), 3U);
  for (std::size_t stage = 0; stage < 3; ++stage)
    expect_equal_stage(chain[stage], sample(static_cast<float>(stage)));
  ASSERT_EQ(store.load(1, 5).size(), 1U);
  expect_equal_stage(store.load(1, 5)[0], sample(10));
  EXPECT_TRUE(std::signbit(chain[0].generation.devices[0].bias[1])) << "-0 became 0";
  EXPECT_EQ(store.load(0, 2).size(), 2U);
  EXPECT_TRUE(store.load(2, 5).empty());
  EXPECT_TRUE(recorder.infos.empty());
  EXPECT_TRUE(recorder.warnings.empty());
}

TEST_F(Checkpoint, is_plain_hdf5) {
  fill();
  const CommandResult seen =
      run("/usr/bin/python3 -c \"import h5py, sys; f = h5py.File(sys.argv[1]); "
          "print(f.attrs['chain'], f.attrs['training_stage'], f['generators/weight'].shape, "
          "f['discriminator/output.kernel'][1].tolist(), f['optimiser'].attrs['steps'])\" '" +
          file("chain_0_stage_3.h5").string() + "'");
  EXPECT_EQ(seen.output, "0 3 (2, 20, 4) [4.0, 5.0, 2.0] 77\n");
}

TEST_F(Checkpoint, after_a_gap_is_not_used) {
  fill();
  std::filesystem::remove(file("chain_0_stage_2.h5"));
  EXPECT_EQ(open().load(0, 5).size(), 1U);
}

TEST_F(Checkpoint, of_another_key_stays_beside_and_is_used_again_with_its_own) {
  fill();
  const std::string kept = "checkpoints of 1 other training stay in " + (folder / "generators").string() +
                           " \\([0-9]+ KiB\\); remove what is not wanted any more";
  {
    CheckpointFolder store = open("two");
    EXPECT_TRUE(store.load(0, 5).empty());
    EXPECT_THAT(
        recorder.infos,
        testing::ElementsAre(testing::MatchesRegex(
            "options or inputs differ from those of the earlier run: training starts afresh; " + kept)));
    store.save(0, 0, sample(20));
  }
  recorder.infos.clear();
  {
    CheckpointFolder store = open("two");
    ASSERT_EQ(store.load(0, 5).size(), 1U);
    expect_equal_stage(store.load(0, 5)[0], sample(20));
  }
  CheckpointFolder store = open("one");
  ASSERT_EQ(store.load(0, 5).size(), 3U);
  expect_equal_stage(store.load(0, 5)[2], sample(2));
  EXPECT_THAT(recorder.infos, testing::Each(testing::MatchesRegex(kept)));
  EXPECT_EQ(recorder.infos.size(), 2U);
  EXPECT_TRUE(recorder.warnings.empty());
}

TEST_F(Checkpoint, is_ignored_and_removed_by_a_fresh_run_of_its_key_only) {
  fill();
  open("two").save(0, 0, sample(20));
  EXPECT_TRUE(open("one", true).load(0, 5).empty());
  EXPECT_EQ(files(), std::vector<std::string>{"chain_0_stage_1.h5"});
  EXPECT_EQ(open("two").load(0, 5).size(), 1U);
}

TEST_F(Checkpoint, left_over_of_a_process_killed_while_writing_is_removed) {
  fill();
  const std::string part = content(file("chain_0_stage_3.h5")).substr(0, 1000);
  std::filesystem::create_directory(folder / "generators/.ipet-tmp-aB3xY9");
  write(folder / "generators/.ipet-tmp-aB3xY9/lock", "");
  write(folder / "generators/.ipet-tmp-aB3xY9/0", part);
  EXPECT_EQ(open().load(0, 5).size(), 3U);
  EXPECT_EQ(files(), (std::vector<std::string>{"chain_0_stage_1.h5", "chain_0_stage_2.h5",
                                               "chain_0_stage_3.h5", "chain_1_stage_1.h5"}));
  EXPECT_TRUE(recorder.warnings.empty());
}

TEST_F(Checkpoint, that_is_damaged_anywhere_is_reported_and_trained_again) {
  fill();
  const std::filesystem::path damaged = file("chain_0_stage_2.h5");
  const std::string whole = content(damaged);
  const std::string report =
      damaged.string() + ": damaged: its checksum is not that of its content; this stage is trained again";
  const auto expect_report = [&](const std::string& bytes, const std::string& what) {
    SCOPED_TRACE(what);
    write(damaged, bytes);
    recorder.warnings.clear();
    ASSERT_EQ(open().load(0, 5).size(), 1U);
    ASSERT_EQ(recorder.warnings, std::vector<std::string>{report});
  };
  for (std::size_t size = 0; size < whole.size(); size += 293)
    expect_report(whole.substr(0, size), "cut to " + std::to_string(size) + " bytes");
  // Not in the unused rest of the header, nor in the key, where it makes the file another run's.
  for (std::size_t at = 513; at < whole.size(); at += 211) {
    std::string flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    expect_report(flipped, "bit flipped at byte " + std::to_string(at));
  }
  expect_report(whole + "x", "a byte too many");
  CheckpointFolder store = open();
  store.save(0, 1, sample(1));
  EXPECT_EQ(store.load(0, 5).size(), 3U) << "the stages after it are used again";
}

TEST_F(Checkpoint, folder_that_cannot_be_made_gives_one_warning_and_training_goes_on) {
  write(folder / "generators", "a file");
  CheckpointFolder store = open();
  store.save(0, 0, sample(1));
  EXPECT_TRUE(store.load(0, 5).empty());
  ASSERT_EQ(recorder.warnings.size(), 1U);
  EXPECT_THAT(recorder.warnings[0],
              testing::MatchesRegex(
                  "no checkpoints: .*generators: cannot create folder .*generators: Not a directory; "
                  "let this run write elsewhere \\(--output, or the stage's option\\); should this run be "
                  "killed, its training starts over"));
}

TEST_F(Checkpoint, that_cannot_be_written_gives_one_warning_and_leaves_nothing) {
  CheckpointFolder store = open();
  std::filesystem::remove_all(folder / "generators");
  store.save(0, 0, sample(1));
  store.save(0, 1, sample(1));
  ASSERT_EQ(recorder.warnings.size(), 1U);
  EXPECT_THAT(recorder.warnings[0],
              testing::MatchesRegex("no checkpoints: .*generators/[0-9a-f]+/chain_0_stage_1.h5"
                                    ": No such file or directory; should this run be killed, its training "
                                    "starts over"));
}

}  // namespace
}  // namespace ipet::storage::test
