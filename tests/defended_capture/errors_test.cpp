// What cannot be written is said clearly, and leaves nothing behind.
#include <gmock/gmock.h>

#include "stages/defended_capture/output_names.hpp"
#include "stages/defended_capture/udp_frame.hpp"
#include "tests/defended_capture/home.hpp"

namespace ipet::defended_capture::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(DefendedCaptureErrors, name_an_original_that_is_no_capture_with_its_first_message) {
  const Folder folder;
  const fs::path csv = folder.write("trace.csv", Bytes{'f', 'r', 'a', 'm', 'e'});
  PcapWriter writer(writing_to(folder / "out"));
  traffic::DevicePackets packets{0,
                                 std::make_shared<const std::string>("trace.csv"),
                                 std::make_shared<const std::string>("camera"),
                                 nullptr,
                                 true,
                                 true,
                                 {}};
  packets.files = paths_of({csv});
  EXPECT_THAT([&] { writer.add(packets, "lane", 0); },
              ThrowsMessage<std::runtime_error>(
                  "cannot be written as a capture again, since frames come from the original: " +
                  csv.string() + ": not a capture (neither pcap nor pcapng)"));
  traffic::CaptureSummary summary;
  summary.capture_name = "stored";
  EXPECT_THAT([&] { writer.add(summary); },
              ThrowsMessage<std::runtime_error>(HasSubstr("capture 'stored': no file of it is known")));
  summary.files = {(folder / "gone.pcap").string()};
  EXPECT_THAT([&] { writer.add(summary); },
              ThrowsMessage<std::runtime_error>(HasSubstr("gone.pcap: cannot be opened")));
}

TEST(DefendedCaptureErrors, refuse_to_write_among_the_originals) {
  const Folder folder;
  const fs::path original = folder.write("home/day1/a.pcap", two_devices());
  PcapWriter writer(writing_to(folder / "home"));
  EXPECT_THAT([&] { defend(writer, original.filename().string(), {original}); },
              ThrowsMessage<std::runtime_error>(
                  "the captures would be written among their originals: " + original.string() + " lies in " +
                  (folder / "home").string() + "; choose another folder"));
}

TEST(DefendedCaptureErrors, refuse_a_second_writer_to_the_folder) {
  const Folder folder;
  const PcapWriter first(writing_to(folder / "out"));
  EXPECT_THAT([&] { PcapWriter(writing_to(folder / "out")); },
              ThrowsMessage<std::runtime_error>((folder / "out").string() +
                                                ": two stages write this file; give each its own"));
}

TEST(DefendedCaptureErrors, name_a_capture_whose_packets_came_out_of_tunnels) {
  const Folder folder;
  const fs::path original = folder.write("a.pcap", two_devices());
  PcapWriter writer(writing_to(folder / "out"));
  traffic::CaptureSummary summary;
  summary.capture_name = "a.pcap";
  summary.files = {original.string()};
  summary.reading.inner = true;
  EXPECT_THAT(
      [&] { writer.add(summary); },
      ThrowsMessage<std::runtime_error>(
          "capture 'a.pcap': its packets were taken out of tunnels, where no dummies can be written; read it "
          "with tunnels = \"outer\""));
}

TEST(DefendedCaptureErrors, name_a_capture_without_summary) {
  const Folder folder;
  const fs::path original = folder.write("a.pcap", two_devices());
  PcapWriter writer(writing_to(folder / "out"));
  traffic::DevicePackets packets{3,
                                 std::make_shared<const std::string>("a.pcap"),
                                 std::make_shared<const std::string>("camera"),
                                 nullptr,
                                 true,
                                 true,
                                 {{1, 1, traffic::Direction::out, traffic::Protocol::udp, true}}};
  packets.files = paths_of({original});
  writer.add(packets, "lane", 0);
  EXPECT_THAT([&] { (void)commit(writer); },
              ThrowsMessage<std::runtime_error>(HasSubstr("'a.pcap' has mixed traffic but no summary")));
}

