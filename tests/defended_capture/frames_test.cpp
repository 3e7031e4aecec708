// Frames of the originals and dummies among them, read back with this project's own reader.
#include <set>

#include <gmock/gmock.h>
#include <zlib.h>

#include "stages/capture/decode.hpp"
#include "stages/defended_capture/udp_frame.hpp"
#include "tests/defended_capture/home.hpp"

namespace ipet::defended_capture::test {
namespace {

TEST(DefendedCapture, keeps_all_original_frames_byte_for_byte_and_in_order) {
  const Folder folder;
  const fs::path original = folder.write("a.pcap", two_devices());
  PcapWriter writer(writing_to(folder / "out"));
  const auto mixed = defend(writer, original.filename().string(), {original});
  const auto report = commit(writer);
  EXPECT_EQ(report.files, std::vector<fs::path>{folder / "out/a.pcap"});
  EXPECT_EQ(report.frames, 8U);
  EXPECT_THAT(report.losses, testing::IsEmpty());
  EXPECT_EQ(without_dummies(folder / "out/a.pcap"), frames_of({original}));
  std::size_t dummies = 0;
  for (const auto& [device, packets] : mixed)
    for (const traffic::DevicePacket& packet : packets) dummies += packet.dummy ? 1 : 0;
  EXPECT_GT(dummies, 50U);
  EXPECT_EQ(report.dummies, dummies);
  EXPECT_EQ(frames_of({folder / "out/a.pcap"}).size(), 8 + dummies);
}

TEST(DefendedCapture, inserts_every_dummy_in_time_order_after_frames_of_the_same_time) {
  const Folder folder;
  const fs::path original = folder.write("a.pcap", two_devices());
  PcapWriter writer(writing_to(folder / "out"));
  const auto mixed = defend(writer, original.filename().string(), {original});
  (void)commit(writer);
  const auto frames = frames_of({folder / "out/a.pcap"});
  const auto dummies = dummies_of(folder / "out/a.pcap");
  std::map<std::string, std::vector<std::string>> rows, expected;
  for (const auto& [number, row] : dummies) {
    const StoredFrame& frame = frames.at(number - 1);
    const std::string device = row.find(",camera,") != std::string::npos ? "camera" : "plug";
    rows[device].push_back(row);
    EXPECT_TRUE(row.starts_with(std::to_string(frame.time) + "," + device + ",")) << row;
  }
  for (const auto& [device, packets] : mixed)
    for (const traffic::DevicePacket& packet : packets)
      if (packet.dummy)
        expected[device].push_back(std::to_string(packet.time) + "," + device +
                                   (packet.direction == traffic::Direction::out ? ",out," : ",in,") +
                                   std::to_string(packet.size));
  EXPECT_EQ(rows, expected);
  std::size_t equal = 0;
  for (std::size_t i = 1; i < frames.size(); ++i) {
    ASSERT_LE(frames[i - 1].time, frames[i].time);
    if (frames[i - 1].time != frames[i].time || dummies.contains(i + 1)) continue;
    ASSERT_FALSE(dummies.contains(i)) << "a dummy goes before a frame of the same time";
  }
  for (std::size_t i = 1; i < frames.size(); ++i)
    equal += frames[i - 1].time == frames[i].time && !dummies.contains(i) && dummies.contains(i + 1);
  EXPECT_GE(equal, 2U) << "the capture has no frame at the time of a dummy";
}

TEST(DefendedCapture, of_a_compressed_original_is_the_same) {
  const Folder folder;
  const fs::path plain = folder.write("plain/a.pcap", two_devices()), packed = folder / "packed/a.pcap.gz";
  fs::create_directories(packed.parent_path());
  const Bytes content = two_devices();
  gzFile file = gzopen(packed.c_str(), "wb");
  gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
  gzclose(file);
  std::vector<std::vector<StoredFrame>> written;
  for (const fs::path& original : {plain, packed}) {
    const fs::path out = folder / (original == plain ? "out1" : "out2");
    PcapWriter writer(writing_to(out));
    defend(writer, original.filename().string(), {original});
    (void)commit(writer);
    written.push_back(frames_of({out / "a.pcap"}));
    EXPECT_EQ(dummies_of(out / "a.pcap"), dummies_of(folder / "out1/a.pcap"));
  }
  EXPECT_EQ(written[0], written[1]);
}

TEST(DefendedCapture, keeps_frames_that_were_cut_short_and_frames_out_of_order_as_they_are) {
  const Folder folder;
  const Bytes frame = on_ethernet(camera, gateway, 500);
  const fs::path original =
      folder.write("a.pcap", pcap_header() + record_at(100, on_ethernet(gateway, camera, 10)) +
                                 pcap_record(start, 90'000, Bytes(frame.begin(), frame.begin() + 60), 542) +
                                 record_at(150, frame));
  PcapWriter writer(writing_to(folder / "out"));
  defend(writer, original.filename().string(), {original});
  (void)commit(writer);
  const auto kept = without_dummies(folder / "out/a.pcap");
  EXPECT_EQ(kept, frames_of({original}));
  EXPECT_EQ(kept[1].bytes.size(), 60U);
  EXPECT_EQ(kept[1].original, 542U);
}

TEST(DefendedCapture, joins_the_files_of_a_recording) {
  const Folder folder;
  const fs::path first = folder.write("day/1.pcap", two_devices());
  const fs::path second =
      folder.write("day/2.pcap", pcap_header(1, 0xa1b23c4d) +  // nanoseconds
                                     pcap_record(start + 2, 123'456'789, on_ethernet(camera, gateway, 20)));
  PcapWriter writer(writing_to(folder / "out"));
  defend(writer, "day", {first, second});
  const auto report = commit(writer);
  EXPECT_EQ(report.files, std::vector<fs::path>{folder / "out/day.pcap"});
  EXPECT_EQ(without_dummies(folder / "out/day.pcap"), frames_of({first, second}));
}

TEST(DefendedCapture, of_several_link_types_is_a_pcapng) {
  const Folder folder;
  const fs::path first = folder.write("day/1.pcap", two_devices());
  const fs::path second =
      folder.write("day/2.pcap", pcap_header(101) + record_at(900, datagram(camera, gateway, 30)) +
                                     record_at(1'900, datagram(gateway, camera, 31)));
  PcapWriter writer(writing_to(folder / "out"));
  defend(writer, "day", {first, second}, 0, false);
  const auto report = commit(writer);
  EXPECT_EQ(report.files, std::vector<fs::path>{folder / "out/day.pcapng"});
  EXPECT_GT(report.dummies, 10U);
  EXPECT_EQ(without_dummies(folder / "out/day.pcapng"), frames_of({first, second}));
  // Dummies are of the link type of the device's last frame before them.
  capture::FrameSequence sequence({folder / "out/day.pcapng"});
  std::set<capture::LinkType> links;
  for (capture::Frame frame; sequence.next(frame);) {
    links.insert(frame.link);
    traffic::Packet packet;
    const capture::Outcome outcome = capture::decode(frame, packet);
    EXPECT_TRUE(frame.link == capture::LinkType::ethernet || outcome == capture::Outcome::packet);
  }
  EXPECT_THAT(links, testing::ElementsAre(capture::LinkType::ethernet, capture::LinkType::raw));
}

TEST(DefendedCapture, of_a_recording_that_its_clock_divides_holds_the_frames_of_its_part) {
  const Folder folder;
  Bytes content = pcap_header();
  for (std::uint32_t i = 0; i < 40; ++i)
    content = content + record_at(10'000 + 500 * i, on_ethernet(camera, gateway, i));
  content = content + record_at(30'000, arp());
  for (std::uint32_t i = 0; i < 40; ++i)
    content = content + record_at(-7'200'000 + 500 * i, on_ethernet(gateway, camera, 100 + i));
  const fs::path original = folder.write("a.pcap", content);
  for (const std::uint32_t part : {0U, 1U}) {
    traffic::CaptureSummary summary;
    summary.capture_name = part == 0 ? "a.pcap" : "a.pcap#2";
    summary.files = {original.string()};
    summary.reading.part = part;
    PcapWriter writer(writing_to(folder / ("out" + std::to_string(part))));
    writer.add(summary);
    const auto report = commit(writer);
    const auto all = frames_of({original});
    const auto middle = all.begin() + 41;
    EXPECT_EQ(frames_of({report.files.at(0)}), part == 0 ? std::vector<StoredFrame>(all.begin(), middle)
                                                         : std::vector<StoredFrame>(middle, all.end()));
  }
}

TEST(DefendedCapture, with_a_frame_of_a_wrong_time_has_its_dummies_where_they_belong) {
  const Folder folder;
  Bytes content = pcap_header();
  for (std::uint32_t i = 0; i < 10; ++i) {
    if (i == 3) content = content + record_at(400LL * 86'400'000, on_ethernet(camera, gateway, 9));
    content = content + record_at(100 * i, on_ethernet(camera, gateway, 10 + i));
  }
  const fs::path original = folder.write("a.pcap", content);
  PcapWriter writer(writing_to(folder / "out"));
  defend(writer, "a.pcap", {original});
  (void)commit(writer);
  const fs::path made = folder / "out/a.pcap";
  EXPECT_EQ(without_dummies(made), frames_of({original}));
  const auto frames = frames_of({made});
  Nanoseconds before = 0;
  for (const StoredFrame& frame : frames) {
    if (frame.time > (start + 1000) * traffic::second) continue;  // the wrong one
    EXPECT_GE(frame.time, before);
    before = frame.time;
  }
}

TEST(DefendedCapture, is_written_for_a_capture_without_any_device_too) {
  const Folder folder;
  const fs::path original = folder.write("a.pcap", pcap_header() + record_at(10, arp()));
  const fs::path empty = folder.write("empty.pcap", pcap_header());
  PcapWriter writer(writing_to(folder / "out"));
  defend(writer, original.filename().string(), {original}, 0);
  defend(writer, empty.filename().string(), {empty}, 1);
  EXPECT_EQ(commit(writer).files.size(), 2U);
  EXPECT_EQ(frames_of({folder / "out/a.pcap"}), frames_of({original}));
  EXPECT_TRUE(frames_of({folder / "out/empty.pcap"}).empty());
  EXPECT_TRUE(dummies_of(folder / "out/a.pcap").empty());
}

TEST(DefendedCapture, takes_the_device_from_a_later_frame_where_its_first_packet_stands_late) {
  // The packet at 0 ms stands behind a frame of 400 ms, so its dummies come before it.
  const Folder folder;
  const fs::path original = folder.write(
      "a.pcap", pcap_header() + record_at(400, arp()) + record_at(0, on_ethernet(camera, gateway, 500)));
  PcapWriter writer(writing_to(folder / "out"));
  defend(writer, original.filename().string(), {original});
  (void)commit(writer);
  EXPECT_EQ(without_dummies(folder / "out/a.pcap"), frames_of({original}));
  EXPECT_EQ(dummies_of(folder / "out/a.pcap").begin()->first, 1U);
}

TEST(DefendedCapture, cuts_dummies_that_no_datagram_holds_and_says_so) {
  const Folder folder;
  const fs::path original = folder.write("a.pcap", two_devices());
  PcapWriter writer(writing_to(folder / "out"));
  defend(writer, original.filename().string(), {original});
  traffic::DevicePackets big{0,
                             std::make_shared<const std::string>("a.pcap"),
                             std::make_shared<const std::string>("camera"),
                             nullptr,
                             true,
                             true,
                             {}};
  big.files = paths_of({original});
  for (const std::uint32_t size : {65'507U, 65'508U, 70'000U})
    big.packets.push_back(
        {(start + 60) * traffic::second, size, traffic::Direction::in, traffic::Protocol::udp, true});
  writer.add(big, "camera", 1);
  const auto report = commit(writer);
  EXPECT_THAT(
      report.losses,
      testing::ElementsAre("capture 'a.pcap': 2 dummies were larger than a UDP datagram can be and were cut "
                           "to its largest payload"));
  const auto frames = frames_of({folder / "out/a.pcap"});
  for (std::size_t i = frames.size() - 3; i < frames.size(); ++i)
    EXPECT_EQ(frames[i].bytes.size(), 14 + 65'535U);
}

TEST(DefendedCapture, has_other_payloads_with_another_seed_and_zeros_where_asked) {
  const Folder folder;
  const fs::path original = folder.write("a.pcap", two_devices());
  const auto written = [&](const std::string& name, std::uint64_t seed, bool random) {
    WriterSettings settings = writing_to(folder / name);
    settings.seed = seed;
    settings.payload = random ? Payload::random : Payload::zero;
    PcapWriter writer(settings);
    defend(writer, original.filename().string(), {original});
    (void)commit(writer);
    return frames_of({folder / name / "a.pcap"});
  };
  EXPECT_EQ(written("a", 20, true), written("b", 20, true));
  EXPECT_NE(written("c", 21, true), written("d", 20, true));
  const auto zeros = written("e", 20, false);
  const auto number = dummies_of(folder / "e/a.pcap").begin()->first;
  const Bytes& frame = zeros.at(number - 1).bytes;
  EXPECT_TRUE(std::all_of(frame.begin() + 42, frame.end(), [](std::uint8_t byte) { return byte == 0; }));
}

TEST(UdpFrame, in_a_session_of_PPPoE_has_its_length_there_too) {
  const Bytes header = ethernet(0x8864, Bytes{0x11, 0, 0, 7, 0xff, 0xff, 0, 0x21});
  std::vector<std::uint8_t> frame;
  const Endpoint local{traffic::IpAddress::v4(camera.address.data()), 1000},
      remote{traffic::IpAddress::v4(gateway.address.data()), 9};
  make_udp_frame(header, local, remote, payload(50), frame);
  // PPP (2), IPv4 (20), UDP (8), payload (50).
  EXPECT_EQ(Bytes(frame.begin() + 18, frame.begin() + 22), (Bytes{0, 80, 0, 0x21}));
}

}  // namespace
}  // namespace ipet::defended_capture::test
