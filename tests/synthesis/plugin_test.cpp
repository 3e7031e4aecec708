// The adapter `traffic_synthesizer`, as the runtime would call it.
#include <gtest/gtest.h>

#include "stages/capture/capture_files.hpp"
#include "tests/defence/plugin_harness.hpp"
#include "tests/synthesis/fixtures.hpp"

namespace ipet::synthesis::test {
namespace {

using ipet::test::Given;
using ipet::test::LoadedStage;

TEST(SynthesizerPlugin, gives_captures_in_the_runs_output_folder_with_their_devices_file) {
  const Folder folder;
  const LoadedStage loaded("traffic_synthesizer");
  ipet::test::TestContext context;
  context.output = folder.path;
  Problems problems;
  const Options options = ipet::test::parse(
      loaded.description,
      {{"home", shipped_home.string()}, {"captures", std::int64_t{2}}, {"duration_seconds", 60.0}}, problems);
  ASSERT_TRUE(problems.empty()) << problems.front().message;
  const auto stage = loaded.description.create(options.get(), context);
  ipet::test::TestEmitter emitter;
  dynamic_cast<TaskStage&>(*stage).run(emitter);
  ASSERT_EQ(emitter.sent.size(), 1U);
  const auto& captures = emitter.sent[0].as<capture::CaptureFiles>();
  const std::vector<std::filesystem::path> expected = {folder.path / "captures/recording-1.pcap",
                                                       folder.path / "captures/recording-2.pcap"};
  EXPECT_EQ(captures.files, expected);
  EXPECT_EQ(captures.devices, folder.path / "captures/devices.toml");
  for (const auto& file : captures.files) EXPECT_GT(std::filesystem::file_size(file), 1000U);
  EXPECT_TRUE(std::filesystem::exists(captures.devices));
  // Before it is read and after, so that a change meanwhile is seen.
  EXPECT_EQ(context.inputs, std::vector(2, shipped_home));
}

TEST(SynthesizerPlugin, refuses_a_start_that_is_no_time) {
  const LoadedStage loaded("traffic_synthesizer");
  Problems problems;
  EXPECT_EQ(ipet::test::parse(loaded.description, {{"start", std::string("yesterday")}}, problems), nullptr);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_EQ(problems[0].message,
            "stage 'x': option 'start': must be a time in UTC such as 2026-03-02T16:00:00Z, not 'yesterday'");
}

}  // namespace
}  // namespace ipet::synthesis::test