TEST(DefendedCaptureErrors, name_a_device_that_no_relay_can_reach) {
  const Folder folder;
  const fs::path original = folder.write("a.pcap", two_devices());
  WriterSettings settings = writing_to(folder / "out");
  settings.relays.pop_back();  // IPv4 only, and the plug speaks IPv6
  PcapWriter writer(settings);
  defend(writer, original.filename().string(), {original});
  EXPECT_THAT(
      [&] { (void)commit(writer); },
      ThrowsMessage<std::runtime_error>("capture 'a.pcap' holds no packet of device 'plug' in the address "
                                        "family of a relay, so its dummies cannot be written"));
}

TEST(DefendedCaptureErrors, name_two_mixers_that_give_the_same_trace) {
  const Folder folder;
  const fs::path original = folder.write("a.pcap", two_devices());
  PcapWriter writer(writing_to(folder / "out"));
  defend(writer, original.filename().string(), {original});
  traffic::DevicePackets packets{0,
                                 std::make_shared<const std::string>("a.pcap"),
                                 std::make_shared<const std::string>("camera"),
                                 nullptr,
                                 true,
                                 true,
                                 {{1, 1, traffic::Direction::out, traffic::Protocol::udp, true}}};
  packets.files = paths_of({original});
  writer.add(packets, "another mixer", 0);
  EXPECT_THAT([&] { (void)commit(writer); }, ThrowsMessage<std::runtime_error>(HasSubstr("two inputs give")));
}

TEST(DefendedCaptureErrors, name_a_loss_of_the_original) {
  const Folder folder;
  Bytes content = two_devices();
  for (int i = 0; i < 2; ++i) content.pop_back();  // GCC 12 sees an overflow in resize under the sanitizers
  const fs::path original = folder.write("a.pcap", content);
  PcapWriter writer(writing_to(folder / "out"));
  defend(writer, original.filename().string(), {original});
  EXPECT_THAT(commit(writer).losses, ElementsAre(HasSubstr("a.pcap: cut short within a packet record")));
}

TEST(RelayText, is_an_address_and_a_port) {
  const auto text = [](const char* given) {
    const auto relay = Relay::parse(given);
    return relay ? relay->address.text() + " " + std::to_string(relay->port) : std::string("refused");
  };
  EXPECT_EQ(text("192.0.2.1:9"), "192.0.2.1 9");
  EXPECT_EQ(text("[2001:db8::1]:65535"), "2001:db8::1 65535");
  for (const char* wrong :
       {"", "192.0.2.1", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:9 ", "2001:db8::1",
        "2001:db8::1:9", "[192.0.2.1]:9", "[2001:db8::1]", "relay:9", ":9", "[]:9"})
    EXPECT_EQ(text(wrong), "refused") << wrong;
}

TEST(OutputNames, are_those_of_the_recordings) {
  const auto names = [](const std::vector<std::string>& recordings) {
    std::vector<std::string> texts;
    for (const fs::path& name : output_names(recordings)) texts.push_back(name.string());
    return texts;
  };
  EXPECT_THAT(names({}), testing::IsEmpty());
  EXPECT_THAT(names({"d1/a.pcap.gz"}), ElementsAre("d1/a.pcap"));
  EXPECT_THAT(names({"d1/a.pcapng", "d2/a.cap.zst", "b"}), ElementsAre("d1/a.pcap", "d2/a.pcap", "b.pcap"));
  EXPECT_THAT(names({"a.pcap", "a.pcap.gz", "b.pcap"}),
              ElementsAre("a.pcap.pcap", "a.pcap.gz.pcap", "b.pcap"));
  EXPECT_THAT(
      [&] {
        names({"a.pcap", "a.pcap.gz", "a.pcap.pcapng"});
      },
      ThrowsMessage<std::runtime_error>("recordings 'a.pcap' and 'a.pcap.pcapng' would both be written as "
                                        "a.pcap.pcap"));
}

TEST(OutputNames, stay_within_the_folder) {
  EXPECT_THAT(output_names({"/day1/a.pcap"}), ElementsAre("day1/a.pcap"));
  EXPECT_THAT([] { (void)output_names({"x/../../a.pcap"}); },
              ThrowsMessage<std::runtime_error>(
                  "recording 'x/../../a.pcap' would be written outside the output folder"));
}

}  // namespace
}  // namespace ipet::defended_capture::test
