// Packets, payload bytes, first and last time per device and capture equal tshark's: *.csv here were made by
// tshark_totals.py, which names the command.
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stages/capture/recordings.hpp"
#include "stages/traffic/device_splitter.hpp"
#include "tests/capture/frames.hpp"

namespace {

namespace fs = std::filesystem;
using namespace ipet;

/// "capture,device" to "packets,payload_bytes,first_ns,last_ns".
using Totals = std::map<std::string, std::string>;

Totals expected(const std::string& name) {
  std::ifstream in(fs::path(IPET_SOURCE_DIR) / "tests/capture" / (name + ".csv"));
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "capture,device,packets,payload_bytes,first_ns,last_ns");
  Totals totals;
  while (std::getline(in, line)) {
    const std::size_t comma = line.find(',', line.find(',') + 1);
    totals[line.substr(0, comma)] = line.substr(comma + 1);
  }
  return totals;
}

void add_capture(Totals& totals, const fs::path& folder, const fs::path& capture,
                 const traffic::SplitSettings& settings) {
  traffic::DeviceSplitter splitter(settings, 0, std::make_shared<const std::string>(capture.string()),
                                   std::make_shared<const std::vector<std::string>>(1, capture.string()));
  capture::PcapReader reader({capture});
  traffic::PacketBatch batch;
  for (bool more = true; more;) {
    more = reader.next(1000, traffic::day, batch.packets);
    splitter.split(batch);
  }
  splitter.finish();
  EXPECT_THAT(reader.file_losses(), testing::IsEmpty());
  for (const traffic::DeviceTotals& device : splitter.summary().devices) {
    if (device.packets == 0) continue;
    totals[capture.lexically_relative(folder).generic_string() + "," + device.device] =
        std::to_string(device.packets) + "," + std::to_string(device.payload_bytes) + "," +
        std::to_string(device.first) + "," + std::to_string(device.last);
  }
}

void compare(const std::string& name) {
  const fs::path folder = (fs::path(IPET_SOURCE_DIR "/../shared/data") / name).lexically_normal();
  if (!fs::exists(folder)) GTEST_SKIP() << folder << " is not here";
  const auto settings = traffic::split_settings(traffic::load_device_file(folder / "devices.toml"), false);
  Totals totals;
  for (const capture::InputFile& capture : capture::find_captures({folder.string()}))
    add_capture(totals, folder, capture.path, settings);
  const Totals tshark = expected(name);
  ASSERT_FALSE(tshark.empty());
  EXPECT_EQ(totals, tshark);
}

TEST(TsharkTotals, AreEqualOnTheHomeWithSevenDevices) {
  compare("cset21-home");
}
TEST(TsharkTotals, AreEqualOnIotSentinel) {
  compare("iot-sentinel");
}

}  // namespace
