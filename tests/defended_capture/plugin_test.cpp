// The sink `pcap_writer` as the runtime meets it.
#include <gmock/gmock.h>

#include "tests/defence/plugin_harness.hpp"
#include "tests/defended_capture/home.hpp"

namespace ipet::defended_capture::test {
namespace {

const LoadedStage& loaded() {
  static const LoadedStage stage("pcap_writer");
  return stage;
}

std::vector<std::string> problems_of(const Given& given) {
  Problems problems;
  (void)parse(loaded().description, given, problems);
  std::vector<std::string> texts;
  for (const Problem& problem : problems) texts.push_back(problem.message);
  return texts;
}

TEST(PcapWriterPlugin, takes_mixed_packets_and_the_summaries_of_captures) {
  std::vector<std::string> ports;
  for (const InputDescription& input : loaded().description.inputs)
    ports.push_back(input.name + ": " + input.types.at(0).text() + (input.optional ? "?" : ""));
  EXPECT_THAT(ports, testing::ElementsAre("packets: device_packets/4", "summary: capture_summary/3"));
}

TEST(PcapWriterPlugin, refuses_relays_that_are_none_before_anything_runs) {
  const Value::Data folder = std::string("out");
  EXPECT_THAT(problems_of({{"folder", folder}}), testing::IsEmpty());
  EXPECT_THAT(problems_of({}), testing::ElementsAre(testing::HasSubstr("'folder'")));
  EXPECT_THAT(problems_of({{"folder", folder}, {"relay", std::string("2001:db8::1:9")}}),
              testing::ElementsAre(testing::HasSubstr("'2001:db8::1:9' is not an address and a port")));
  EXPECT_THAT(problems_of({{"folder", folder}, {"relay", Array{}}}),
              testing::ElementsAre(testing::HasSubstr("no relay is given")));
  EXPECT_THAT(problems_of({{"folder", folder}, {"device_port", std::int64_t{70'000}}}), testing::SizeIs(1));
  EXPECT_THAT(problems_of({{"folder", folder}, {"payload", std::string("ones")}}), testing::SizeIs(1));
}

TEST(PcapWriterPlugin, finds_a_folder_that_cannot_be_made_before_the_run) {
  const Folder folder;
  const auto environment = [](const fs::path& given) {
    Problems problems;
    const Options options = parse(loaded().description, {{"folder", given.string()}}, problems);
    loaded().description.check_environment(options.get(), {}, problems);
    return problems;
  };
  EXPECT_TRUE(environment(folder / "a/b/c").empty());
  const fs::path file = folder.write("file", {1});
  const Problems problems = environment(folder / "file/b");
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].message,
            (folder / "file/b/NAME.pcap").string() + ": " + file.string() + " is not a folder");
}

/// Runs the sink over one capture.
void write_capture(const Folder& folder, TestContext& context) {
  const fs::path original = folder.write("a.pcap", two_devices());
  Problems problems;
  const Options options =
      parse(loaded().description, {{"folder", (folder / "out").string()}, {"payload", std::string("zero")}},
            problems);
  const auto stage = loaded().description.create(options.get(), context);
  auto& sink = dynamic_cast<SinkStage&>(*stage);
  traffic::DevicePackets packets{0,
                                 std::make_shared<const std::string>("a.pcap"),
                                 std::make_shared<const std::string>("camera"),
                                 nullptr,
                                 true,
                                 true,
                                 {}};
  packets.files = paths_of({original});
  packets.packets.push_back(
      {start * traffic::second + 5, 17, traffic::Direction::in, traffic::Protocol::udp, true});
  sink.write(0, make_message(packets, "000000/camera"), {"0000:000000/camera", 0});
  const traffic::SplitSettings settings = settings_of();
  traffic::DeviceSplitter splitter(settings, 0, packets.capture_name, packets.files);
  traffic::PacketBatch batch;
  capture::PcapReader reader({original});
  reader.next(100, traffic::day, batch.packets);
  (void)splitter.split(batch);
  (void)splitter.finish();
  sink.write(1, make_message(splitter.summary(), original.string()), {"0001:" + original.string(), 0});
  EXPECT_FALSE(fs::exists(folder / "out/a.pcap")) << "visible before commit";
  sink.commit();
}

TEST(PcapWriterPlugin, writes_when_it_is_told_that_all_is_there) {
  const Folder folder;
  TestContext context;
  write_capture(folder, context);
  EXPECT_THAT(context.warnings, testing::IsEmpty());
  EXPECT_EQ(dummies_of(folder / "out/a.pcap"),
            (std::map<std::size_t, std::string>{{2, "1700000000000000005,camera,in,17"}}));
  EXPECT_EQ(frames_of({folder / "out/a.pcap"}).size(), 9U);
}

TEST(PcapWriterPlugin, writes_nothing_after_an_interruption_and_says_why) {
  const Folder folder;
  TestContext context;
  context.interrupt = true;
  write_capture(folder, context);
  EXPECT_THAT(context.warnings,
              testing::ElementsAre("interrupted: no captures are written, since cover traffic "
                                   "would be missing in them"));
  EXPECT_FALSE(fs::exists(folder / "out"));
}

}  // namespace
}  // namespace ipet::defended_capture::test
