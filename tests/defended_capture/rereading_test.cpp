// The originals are read again for their frames, and whoever divided them is told what was read this time.
#include <gmock/gmock.h>

#include "tests/defended_capture/home.hpp"

namespace ipet::defended_capture::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::ThrowsMessage;

TEST(Rereading, tells_each_original_with_its_size_and_checksum) {
  const Folder folder;
  const fs::path one = folder.write("day/1.pcap", two_devices()),
                 two = folder.write("day/2.pcap", two_devices());
  const fs::path copy = folder.write("copy.pcap", two_devices());
  std::vector<std::pair<fs::path, std::uint64_t>> read;
  std::set<std::string> checksums;
  WriterSettings settings = writing_to(folder / "out");
  settings.read = [&](const fs::path& file, const capture::FileChecksum& checksum) {
    read.emplace_back(file, checksum.bytes());
    checksums.insert(checksum.text());
  };
  PcapWriter writer(settings);
  defend(writer, (folder / "day").string(), {one, two});
  defend(writer, copy.string(), {copy}, 1);
  commit(writer);
  const std::uint64_t size = fs::file_size(one);
  EXPECT_THAT(read, ElementsAre(Pair(one, size), Pair(two, size), Pair(copy, size)));
  EXPECT_EQ(checksums.size(), 1U);  // three files of one content
  capture::FileChecksum whole;
  const auto input = capture::open_input(one, &whole);
  std::uint8_t byte = 0;
  EXPECT_EQ(input->read(&byte, 1), 1U);
  whole.finish();
  EXPECT_THAT(checksums, ElementsAre(whole.text()));
}

TEST(Rereading, tells_a_file_to_its_end_where_frames_end_before) {
  const Folder folder;
  const fs::path file = folder.write("cut.pcap", two_devices() + Bytes(7, 1));
  std::uint64_t read = 0;
  WriterSettings settings = writing_to(folder / "out");
  settings.read = [&](const fs::path&, const capture::FileChecksum& checksum) { read = checksum.bytes(); };
  PcapWriter writer(settings);
  defend(writer, file.string(), {file});
  commit(writer);
  EXPECT_EQ(read, fs::file_size(file));
}

TEST(Rereading, of_another_file_than_was_divided_publishes_nothing) {
  const Folder folder;
  const fs::path one = folder.write("1.pcap", two_devices()), two = folder.write("2.pcap", two_devices());
  WriterSettings settings = writing_to(folder / "out");
  settings.read = [&](const fs::path& file, const capture::FileChecksum&) {
    if (file == two) throw std::runtime_error("it is another file now");
  };
  PcapWriter writer(settings);
  defend(writer, one.string(), {one});
  defend(writer, two.string(), {two}, 1);
  EXPECT_THAT([&] { commit(writer); }, ThrowsMessage<std::runtime_error>("it is another file now"));
  for (const fs::directory_entry& entry : fs::directory_iterator(folder / "out"))
    EXPECT_TRUE(entry.path().filename().string().starts_with(".ipet-tmp-")) << entry.path();
}

}  // namespace
}  // namespace ipet::defended_capture::test
