// Files of the format before this one: other tables, texts and enumerations, and no digests.
#include <gmock/gmock.h>

#include "stages/storage/hdf5_reader.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

using testing::ElementsAre;

TEST(FormatThree, is_read_with_a_word_that_it_has_no_digests) {
  const Folder folder;
  const std::string file = (folder / "old.h5").string();
  const CommandResult made =
      run("/usr/bin/python3 " IPET_SOURCE_DIR "/tests/storage/write_format3.py '" + file + "'");
  ASSERT_EQ(made.status, 0) << made.output;
  std::vector<std::string> warnings;
  const Hdf5Reader reader(file, [&](const std::string& text) { warnings.push_back(text); });
  EXPECT_THAT(warnings,
              ElementsAre(file + ": of format version 3, written by an older ipet without digests; it "
                                 "was looked through like any foreign file"));
  ASSERT_EQ(reader.devices().size(), 2U);
  EXPECT_EQ(reader.devices()[1].name, "bä");
  EXPECT_TRUE(reader.devices()[0].declared && !reader.devices()[1].declared && !reader.devices()[1].protect);
  EXPECT_EQ(*reader.captures().at(0).name, "a/ä.pcap");
  EXPECT_EQ(reader.captures()[0].number, 4U);

  const windows::WindowBatch windows = reader.read_windows(reader.rows(Stream::windows).at(0), 0, 2);
  EXPECT_THAT(windows.silence, ElementsAre(0.5, 1.5));
  EXPECT_EQ(windows.features[15], 15);
  const traffic::DevicePackets packets = reader.read_packets(reader.rows(Stream::mixed).at(0), 0, 2);
  ASSERT_EQ(packets.packets.size(), 2U);
  EXPECT_EQ(packets.packets[1].time, 6);
  EXPECT_EQ(packets.packets[1].direction, traffic::Direction::in);
  EXPECT_EQ(packets.packets[1].protocol, traffic::Protocol::udp);
  EXPECT_TRUE(packets.packets[1].dummy && !packets.packets[0].dummy);

  const defence::Perturbations perturbations = reader.perturbations();
  EXPECT_TRUE(perturbations.ensemble);
  EXPECT_EQ(perturbations.num_samples, 4U);
  const fingerprint::TrainedModel model = reader.model("d");
  EXPECT_TRUE(model.split.validate_on_test);
  EXPECT_THAT(model.classes, ElementsAre("slot"));
  EXPECT_EQ(model.history.at(0).validation_loss, 3);
  EXPECT_EQ(model.split_rows->part.at(0), fingerprint::Part::test);
}

}  // namespace
}  // namespace ipet::storage::test
